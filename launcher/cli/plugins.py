"""Commands on the manifest: `plugin add|remove|list`, `lock`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from launcher.cli.session import Session  # noqa: TC001 - typer reads annotations
from launcher.cli.ui import table
from launcher.operations.change_plugins import add_plugins, remove_plugins
from launcher.operations.list_plugins import list_known, list_plugins
from launcher.operations.lock import lock as write_lock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.table import Table

    from launcher.operations.change_plugins import Changed

plugin = typer.Typer(no_args_is_help=True, help="Choose what is in the image.")


@plugin.command()
def add(
    context: typer.Context,
    names: Annotated[
        list[str], typer.Argument(metavar="PLUGIN...", help="pulp_rpm, 'pulp_rpm>=3.39', rpm …")
    ],
) -> None:
    """Add plugins to the manifest and resolve them at once."""
    session: Session = context.obj
    changed = add_plugins(session.instance, names)
    session.show(changed, _changed("Added", changed))


@plugin.command()
def remove(
    context: typer.Context,
    names: Annotated[list[str], typer.Argument(metavar="PLUGIN...")],
) -> None:
    """Take plugins out of the manifest; their data stays in the database."""
    session: Session = context.obj
    changed = remove_plugins(session.instance, names)
    session.show(changed, _changed("Removed", changed))


@plugin.command("list")
def list_command(
    context: typer.Context,
    *,
    known: Annotated[
        bool, typer.Option("--known", help="All plugins of the catalogue instead.")
    ] = False,
) -> None:
    """Show the plugins: asked for, locked, built, running."""
    session: Session = context.obj
    if known:
        rows = list_known(session.instance)
        cells = ((row.name, row.summary, row.notes) for row in rows)
        session.show(rows, [table(("PLUGIN", "FOR", "NOTES"), cells)])
        return
    listed = list_plugins(session.instance)
    lines: list[str | Table] = [
        table(
            ("PLUGIN", "ASKED FOR", "LOCKED", "BUILT", "RUNNING"),
            ((row.name, row.asked, row.locked, row.built, row.running) for row in listed.plugins),
        )
    ]
    if listed.not_built:
        lines.append(f"\n{listed.not_built} not built yet: run pulp-launcher rebuild")
    session.show(listed, lines)


def lock(context: typer.Context) -> None:
    """Resolve the manifest after an edit by hand."""
    session: Session = context.obj
    made = write_lock(session.instance)
    session.show({"versions": made.versions}, [f"{len(made.versions)} distributions are locked."])


def add_to(app: typer.Typer) -> None:
    app.add_typer(plugin, name="plugin")
    app.command()(lock)


def _changed(verb: str, changed: Changed) -> Iterator[str]:
    for name in changed.built_in:
        yield f"{name} is part of pulpcore; it is always there."
    for name in changed.plugins:
        version = next((move.new for move in changed.moves if move.name == name), None)
        yield f"{verb} {name} {version}" if version else f"{verb} {name}"
    if changed.moves:
        yield f"{len(changed.moves)} distributions changed in the lock."
        yield "Next: pulp-launcher rebuild"
