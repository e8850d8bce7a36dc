"""Commands on keys that Pulp signs with: `signing add|list|export|remove`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from launcher.cli.session import Session  # noqa: TC001 - typer reads annotations
from launcher.cli.ui import standard_input, table
from launcher.host import files
from launcher.model.errors import UsageProblem
from launcher.model.signing import KIND_NAMES
from launcher.operations import signing as operation

signing = typer.Typer(
    no_args_is_help=True, help="Signing: keys, and the services in Pulp that sign with them."
)

Name = Annotated[str, typer.Argument(metavar="NAME")]


@signing.command()
def add(
    context: typer.Context,
    name: Name,
    *,
    kinds: Annotated[
        list[str] | None,
        typer.Option(
            "--for", metavar="KIND", help=f"{', '.join(KIND_NAMES)}; may stand several times."
        ),
    ] = None,
    key: Annotated[
        str, typer.Option("--key", metavar="FILE", help="Your private key; - for standard input.")
    ] = "",
    generate: Annotated[bool, typer.Option("--generate", help="Make a new key.")] = False,
) -> None:
    """Let Pulp sign with a key; without --for, all that the plugins have signed by default."""
    session: Session = context.obj
    if key and generate:
        raise UsageProblem("--key and --generate cannot be together")
    source = operation.Source(_text(key) if key else "", generate)
    done = operation.add(session.instance, name, kinds or (), source)
    lines = [f"Pulp signs with the key {name}, {done.fingerprint}."]
    lines += [f"New in Pulp: the signing service {item}" for item in done.services]
    session.show(done, [*lines, f"For those who trust it: pulp-launcher signing export {name}"])


@signing.command("list")
def list_command(context: typer.Context) -> None:
    """Show the signing services that Pulp knows, their keys, and what uses them."""
    session: Session = context.obj
    found = operation.list_all(session.instance)
    rows = (
        (
            item.key,
            "kept" if item.there else "MISSING" if item.key else None,
            item.kind,
            item.service,
            item.fingerprint,
            ", ".join(item.used_by),
        )
        for item in found
    )
    heads = ("KEY", "STATE", "SIGNS", "SERVICE", "FINGERPRINT", "USED BY")
    session.show(found, [table(heads, rows)])


@signing.command()
def export(context: typer.Context, name: Name) -> None:
    """Print the public key, for those who shall trust it."""
    session: Session = context.obj
    text = operation.export(session.instance, name)
    session.show({"name": name, "public_key": text}, [text.strip()])


@signing.command()
def remove(context: typer.Context, name: Name) -> None:
    """Remove a key that nothing uses, and its services in Pulp."""
    session: Session = context.obj
    gone = operation.remove(session.instance, name)
    session.show(gone, [f"Removed the signing key {name}.", *_forgotten(gone.services)])


def _forgotten(services: tuple[str, ...]) -> list[str]:
    return [f"Removed the signing service {item}." for item in services]


def _text(file: str) -> str:
    text = standard_input() if file == "-" else files.read(Path(file))
    if not text:
        raise UsageProblem(
            f"there is no key in {'standard input' if file == '-' else file}",
            hint="Give what this prints: gpg --armor --export-secret-keys KEY",
        )
    return text


def add_to(app: typer.Typer) -> None:
    app.add_typer(signing, name="signing")
