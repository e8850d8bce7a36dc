"""Reads the lab's command line; everything it does is a method of Host."""

from __future__ import annotations

import argparse
import json
import sys
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from tests.lab import enter, watchdog
from tests.lab.errors import LabError
from tests.lab.host import DEFAULT, SUITE, Host, hosts
from tests.lab.state import State, load

if TYPE_CHECKING:
    from collections.abc import Callable

# As env(1) and podman have it: told apart from what the command itself returns.
NOT_RUN = 125


def main(argv: list[str]) -> int:
    end = argv.index("--") if "--" in argv else len(argv)
    own, command = argv[:end], argv[end + 1 :]
    if not own or own[0] not in VERBS:
        print(_usage(), file=sys.stdout if own in (["-h"], ["--help"]) else sys.stderr)
        return 0 if own in (["-h"], ["--help"]) else 2
    return _perform(own[0], own[1:], command)


def _usage() -> str:
    rows = [f"  {name:8} {text}" for name, (_, text) in VERBS.items() if text]
    return "\n".join(["usage: python3 -m tests.lab COMMAND [NAME] …", "", *rows])


def _perform(verb: str, arguments: list[str], command: list[str]) -> int:
    act, text = VERBS[verb]
    parser = ArgumentParser(prog=f"python3 -m tests.lab {verb}", description=text)
    OPTIONS[verb](parser)
    # Options may stand on either side of the name.
    options = parser.parse_intermixed_args(arguments)
    options.command = command
    try:
        return act(options)
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return NOT_RUN if verb == "run" else 1


def _named(parser: ArgumentParser, default: str | None = DEFAULT) -> None:
    parser.add_argument("name", nargs="?", default=default)


def _up_options(parser: ArgumentParser) -> None:
    _named(parser)
    parser.add_argument("--suite", default=SUITE)
    parser.add_argument("--owner", type=int, metavar="PID", help="end the host with this process")


def _up(options: Namespace) -> int:
    print(Host(options.name, options.suite).up(options.owner).address)
    return 0


def _down_options(parser: ArgumentParser) -> None:
    _named(parser)
    parser.add_argument("--all", action="store_true", help="every host there is")


def _down(options: Namespace) -> int:
    for host in hosts() if options.all else [Host(options.name)]:
        host.down()
    return 0


def _run_options(parser: ArgumentParser) -> None:
    _named(parser)
    parser.usage = f"{parser.prog} [NAME] [--user USER] [--tty] -- COMMAND…"
    parser.add_argument("--user", default="root")
    parser.add_argument("--tty", action="store_true", help="give the command a terminal")


def _run(options: Namespace) -> int:
    state = Host(options.name).running
    return enter.run(state, options.command or ["bash", "-l"], options.user, tty=options.tty)


def _reboot_options(parser: ArgumentParser) -> None:
    _named(parser)
    parser.add_argument("--hard", action="store_true", help="as after a power cut")


def _reboot(options: Namespace) -> int:
    Host(options.name).reboot(hard=options.hard)
    return 0


def _copy_options(parser: ArgumentParser) -> None:
    parser.usage = f"{parser.prog} [NAME] [--user USER] SOURCE TARGET"
    parser.add_argument("places", nargs="+", help=argparse.SUPPRESS)
    parser.add_argument("--user", default="root", help="who owns the copy")


def _copy(options: Namespace) -> int:
    if len(options.places) not in (2, 3):
        raise LabError("copy needs a source and a target")
    name, source, target = [DEFAULT, *options.places][-3:]
    Host(name).copy(source, target, options.user)
    return 0


def _status_options(parser: ArgumentParser) -> None:
    _named(parser, default=None)
    parser.add_argument("--json", action="store_true")


def _status(options: Namespace) -> int:
    wanted = [Host(options.name)] if options.name else hosts()
    rows = [_row(known) for host in wanted if (known := load(host.name))]
    if options.json:
        print(json.dumps(rows, indent=2))
        return 0
    for row in rows:
        print("{name:16} {state:5} {address:15} {pid!s:>8} {suite}".format(**row))
    return 0


def _row(known: State) -> dict[str, object]:
    return {
        "name": known.name,
        "state": "up" if known.alive and known.ready else "down",
        "address": known.address,
        "pid": known.pid if known.alive else None,
        "suite": known.suite,
    }


def _address(options: Namespace) -> int:
    print(Host(options.name).address)
    return 0


def _watch_options(parser: ArgumentParser) -> None:
    parser.add_argument("name")
    parser.add_argument("owner", type=int)
    parser.add_argument("watch")


def _watch(options: Namespace) -> int:
    if watchdog.owner_is_gone(options.name, options.owner, options.watch):
        Host(options.name).down()
    return 0


VERBS: dict[str, tuple[Callable[[Namespace], int], str]] = {
    "up": (_up, "boot a host unless it is up, and print its address"),
    "down": (_down, "end a host and take away all that was made for it"),
    "run": (_run, "run a command in a host, as root or as --user alice"),
    "reboot": (_reboot, "boot a host again from its disk"),
    "copy": (_copy, "copy a file or folder into a host"),
    "status": (_status, "list hosts"),
    "address": (_address, "print a host's address"),
    "_watch": (_watch, ""),
}
OPTIONS: dict[str, Callable[[ArgumentParser], None]] = {
    "up": _up_options,
    "down": _down_options,
    "run": _run_options,
    "reboot": _reboot_options,
    "copy": _copy_options,
    "status": _status_options,
    "address": _named,
    "_watch": _watch_options,
}
