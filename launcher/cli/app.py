"""The command itself: global options, and the one place where errors become exit codes."""

from __future__ import annotations

import contextlib
import logging
import sys
import traceback
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from launcher import __version__
from launcher.cli import (
    generations,
    inside,
    lifecycle,
    plans,
    plugins,
    secrets,
    signing,
    storage,
    upgrades,
)
from launcher.cli.session import Session
from launcher.cli.ui import Screen
from launcher.host.credentials import MaskingFormatter, masked
from launcher.model.errors import Interrupted, LauncherError, Unexpected, UsageProblem
from launcher.model.names import DEFAULT_INSTANCE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

UsageError: type[typer.BadParameter] = typer.BadParameter.__mro__[1]
"""What the parser raises; typer shows only its kinds in public."""

_ENDS: tuple[type[Exception], ...] = (typer.Exit, typer.BadParameter.__mro__[2])
"""How a command ends by itself, and what the parser shows."""

FLAGS = {"--json", "--quiet", "-q", "--debug", "--version"}
VALUES = {"--instance", "-i"}
FOREIGN = {"manager", "shell"}
"""Commands whose arguments belong to another program."""


class Boundary(TyperGroup):
    """Global options at any place of the line; every error of ours shown and turned into a code."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Move the global options to the front, where the parser looks for them."""
        front, rest = hoisted(args)
        ctx.meta["command"] = " ".join(_words(self, rest))
        ctx.meta["json"] = "--json" in front
        with _shown(ctx):
            return super().parse_args(ctx, front + rest)

    def invoke(self, ctx: Any) -> Any:
        """Run the command; an error of ours becomes its text and its exit code."""
        with _shown(ctx):
            return super().invoke(ctx)


@contextlib.contextmanager
def _shown(ctx: Any) -> Iterator[None]:
    """Show an error and end with its exit code; the parser shows its own, but for JSON."""
    try:
        yield
    except UsageError as error:
        if not ctx.meta["json"]:
            raise
        failure: LauncherError = UsageProblem(error.format_message())
    except _ENDS:
        raise
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - none is left untold
        if _session(ctx).debug:
            sys.stderr.write(masked(traceback.format_exc()))
        failure = _failure(error)
    else:
        return
    _session(ctx).screen.error(ctx.meta["command"], failure)
    raise typer.Exit(failure.exit_code)


def _failure(error: BaseException) -> LauncherError:
    """Return what an exception is for the user; what nobody thought of is a fault of ours."""
    if isinstance(error, LauncherError):
        return error
    if isinstance(error, KeyboardInterrupt | typer.Abort):
        return Interrupted(
            "interrupted",
            hint="To go on, run the command again; what was begun: pulp-launcher status",
        )
    last = traceback.extract_tb(error.__traceback__)[-1]
    return Unexpected(
        f"pulp-launcher has a fault: {type(error).__name__}: {error}",
        details=f"{last.filename}:{last.lineno}, in {last.name}",
        hint="Please report it, with what the same command says with --debug.",
    )


def _words(group: Any, args: Sequence[str]) -> Iterator[str]:
    """Return the names of the command in a line: `plugin list` of `--json plugin list`."""
    for word in args:
        commands = getattr(group, "commands", {})
        if word in commands:
            group = commands[word]
            yield word


def hoisted(args: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the global options, and the rest of the line."""
    front: list[str] = []
    rest: list[str] = []
    pending = list(args)
    while pending:
        word = pending.pop(0)
        if word in FLAGS or (word.partition("=")[0] in VALUES and "=" in word):
            front.append(word)
        elif word in VALUES and pending:
            front += [word, pending.pop(0)]
        else:
            rest.append(word)
            if word in FOREIGN or word == "--":
                rest += pending
                break
    return front, rest


def _session(ctx: Any) -> Session:
    if isinstance(ctx.obj, Session):
        return ctx.obj
    return Session(screen=Screen(as_json=ctx.meta["json"]))


def _version(wanted: bool) -> None:  # noqa: FBT001 - typer calls it so
    if wanted:
        typer.echo(f"pulp-launcher {__version__}")
        raise typer.Exit


app = typer.Typer(
    cls=Boundary,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Run Pulp 3 with the plugins you choose, from one locally built image.",
    epilog="Options of this page may stand anywhere on the line.",
)


@app.callback()
def main_options(
    context: typer.Context,
    *,
    instance: Annotated[
        str, typer.Option("--instance", "-i", help="The instance, where there are several.")
    ] = DEFAULT_INSTANCE,
    json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say only results.")] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show each program that is run, and tracebacks.")
    ] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    """Run Pulp 3 with the plugins you choose, from one locally built image."""
    del version
    if debug:
        shown = logging.StreamHandler()
        shown.setFormatter(MaskingFormatter("%(name)s: %(message)s"))
        logging.basicConfig(level=logging.DEBUG, handlers=[shown])
        logging.getLogger("urllib3").setLevel(logging.INFO)
    named = "" if instance == DEFAULT_INSTANCE else f" --instance {instance}"
    screen = Screen(as_json=json, quiet=quiet or json, call=f"pulp-launcher{named}")
    context.obj = Session(instance, debug, screen, context.meta["command"])


plugins.add_to(app)
plans.add_to(app)
lifecycle.add_to(app)
upgrades.add_to(app)
generations.add_to(app)
inside.add_to(app)
secrets.add_to(app)
signing.add_to(app)
storage.add_to(app)


def main() -> None:
    """Run the command `pulp-launcher`; a traceback is shown without credentials too."""
    try:
        app(prog_name="pulp-launcher")
    except Exception as error:
        sys.stderr.write(masked(traceback.format_exc()))
        raise SystemExit(1) from error
