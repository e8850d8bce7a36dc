"""Every known plugin alone, for real: locked, built, started, seen in the status endpoint.

Takes about a minute a plugin: `python -m tests.acceptance.each_plugin [PLUGIN]...`. The host `each`
stays up for a look; `python -m tests.lab down each` takes it away.
"""

from __future__ import annotations

import json
import sys
import time
import tomllib
from typing import TYPE_CHECKING, Any

from launcher import catalogue
from tests.acceptance.client import Client, StepFailed
from tests.acceptance.install import install
from tests.lab import Host

if TYPE_CHECKING:
    from collections.abc import Callable

BASE = "bootstrap:trixie"


def main(names: list[str]) -> int:
    host = Host("each").up()
    install(host, print)
    client = Client(host)
    print(f"{'plugin':24} {'lock':>6} {'build':>6} {'start':>6}  what the status endpoint says")
    failed = [name for name in names or _known() if not _row(client, name)]
    return 1 if failed else 0


def _known() -> list[str]:
    known = tomllib.loads(catalogue.plugins())
    wanted = ("built_in", "fits")
    return [name for name, about in known.items() if not any(key in about for key in wanted)]


def _row(client: Client, name: str) -> bool:
    try:
        _launcher(client, "destroy", "--purge", "--yes")
        _launcher(client, "init", "--base", BASE, "--port", "8085")
        figures = [
            _timed(lambda: _launcher(client, "plugin", "add", name)),
            _timed(lambda: _launcher(client, "rebuild")),
            _timed(lambda: _launcher(client, "start")),
        ]
        found = json.loads(_launcher(client, "status", "--json"))["data"]
        seen = found["versions"].get(name, "NOT THERE")
    except StepFailed as error:
        print(f"{name:24} FAILED {error}")
        return False
    print(f"{name:24} {' '.join(f'{seconds:6.1f}' for seconds in figures)}  {name} {seen}")
    return bool(found["healthy"]) and seen != "NOT THERE"


def _launcher(client: Client, *words: str) -> str:
    return client.run("pulp-launcher", "--instance", "each", *words)


def _timed(action: Callable[[], Any]) -> float:
    begun = time.monotonic()
    action()
    return time.monotonic() - begun


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
