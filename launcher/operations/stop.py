"""Stop and restart the instance's services."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from launcher.model import roles
from launcher.model.errors import NotReady, UsageProblem
from launcher.model.toml import nearest
from launcher.operations.bring_up import await_whole
from launcher.operations.changing import changing
from launcher.operations.desired import installed_services
from launcher.operations.own_settings import config_of
from launcher.operations.put_back import make_network
from launcher.operations.ready import check_own
from launcher.operations.waiting import restart_units, stop_units

if TYPE_CHECKING:
    from launcher.operations.instance import Instance


@dataclass(frozen=True)
class Acted:
    """The services that were stopped or restarted."""

    services: tuple[str, ...]


def stop(instance: Instance, *, for_good: bool = False) -> Acted:
    """Stop all services and wait until they have ended; running tasks get their grace.

    `for_good` keeps them down when the host boots, until the next `start`.
    """
    instance.systemd.check()
    with changing(instance):
        units = _running(instance) or _installed(instance, None)
        with instance.reporter.step("Stopping the services"):
            stop_units(instance, [instance.names.target, *units])
        if for_good:
            instance.systemd.disable(instance.names.target)
    return Acted(tuple(units))


def restart(instance: Instance, role: str | None) -> Acted:
    """Restart one role, or all of them, and wait until they are up again.

    Raises:
        UsageProblem: there is no such role.
        NotReady: nothing was started yet.
        UnitFailed: a unit does not come up again.
        GateFailed: the units are up, but Pulp is not whole.

    """
    if role is not None:
        check_role(role)
    instance.systemd.check()
    with changing(instance):
        config, units = instance.config(), _installed(instance, role)
        check_own(instance, config)
        make_network(instance)
        target = [] if role else [instance.names.target]
        with instance.reporter.step(f"Restarting {role or 'the services'}"):
            restart_units(instance, [*target, *units])
        current = instance.current()
        if current is not None:
            await_whole(instance, current, config_of(instance, current))
    return Acted(tuple(units))


def check_role(role: str) -> None:
    """Refuse what is no role; raises UsageProblem."""
    if role not in roles.NAMES:
        raise UsageProblem(
            f"there is no role '{role}'{nearest(role, roles.NAMES)}",
            hint=f"Roles: {', '.join(roles.NAMES)}",
        )


def _running(instance: Instance) -> list[str]:
    """Return the services of containers whose units somebody removed while they run on."""
    if installed_services(instance):
        return []
    there = instance.podman.containers(instance.names.labels)
    return [instance.names.service(item.name) for item in there if item.running]


def _installed(instance: Instance, role: str | None) -> list[str]:
    units = installed_services(instance, role)
    if not units:
        raise NotReady(
            f"the instance '{instance.names.instance}' was not started yet",
            hint="Start it with: pulp-launcher start",
        )
    return units
