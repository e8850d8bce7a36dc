"""The commands `upgrade` and `auto-upgrade enable|disable|status`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from launcher.cli.lifecycle import rebuilt_lines
from launcher.cli.plans import Check, PlanOnly, plan_lines, show_plan
from launcher.cli.session import Session  # noqa: TC001 - typer reads annotations
from launcher.model.errors import UsageProblem
from launcher.operations import auto_upgrade as timing
from launcher.operations import upgrade as upgrading

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.table import Table

    from launcher.operations.auto_upgrade import AutoUpgrade
    from launcher.operations.upgrade import Upgrade, Upgraded

auto_upgrade = typer.Typer(no_args_is_help=True, help="Upgrade by itself at set times.")

OnlyPatch = Annotated[
    bool, typer.Option("--only-patch", help="Leave pulpcore and the plugins at their X.Y.")
]

SecurityOnly = Annotated[
    bool,
    typer.Option(
        "--security-only",
        help="Move only what has a known vulnerability, and Debian where its security archive has "
        "something newer.",
    ),
]


def upgrade(
    context: typer.Context,
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    plan: PlanOnly = False,
    check: Check = False,
    only_patch: OnlyPatch = False,
    security_only: SecurityOnly = False,
    unattended: Annotated[
        bool,
        typer.Option(
            "--unattended",
            help="Do not ask, stay below pulpcore's next break of the plugin API, and do not try "
            "again what was left before.",
        ),
    ] = False,
) -> None:
    """Move everything, Debian packages too, to the newest that fits; or leave all as before."""
    session: Session = context.obj
    found = upgrading.look(
        session.instance, patches=only_patch, security=security_only, unattended=unattended
    )
    if plan or check:
        show_plan(session, found.plan, check=check)
        return
    if found.due:
        if not (session.screen.quiet and (yes or unattended)):
            session.screen.preview(plan_lines(found.plan))
        _ask(session, yes=yes or unattended)
    done = upgrading.upgrade(session.instance, found)
    session.show(done, _upgraded(found, done, security_only=security_only))


@auto_upgrade.command()
def enable(
    context: typer.Context,
    *,
    schedule: Annotated[
        str, typer.Option(help="When, as systemd writes it: 'Sun 03:00'; man systemd.time.")
    ] = timing.DAILY,
    only_patch: OnlyPatch = False,
    security_only: SecurityOnly = False,
) -> None:
    """Upgrade at set times, never across a break of pulpcore's plugin API."""
    session: Session = context.obj
    found = timing.enable(
        session.instance, schedule=schedule, only_patch=only_patch, security_only=security_only
    )
    session.show(found, _timed(found))


@auto_upgrade.command()
def disable(context: typer.Context) -> None:
    """Upgrade by hand only."""
    session: Session = context.obj
    gone = timing.disable(session.instance)
    session.show(gone, [f"Removed {name}" for name in gone] or ["It was not enabled."])


@auto_upgrade.command("status")
def status_command(context: typer.Context) -> None:
    """Show when it upgrades by itself, when it did last, and how that ended."""
    session: Session = context.obj
    found = timing.status(session.instance)
    session.show(found, _timed(found))


def add_to(app: typer.Typer) -> None:
    app.command()(upgrade)
    app.add_typer(auto_upgrade, name="auto-upgrade")


def _timed(found: AutoUpgrade) -> Iterator[str]:
    if not found.enabled:
        yield "Not enabled: it is upgraded by hand only."
        return
    yield f"Upgraded by itself: {found.schedule}, {_extent(found)}"
    yield f"Next: {found.next or 'not known'}"
    yield f"Last: {found.outcome}"
    yield from (f"  {line}" for line in found.said.splitlines())


def _extent(found: AutoUpgrade) -> str:
    kinds = ["what mends a known vulnerability"] if found.security_only else []
    kinds += ["patches of pulpcore and the plugins"] if found.only_patch else []
    return ", ".join(kinds) or "all that fits"


def _ask(session: Session, *, yes: bool) -> None:
    """Go on only where somebody says so; raises UsageProblem."""
    if yes:
        return
    if not session.can_answer or not typer.confirm("Do it?", err=True):
        raise UsageProblem("nothing was changed", hint="Say --yes to do it without a question.")


def _upgraded(found: Upgrade, done: Upgraded, *, security_only: bool) -> Iterator[str | Table]:
    if done.rebuilt:
        yield from rebuilt_lines(done.rebuilt)
    elif found.left:
        yield f"Generation {found.left} would have it all, but was left before, or is past a"
        yield "break of the plugin API; nobody goes there unasked. To go: pulp-launcher upgrade"
    else:
        nothing = "There is nothing to mend." if security_only else "Everything is up to date."
        yield nothing
        yield from (f"! {note}" for note in done.plan.notes)
