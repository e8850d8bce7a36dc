"""Commands on the running instance, from init over rebuild, start and status to destroy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from launcher.cli.plans import Check, PlanOnly, show_plan
from launcher.cli.session import Session  # noqa: TC001 - typer reads annotations
from launcher.cli.ui import table
from launcher.model.errors import UsageProblem
from launcher.model.manifest import DEFAULT_BASE
from launcher.operations import destroy as destroying
from launcher.operations import init as initialising
from launcher.operations import known_plugins, own_secrets
from launcher.operations import rebuild as rebuilding
from launcher.operations import resume as resuming
from launcher.operations import rollback as rolling_back
from launcher.operations import start as starting
from launcher.operations import status as observing
from launcher.operations import stop as stopping
from launcher.operations import up as bringing_up
from launcher.operations.change_plugins import add_plugins
from launcher.operations.plan import plan_rebuild, plan_start

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.table import Table

    from launcher.operations.bring_up import Started
    from launcher.operations.rebuild import Rebuilt
    from launcher.operations.rollback import Rollback
    from launcher.operations.status import Status

Base = Annotated[
    str,
    typer.Option(
        help="The base image: a registry reference, or bootstrap:SUITE (docs/reference/bases.md)."
    ),
]
Hostname = Annotated[
    str | None, typer.Option(help="The name that clients use; default: this host's name.")
]
Port = Annotated[int | None, typer.Option(help="The published port; default: 8080.")]
Role = Annotated[str | None, typer.Argument(metavar="[ROLE]", help="api, content, worker, web …")]


def init(
    context: typer.Context,
    base: Base = DEFAULT_BASE,
    hostname: Hostname = None,
    port: Port = None,
    preset: Annotated[
        str | None, typer.Option(help="A set of plugins: pulp-launcher preset list.")
    ] = None,
) -> None:
    """Write plugins.toml and config.toml where they are missing."""
    session: Session = context.obj
    plugins = known_plugins.preset(preset).plugins if preset else ()
    made = initialising.init(session.instance, base=base, hostname=hostname, port=port)
    lines = [f"Wrote {path}" for path in made.written]
    if plugins:
        add_plugins(session.instance, plugins)
        lines += [f"Added {name}" for name in plugins]
    session.show(made, lines or [f"{made.manifest} and {made.config} are there already."])


def rebuild(
    context: typer.Context,
    *,
    force: Annotated[bool, typer.Option("--force", help="Build though nothing changed.")] = False,
    no_switch: Annotated[
        bool, typer.Option("--no-switch", help="Only build; what runs goes on as it is.")
    ] = False,
    plan: PlanOnly = False,
    check: Check = False,
) -> None:
    """Build the image of the manifest, if anything changed; a running Pulp switches to it."""
    session: Session = context.obj
    if plan or check:
        found = plan_rebuild(session.instance, force=force, switching=not no_switch)
        show_plan(session, found, check=check)
        return
    _warn(session)
    rebuilt = rebuilding.rebuild(session.instance, force=force, switching=not no_switch)
    session.show(rebuilt, rebuilt_lines(rebuilt))


def rollback(
    context: typer.Context,
    number: Annotated[
        int | None, typer.Argument(metavar="[N]", help="The generation; default: the one before.")
    ] = None,
    *,
    restore: Annotated[
        bool, typer.Option("--restore", help="Put the database back too; loses what came since.")
    ] = False,
    keep_database: Annotated[
        bool, typer.Option("--keep-database", help="Let the older Pulp have the newer database.")
    ] = False,
    keep_settings: Annotated[
        bool,
        typer.Option("--keep-settings", help="Let the older Pulp have the settings of today."),
    ] = False,
) -> None:
    """Go back to an earlier generation, and to the settings that it served with."""
    session: Session = context.obj
    if restore and keep_database:
        raise UsageProblem("--restore and --keep-database can not go together")
    going = rolling_back.look(session.instance, number, keep_settings=keep_settings)
    if going.loss and not restore and not keep_database:
        restore = _confirmed(session, going)
    _show_started(session, rolling_back.rollback(session.instance, going, restore=restore))


def start(context: typer.Context, *, plan: PlanOnly = False, check: Check = False) -> None:
    """Start the newest generation and wait until Pulp answers."""
    session: Session = context.obj
    if plan or check:
        show_plan(session, plan_start(session.instance), check=check)
        return
    _warn(session)
    _show_started(session, starting.start(session.instance))


def resume(context: typer.Context) -> None:
    """Finish a switch that was interrupted; nothing where there was none."""
    session: Session = context.obj
    done = resuming.resume(session.instance)
    session.show(
        done, [_answers(done.finished) if done.finished else "No switch is to be finished."]
    )


def stop(
    context: typer.Context,
    *,
    for_good: Annotated[
        bool, typer.Option("--for-good", help="Stay down when the host boots, until start.")
    ] = False,
) -> None:
    """Stop all services until start, or until the host boots; running tasks get their grace."""
    session: Session = context.obj
    acted = stopping.stop(session.instance, for_good=for_good)
    session.show(acted, [_STOPPED_FOR_GOOD if for_good else _STOPPED])


_STOPPED = (
    "Stopped until pulp-launcher start, or until the host boots; "
    "to stay down then too: pulp-launcher stop --for-good"
)
_STOPPED_FOR_GOOD = "Stopped, also when the host boots. Start it again with: pulp-launcher start"


def restart(context: typer.Context, role: Role = None) -> None:
    """Restart one role, or all, and wait until they are up."""
    session: Session = context.obj
    acted = stopping.restart(session.instance, role)
    session.show(acted, [f"Restarted {', '.join(acted.services)}."])


def status(context: typer.Context) -> None:
    """Show what runs, and what waits to be built or started."""
    session: Session = context.obj
    _warn(session)
    found = observing.status(session.instance)
    session.show(found, _status(found))
    if not found.healthy:
        raise typer.Exit(1)


def up(
    context: typer.Context,
    plugins: Annotated[
        list[str] | None, typer.Argument(metavar="[PLUGIN]...", help="Plugins to add.")
    ] = None,
    base: Base = DEFAULT_BASE,
    hostname: Hostname = None,
    port: Port = None,
) -> None:
    """Do it all in one: init, plugin add, rebuild, start."""
    session: Session = context.obj
    started = bringing_up.up(
        session.instance, plugins or [], base=base, hostname=hostname, port=port
    )
    _show_started(session, started)


def destroy(
    context: typer.Context,
    *,
    purge: Annotated[
        bool, typer.Option("--purge", help="Remove the data, the secrets and the config too.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Take the instance off this host; its data stays, unless --purge says otherwise."""
    session: Session = context.obj
    extent = destroying.extent(session.instance, purge=purge)
    if extent.warning:
        session.screen.note(extent.warning)
    question = f"Remove the instance '{session.instance_name}': {extent.what}?"
    if not yes and (session.screen.as_json or not typer.confirm(question, err=True)):
        raise UsageProblem("nothing was removed", hint="Say --yes to remove it without a question.")
    gone = destroying.destroy(session.instance, purge=purge)
    lines = [f"Removed {piece}" for piece in gone.removed] or ["There was nothing to remove."]
    lines += [f"Kept {piece}" for piece in gone.kept]
    lines += [f"Left {piece}, which other instances may use" for piece in gone.shared]
    session.show(gone, lines)


