"""Commands on the places that the data are in: `storage accept`."""

from __future__ import annotations

from typing import Annotated

import typer

from launcher.cli.session import Session  # noqa: TC001 - typer reads annotations
from launcher.operations import accept_place

storage = typer.Typer(no_args_is_help=True, help="The places that the data are in.")


@storage.command()
def accept(
    context: typer.Context, place: Annotated[str, typer.Argument(help="pulp or database")]
) -> None:
    """Take what is in a place for the data; where nothing is, the next start makes new ones."""
    session: Session = context.obj
    done = accept_place.accept_place(session.instance, place)
    lines = [f"The next start takes {done.where} as it is.", "Next: pulp-launcher start"]
    session.show(done, lines)


def add_to(app: typer.Typer) -> None:
    app.add_typer(storage, name="storage")
