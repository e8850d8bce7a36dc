"""The command `plan`, and how a plan is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from launcher.cli.plugins import moves_table
from launcher.cli.session import Session  # noqa: TC001 - typer reads annotations
from launcher.cli.ui import table
from launcher.model.errors import DriftFound
from launcher.operations import plan as planning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.table import Table

    from launcher.model.plan import Disk, Foreseen, Pause, Plan

PlanOnly = Annotated[
    bool, typer.Option("--plan", help="Show what would happen and why, and do nothing.")
]
Check = Annotated[
    bool,
    typer.Option("--check", help="As --plan, and end with 3 when there is something to do."),
]

_NAMED = 5
"""How many migrations people want to read; programs get them all."""


def plan(
    context: typer.Context,
    *,
    check: Annotated[
        bool, typer.Option("--check", help="End with 3 when there is something to do.")
    ] = False,
) -> None:
    """Show what rebuild and start would do, and why; nothing is touched."""
    session: Session = context.obj
    show_plan(session, planning.plan(session.instance), check=check)


def show_plan(session: Session, found: Plan, *, check: bool) -> None:
    """Show a plan; a check ends with its exit code where there is something to do."""
    session.show(found, plan_lines(found))
    if check and found.due:
        raise typer.Exit(DriftFound.exit_code)


def plan_lines(found: Plan) -> Iterator[str | Table]:
    """Return a plan in words."""
    if not found.due:
        yield "Nothing to do."
    else:
        yield from _due(found)
    for note in found.notes:
        yield f"! {note}"


def add_to(app: typer.Typer) -> None:
    app.command()(plan)


def _due(found: Plan) -> Iterator[str | Table]:
    yield _head(found)
    rows = ((change.act.value, change.what, change.why) for change in found.changes)
    yield table(("ACT", "WHAT", "WHY"), rows)
    yield from _packages(found)
    if found.migrations:
        yield f"\nMigrations: {_migrations(found.migrations)}"
    if found.untouched:
        yield f"\nRuns on untouched: {', '.join(found.untouched)}"
    if found.pauses:
        yield ""
        yield table(("ROLE", "AWAY"), ((pause.role, _away(pause)) for pause in found.pauses))
    if found.disk:
        yield f"\nDisk: {_disk(found.disk)}"


def _head(found: Plan) -> str:
    if found.serving is None:
        return f"To do, to come to generation {found.generation}:\n"
    if found.serving == found.generation:
        return f"To do, with generation {found.generation}:\n"
    return f"To do, to come from generation {found.serving} to {found.generation}:\n"


def _packages(found: Plan) -> Iterator[str | Table]:
    if found.serving is None and not any(move.old for move in found.packages):
        yield f"\nDistributions: {len(found.packages)}, all of them new"
    elif found.packages:
        yield ""
        yield from moves_table(found.packages, why="WHY")
    if found.system:
        yield ""
        yield from moves_table(found.system, "DEBIAN PACKAGE", "WHY")


def _migrations(found: Foreseen) -> str:
    words = f"{found.kind}, {found.why}" if found.kind else found.why
    named = ", ".join(found.pending[:_NAMED]) + (" …" if len(found.pending) > _NAMED else "")
    return f"{words}: {named}" if named else words


def _away(pause: Pause) -> str:
    if pause.seconds is None:
        return "as long as the migrations run"
    return f"about {pause.seconds} s" if pause.seconds else "no"


def _disk(disk: Disk) -> str:
    free, needed = (size / 1024**3 for size in (disk.free, disk.needed))
    words = f"a build needs {needed:.1f} GB, {disk.place} has {free:.1f} GB free"
    return f"NOT ENOUGH, {words}" if disk.free < disk.needed else words