def add_to(app: typer.Typer) -> None:
    for command in (
        init, rebuild, rollback, start, stop, restart, resume, status, up, destroy,
    ):  # fmt: skip
        app.command()(command)


def _warn(session: Session) -> None:
    for line in own_secrets.warnings(session.instance):
        session.screen.note(line)


def _show_started(session: Session, started: Started) -> None:
    lines = [_answers(started), "The password of the user admin: pulp-launcher admin-password"]
    session.show(started, lines)


def _answers(started: Started) -> str:
    return f"Pulp answers at {started.url}/ (generation {started.generation})."


def rebuilt_lines(rebuilt: Rebuilt) -> Iterator[str]:
    """Return in words what a rebuild did."""
    number = rebuilt.generation.number
    if rebuilt.built:
        yield f"Built generation {number}: {rebuilt.generation.image}"
    else:
        yield f"Nothing to build: generation {number} has it all."
    if rebuilt.switched:
        yield _answers(rebuilt.switched)
    elif rebuilt.built:
        yield "Next: pulp-launcher start"


def _confirmed(session: Session, going: Rollback) -> bool:
    """Ask whether the database shall go back too; raises UsageProblem where nobody can answer."""
    if going.dump is None or not session.can_answer:
        raise UsageProblem(
            "nothing was changed: the database was migrated since that generation",
            details="\n".join(going.loss),
            hint="Say --restore to put the database back, or --keep-database to leave it as it is.",
        )
    for line in going.loss:
        session.screen.note(line)
    if not typer.confirm("Put the database back?", err=True):
        raise UsageProblem("nothing was changed", hint="See also --keep-database.")
    return True


def _status(found: Status) -> Iterator[str | Table]:
    generation = f"generation {found.generation}" if found.generation else "not started"
    word = "healthy" if found.healthy else "NOT HEALTHY"
    yield f"{found.instance}: {word}, {generation}, {found.url}/\n"
    rows = ((row.role, row.unit, row.state, row.health, row.since) for row in found.roles)
    yield table(("ROLE", "UNIT", "STATE", "HEALTH", "SINCE"), rows)
    if found.versions:
        versions = ", ".join(f"{name} {version}" for name, version in found.versions.items())
        yield f"\n{versions}; {found.workers} workers online"
    if found.upgrades.enabled:
        yield f"Upgrades by itself: last {found.upgrades.outcome}; next {found.upgrades.next}"
    for problem in (*found.lacks, *found.pending):
        yield f"! {problem}"
