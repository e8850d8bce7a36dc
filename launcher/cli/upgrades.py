"""The command `upgrade`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from launcher.cli.lifecycle import rebuilt_lines
from launcher.cli.plans import Check, PlanOnly, plan_lines, show_plan
from launcher.cli.session import Session  # noqa: TC001 - typer reads annotations
from launcher.model.errors import UsageProblem
from launcher.operations import upgrade as upgrading

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.table import Table

    from launcher.operations.upgrade import Upgrade, Upgraded

OnlyPatch = Annotated[
    bool, typer.Option("--only-patch", help="Leave pulpcore and the plugins at their X.Y.")
]


def upgrade(
    context: typer.Context,
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    plan: PlanOnly = False,
    check: Check = False,
    only_patch: OnlyPatch = False,
    unattended: Annotated[
        bool,
        typer.Option(
            "--unattended",
            help="Do not ask, stay below pulpcore's next break of the plugin API, and do not try "
            "again what was left before.",
        ),
    ] = False,
) -> None:
    """Move everything to the newest that fits: lock --upgrade and rebuild, or all as before."""
    session: Session = context.obj
    found = upgrading.look(session.instance, patches=only_patch, unattended=unattended)
    if plan or check:
        show_plan(session, found.plan, check=check)
        return
    if found.due:
        if not (session.screen.quiet and (yes or unattended)):
            session.screen.preview(plan_lines(found.plan))
        _ask(session, yes=yes or unattended)
    done = upgrading.upgrade(session.instance, found)
    session.show(done, _upgraded(found, done))


def add_to(app: typer.Typer) -> None:
    app.command()(upgrade)


def _ask(session: Session, *, yes: bool) -> None:
    """Go on only where somebody says so; raises UsageProblem."""
    if yes:
        return
    if not can_answer(session) or not typer.confirm("Do it?", err=True):
        raise UsageProblem("nothing was changed", hint="Say --yes to do it without a question.")


def can_answer(session: Session) -> bool:
    """Tell whether there is somebody to ask."""
    return sys.stdin.isatty() and not session.screen.as_json


def _upgraded(found: Upgrade, done: Upgraded) -> Iterator[str | Table]:
    if done.rebuilt:
        yield from rebuilt_lines(done.rebuilt)
    elif found.left:
        yield f"Generation {found.left} has it all, but was left before: it is not tried again."
        yield "To try it all the same: pulp-launcher upgrade"
    else:
        yield "Everything is up to date."
        yield from (f"! {note}" for note in done.plan.notes)
