"""The group of commands `secret`, and `secret renew`."""

from __future__ import annotations

from typing import Annotated

import typer

from launcher.cli import own_secrets
from launcher.cli.session import Session  # noqa: TC001 - typer reads annotations
from launcher.operations import renew_secret

secret = typer.Typer(
    no_args_is_help=True,
    help="Secrets: those of the instance, and yours, which the two TOML files refer to.",
)


@secret.command()
def renew(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help=", ".join(renew_secret.RENEWABLE))],
    *,
    give_up: Annotated[
        bool, typer.Option("--give-up", help="Also the field key: what is encrypted is lost.")
    ] = False,
) -> None:
    """Take the value that you gave a secret with podman; else make a new one."""
    session: Session = context.obj
    done = renew_secret.renew(session.instance, name, give_up=give_up)
    word = "Made" if done.made else "Taken over:"
    lost = [f"Removed {what}: {count}" for what, count in done.forgotten.items()]
    lines = [*(f"{word} {item}" for item in done.secrets), *lost, "Next: pulp-launcher start"]
    session.show(done, lines)


def add_to(app: typer.Typer) -> None:
    own_secrets.add_to(secret)
    app.add_typer(secret, name="secret")
