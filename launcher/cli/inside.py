"""Commands that reach into the containers: logs, shell, manager, admin-password."""

from __future__ import annotations

from typing import Annotated

import typer

from launcher.cli.session import Session  # noqa: TC001 - typer reads annotations
from launcher.operations import inside
from launcher.operations.secrets import admin_password as read_password

FOREIGN = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
"""All that follows belongs to another program."""

AFTER_ROLE = {"ignore_unknown_options": True, "allow_interspersed_args": False}
"""All that follows the first word belongs to another program."""


def logs(
    context: typer.Context,
    role: Annotated[str | None, typer.Argument(metavar="[ROLE]")] = None,
    *,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on as lines come.")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", min=0, help="How many to show.")] = 100,
) -> None:
    """Show what the services said."""
    session: Session = context.obj
    raise typer.Exit(inside.logs(session.instance, role, lines=lines, follow=follow))


def shell(
    context: typer.Context,
    role: Annotated[str, typer.Argument(metavar="[ROLE]")] = "api",
    command: Annotated[
        list[str] | None, typer.Argument(metavar="[COMMAND]...", help="Default: a shell.")
    ] = None,
) -> None:
    """Open a shell, or run a command, in the container of a role."""
    session: Session = context.obj
    raise typer.Exit(inside.enter(session.instance, role, inside.after_dashes(command) or ["bash"]))


def manager(
    context: typer.Context,
    arguments: Annotated[list[str] | None, typer.Argument(metavar="...")] = None,
) -> None:
    """Run pulpcore-manager; all that follows belongs to it."""
    session: Session = context.obj
    command = ["pulpcore-manager", *inside.after_dashes(arguments)]
    raise typer.Exit(inside.enter(session.instance, "api", command))


def admin_password(context: typer.Context) -> None:
    """Show the password that the user admin got at the start."""
    session: Session = context.obj
    password = read_password(session.instance)
    session.screen.secret(session.command, "password", password)


def add_to(app: typer.Typer) -> None:
    app.command()(logs)
    app.command(context_settings=AFTER_ROLE)(shell)
    app.command(context_settings=FOREIGN)(manager)
    app.command("admin-password")(admin_password)
