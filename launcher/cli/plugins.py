"""Commands on what is in the image: `plugin …`, `lock`, `outdated`, `preset list`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from launcher.cli.session import Session  # noqa: TC001 - typer reads annotations
from launcher.cli.ui import table
from launcher.host.uv import ALL
from launcher.model.errors import UsageProblem
from launcher.operations import known_plugins
from launcher.operations import lock as locking
from launcher.operations import why as asking
from launcher.operations.change_plugins import add_plugins, remove_plugins
from launcher.operations.list_plugins import list_plugins, with_newest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.table import Table

    from launcher.model.lock import Move
    from launcher.operations.change_plugins import Changed
    from launcher.operations.known_plugins import Shown

plugin = typer.Typer(no_args_is_help=True, help="Choose what is in the image.")
preset = typer.Typer(no_args_is_help=True, help="Named sets of plugins.")

DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would change, and stop.")]


@plugin.command()
def add(
    context: typer.Context,
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="PLUGIN...", help="rpm, 'pulp_rpm>=3.39', git+https://…@REV, ./checkout …"
        ),
    ],
    *,
    dry_run: DryRun = False,
) -> None:
    """Add plugins to the manifest and resolve them at once."""
    session: Session = context.obj
    changed = add_plugins(session.instance, names, dry_run=dry_run)
    session.show(changed, _changed("add", changed, dry_run=dry_run))


@plugin.command()
def remove(
    context: typer.Context,
    names: Annotated[list[str], typer.Argument(metavar="PLUGIN...")],
    *,
    dry_run: DryRun = False,
) -> None:
    """Take plugins out of the manifest; their data stays in the database."""
    session: Session = context.obj
    changed = remove_plugins(session.instance, names, dry_run=dry_run)
    session.show(changed, _changed("remove", changed, dry_run=dry_run))


@plugin.command()
def update(
    context: typer.Context,
    names: Annotated[list[str] | None, typer.Argument(metavar="[PLUGIN]...")] = None,
) -> None:
    """Move plugins, or pulpcore and all of them, to the newest versions that fit."""
    session: Session = context.obj
    locked = locking.update(session.instance, names or [])
    session.show(locked, _moved(locked.moves))


@plugin.command("list")
def list_command(context: typer.Context) -> None:
    """Show the plugins: asked for, locked, built, running, newest."""
    session: Session = context.obj
    listed = with_newest(session.instance, list_plugins(session.instance))
    heads = ("PLUGIN", "ASKED FOR", "LOCKED", "BUILT", "RUNNING", "NEWEST")
    rows = (
        (row.name, row.asked, row.locked, row.built, row.running, row.newest)
        for row in listed.plugins
    )
    lines: list[str | Table] = [table(heads, rows)]
    if listed.not_built:
        lines.append(f"\n{listed.pending}")
    session.show(listed, lines)


@plugin.command()
def search(
    context: typer.Context,
    word: Annotated[str, typer.Argument(metavar="[WORD]")] = "",
) -> None:
    """Show the known plugins, or those with a word in them."""
    session: Session = context.obj
    found = known_plugins.search(session.instance, word)
    rows = ((row.name, row.summary, row.state) for row in found)
    session.show(found, [table(("PLUGIN", "FOR", "NOTE"), rows)])


@plugin.command()
def show(context: typer.Context, name: Annotated[str, typer.Argument(metavar="PLUGIN")]) -> None:
    """Show all that is known of a plugin."""
    session: Session = context.obj
    shown = known_plugins.show(session.instance, name)
    session.show(shown, _shown(shown))


@plugin.command()
def why(
    context: typer.Context, name: Annotated[str, typer.Argument(metavar="DISTRIBUTION")]
) -> None:
    """Show who asks for a distribution."""
    session: Session = context.obj
    lines = asking.why(session.instance, name)
    session.show(lines, lines)


def lock(
    context: typer.Context,
    *,
    upgrade: Annotated[
        bool, typer.Option("--upgrade", help="Move everything to the newest that fits.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Only tell, by exit status 3, if it is outdated.")
    ] = False,
) -> None:
    """Resolve the manifest after an edit by hand."""
    session: Session = context.obj
    if upgrade and check:
        raise UsageProblem("--upgrade and --check exclude each other")
    if check:
        there = locking.check_lock(session.instance)
        session.show(there, ["The lock is that of the manifest."])
        return
    locked = locking.lock(session.instance, upgrade=ALL if upgrade else ())
    session.show(locked, _moved(locked.moves))


def outdated(context: typer.Context) -> None:
    """Show what an upgrade would change, and what holds the rest back."""
    session: Session = context.obj
    found = locking.outdated(session.instance)
    lines: list[str | Table] = [*moves_table(found.moves)]
    lines += [
        f"{row.name} stays at {row.locked}, though there is {row.newest}: held by "
        f"{', '.join(row.held_by)}"
        for row in found.held
    ]
    session.show(found, lines or ["Everything is up to date."])


@preset.command("list")
def list_presets(context: typer.Context) -> None:
    """Show the presets."""
    session: Session = context.obj
    found = known_plugins.presets()
    rows = ((row.name, row.summary, " ".join(row.plugins)) for row in found)
    session.show(found, [table(("PRESET", "FOR", "PLUGINS"), rows)])


def add_to(app: typer.Typer) -> None:
    app.add_typer(plugin, name="plugin")
    app.add_typer(preset, name="preset")
    app.command()(lock)
    app.command()(outdated)


def _changed(verb: str, changed: Changed, *, dry_run: bool) -> Iterator[str | Table]:
    for name in changed.built_in:
        yield f"{name} is part of pulpcore; it is always there."
    if dry_run:
        yield from moves_table(changed.moves)
        yield "Nothing was changed."
        return
    done = {"add": "Added", "remove": "Removed"}[verb]
    for name in changed.plugins:
        version = next((move.new for move in changed.moves if move.name == name), None)
        if verb == "add" and version is None:
            yield f"{name} stays as it is locked; to move it: pulp-launcher plugin update {name}"
        else:
            yield f"{done} {name} {version or ''}".rstrip()
    if changed.moves:
        yield f"{_count(len(changed.moves))} in the lock."
        yield "Next: pulp-launcher rebuild"


def _moved(moves: tuple[Move, ...]) -> list[str | Table]:
    if not moves:
        return ["Nothing changed in the lock."]
    return [*moves_table(moves), "Next: pulp-launcher rebuild"]


def moves_table(
    moves: Iterable[Move], what: str = "DISTRIBUTION", why: str = "ASKED FOR BY"
) -> list[str | Table]:
    """Return how distributions, or what it is, move, as a table; nothing where none does."""
    rows = [(move.name, move.old, move.new, ", ".join(move.why)) for move in moves]
    if not rows:
        return []
    with_why = any(row[3] for row in rows)
    heads = (what, "FROM", "TO", why)[: 4 if with_why else 3]
    return [table(heads, [row[: len(heads)] for row in rows])]


def _count(number: int) -> str:
    return "1 distribution changed" if number == 1 else f"{number} distributions changed"


def _shown(shown: Shown) -> Iterator[str]:
    yield f"{shown.name}: {shown.summary or 'not in the catalogue'}"
    facts = {
        "Newest": shown.newest,
        "Needs": ", ".join(shown.needs),
        "Debian packages": ", ".join(shown.packages),
        "Settings": ", ".join(shown.settings),
        "Docs": shown.docs,
        "Note": shown.notes,
    }
    for head, fact in facts.items():
        if fact:
            yield f"  {head}: {fact}"
