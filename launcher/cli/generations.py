"""Commands on what was built: `generation list|show|sbom|diff|remove`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from launcher.cli.session import Session  # noqa: TC001 - typer reads annotations
from launcher.cli.ui import table
from launcher.operations import compare, generations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.table import Table

    from launcher.operations.compare import Difference

generation = typer.Typer(no_args_is_help=True, help="What was built, and what is kept of it.")

Number = Annotated[int, typer.Argument(metavar="N", min=1)]


@generation.command("list")
def list_command(context: typer.Context) -> None:
    """Show the generations that are kept."""
    session: Session = context.obj
    found = generations.kept(session.instance)
    rows = (
        (
            str(item.generation.number),
            item.generation.built_at,
            item.generation.image,
            " ".join(item.generation.plugins),
            ", ".join(_states(item)),
        )
        for item in found
    )
    session.show(found, [table(("N", "BUILT", "IMAGE", "PLUGINS", ""), rows)])


@generation.command()
def show(context: typer.Context, number: Number) -> None:
    """Show what a generation was made of."""
    session: Session = context.obj
    found = generations.generation(session.instance, number)
    lines: list[str | Table] = [
        f"Generation {found.number}, built {found.built_at}",
        f"  Image: {found.image} ({found.image_id[:12]})",
        f"  Fingerprint: {found.fingerprint}",
        f"  Files: {session.instance.paths.generation(number)}",
        f"  SBOM: {generations.sbom_file(session.instance, number) or 'none'}\n",
        table(("DISTRIBUTION", "VERSION"), found.versions.items()),
    ]
    session.show(found, lines)


@generation.command()
def sbom(context: typer.Context, number: Number) -> None:
    """Print all that is in a generation's image: its SBOM (CycloneDX, JSON)."""
    session: Session = context.obj
    session.screen.document(session.command, generations.sbom(session.instance, number))


@generation.command()
def diff(context: typer.Context, old: Number, new: Number) -> None:
    """Show how two generations differ."""
    session: Session = context.obj
    found = compare.difference(session.instance, old, new)
    session.show(found, _difference(found))


@generation.command()
def remove(context: typer.Context, number: Number) -> None:
    """Remove a generation with its image; never the one that runs."""
    session: Session = context.obj
    gone = generations.remove(session.instance, number)
    session.show(gone, [f"Removed generation {gone.number}: {gone.image}"])


def add_to(app: typer.Typer) -> None:
    app.add_typer(generation, name="generation")


def _states(item: generations.Kept) -> Iterator[str]:
    if item.running:
        yield "running"
    if item.image_gone:
        yield "image gone"


def _difference(found: Difference) -> Iterator[str | Table]:
    for head, changed in (("DISTRIBUTION", found.versions), ("SYSTEM PACKAGE", found.system)):
        if changed:
            rows = ((name, old, new) for name, (old, new) in changed.items())
            yield table((head, f"IN {found.old}", f"IN {found.new}"), rows)
    for number, only in ((found.old, found.migrations.old), (found.new, found.migrations.new)):
        if only:
            yield f"Migrations that only {number} has: {', '.join(only)}"
    yield from found.files
    yield from found.inputs
    for number in found.unlisted:
        yield f"The system packages of generation {number} are not known: it has no SBOM."
    if not found.versions and not found.system and not found.inputs:
        yield "Nothing else differs." if found.unlisted else "They do not differ."
