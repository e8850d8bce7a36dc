"""Work inside a running container, and read what it logged."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from launcher.model import roles
from launcher.model.errors import NotReady
from launcher.operations.desired import installed_services
from launcher.operations.stop import check_role
from launcher.render.units import containers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from launcher.operations.instance import Instance


def enter(instance: Instance, role: str, command: Sequence[str]) -> int:
    """Run a command in the container of a role, on our terminal, and return its exit status.

    Raises:
        UsageProblem: there is no such role.
        NotReady: its container does not run.

    """
    check_role(role)
    name = containers(roles.role(role), instance.names, instance.config())[0]
    running = {
        item.name for item in instance.podman.containers(instance.names.labels) if item.running
    }
    if name not in running:
        raise NotReady(
            f"the container {name} does not run",
            hint="Start the instance with: pulp-launcher start",
        )
    return instance.podman.attach(
        name, command, terminal=sys.stdin.isatty() and sys.stdout.isatty()
    )


def logs(instance: Instance, role: str | None, *, lines: int, follow: bool) -> int:
    """Show the journal of one role, or of all, on our terminal; raises UsageProblem."""
    if role is not None:
        check_role(role)
    units = installed_services(instance, role)
    if not units:
        raise NotReady("nothing was started yet", hint="Start it with: pulp-launcher start")
    return instance.systemd.follow(units, lines=lines, follow=follow)
