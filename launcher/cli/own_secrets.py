"""Commands on the administrator's secrets: `secret set|list|remove`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from launcher.cli.session import Session  # noqa: TC001 - typer reads annotations
from launcher.cli.ui import standard_input, table
from launcher.operations import change_secrets

Name = Annotated[str, typer.Argument(metavar="NAME")]


def set_command(context: typer.Context, name: Name) -> None:
    """Keep a value for the two TOML files to refer to; asked for, or read from standard input."""
    session: Session = context.obj
    done = change_secrets.set_secret(session.instance, name, _value(name))
    lines = [f"Kept the secret {name}."]
    if not done.used_by:
        lines.append(f'Refer to it in config.toml or plugins.toml: {{ from-secret = "{name}" }}')
    if done.read_at_start:
        lines.append("Next: pulp-launcher start")
    session.show(done, lines)


def list_command(context: typer.Context) -> None:
    """Show the secrets that were given, and what refers to them; never a value."""
    session: Session = context.obj
    found = change_secrets.list_secrets(session.instance)
    rows = (
        (item.name, "kept" if item.there else "MISSING", ", ".join(item.used_by)) for item in found
    )
    session.show(found, [table(("NAME", "STATE", "USED BY"), rows)])


def remove_command(context: typer.Context, name: Name) -> None:
    """Remove a secret that nothing refers to."""
    session: Session = context.obj
    gone = change_secrets.remove_secret(session.instance, name)
    session.show(gone, [f"Removed the secret {gone.name}."])


def add_to(group: typer.Typer) -> None:
    group.command("set")(set_command)
    group.command("list")(list_command)
    group.command("remove")(remove_command)


def _value(name: str) -> str:
    """Ask for the value, or take it from standard input without the end of its last line."""
    if sys.stdin.isatty():
        return str(typer.prompt(f"Value of {name}", hide_input=True, err=True))
    return standard_input().removesuffix("\n")
