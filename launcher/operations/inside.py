"""Work inside a running container, and read what it logged."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from launcher.model.errors import NotReady
from launcher.operations.desired import installed_containers, installed_services
from launcher.operations.stop import check_role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from launcher.operations.instance import Instance


def after_dashes(words: Sequence[str] | None) -> list[str]:
    """Return the command in what followed a role; a `--` before it only says where it begins."""
    found = list(words or ())
    return found[1:] if found[:1] == ["--"] else found


def enter(instance: Instance, role: str, command: Sequence[str]) -> int:
    """Run a command in the container of a role, on our terminal, and return its exit status.

    Raises:
        UsageProblem: there is no such role.
        NotReady: its container does not run.

    """
    check_role(role)
    running = {
        item.name for item in instance.podman.containers(instance.names.labels) if item.running
    }
    found = [name for name in _containers(instance, role) if name in running]
    if not found:
        raise NotReady(
            f"no container of the role {role} runs",
            hint="Start the instance with: pulp-launcher start",
        )
    return instance.podman.attach(
        found[0], command, terminal=sys.stdin.isatty() and sys.stdout.isatty()
    )


def _containers(instance: Instance, role: str) -> list[str]:
    """Return the containers of a role, of the serving generation where it has its own."""
    current = instance.current()
    mine = {None, current.number if current else None}
    return [
        item.container
        for item in installed_containers(instance)
        if item.role.name == role and item.generation in mine
    ]


def logs(instance: Instance, role: str | None, *, lines: int, follow: bool) -> int:
    """Show the journal of one role, or of all, on our terminal; raises UsageProblem."""
    if role is not None:
        check_role(role)
    units = installed_services(instance, role)
    if not units:
        raise NotReady("nothing was started yet", hint="Start it with: pulp-launcher start")
    return instance.systemd.follow(units, lines=lines, follow=follow)
