"""What runs, what of it is healthy, and what waits to be built or started."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from launcher.host import files, pulp
from launcher.model import roles
from launcher.model.errors import LauncherError
from launcher.model.health import lacks, reported
from launcher.operations.desired import desired, pending
from launcher.operations.list_plugins import list_plugins
from launcher.render.units import containers, units

if TYPE_CHECKING:
    from launcher.model.config import Config
    from launcher.model.generation import Generation
    from launcher.operations.instance import Instance


@dataclass(frozen=True)
class RoleStatus:
    """One unit: `state` is systemd's word, `health` podman's, `since` systemd's time stamp."""

    role: str
    unit: str
    state: str
    health: str
    since: str


@dataclass(frozen=True)
class Status:
    """The whole picture; `lacks` is empty when Pulp says that all of it is there."""

    instance: str
    url: str
    generation: int | None
    newest: int | None
    roles: tuple[RoleStatus, ...]
    versions: dict[str, str]
    workers: int
    lacks: tuple[str, ...]
    pending: tuple[str, ...]

    @property
    def healthy(self) -> bool:
        return not self.lacks


def status(instance: Instance) -> Status:
    """Return the state of the instance; raises InputInvalid, NotReady where there is none."""
    config = instance.config()
    current, newest = instance.current(), instance.newest()
    answer = pulp.status(config.port, config.hostname, config.api_root) if current else None
    missing = _lacks(answer, current, config)
    return Status(
        instance=instance.names.instance,
        url=config.origin,
        generation=current.number if current else None,
        newest=newest.number if newest else None,
        roles=_roles(instance, config),
        versions=reported(answer) if answer else {},
        workers=len(answer.get("online_workers", [])) if answer else 0,
        lacks=tuple(missing),
        pending=tuple(_pending(instance, current, newest)),
    )


def _lacks(
    answer: dict[str, object] | None, current: Generation | None, config: Config
) -> list[str]:
    if current is None:
        return ["it was not started yet"]
    return lacks(answer, current.versions, current.plugins, config.worker.count)


def _roles(instance: Instance, config: Config) -> tuple[RoleStatus, ...]:
    rows = [
        (role.name, container)
        for role in roles.ROLES
        for container in containers(role, instance.names, config)
    ]
    states = instance.systemd.states([instance.names.service(name) for _, name in rows])
    health = {item.name: item.health for item in instance.podman.containers(instance.names.labels)}
    return tuple(
        RoleStatus(role, state.unit, _word(role, state.active), health.get(name, ""), state.since)
        for (role, name), state in zip(rows, states, strict=True)
    )


def _word(role: str, active: str) -> str:
    return "done" if roles.role(role).one_shot and active == "active" else active


def _pending(
    instance: Instance, current: Generation | None, newest: Generation | None
) -> list[str]:
    """Return what the files say that the running containers do not have yet, with the next step."""
    found = []
    not_built = list_plugins(instance).not_built if files.read(instance.paths.manifest) else 0
    if not_built:
        count = "1 change is" if not_built == 1 else f"{not_built} changes are"
        found.append(f"{count} not built yet: run pulp-launcher rebuild")
    if newest and (current is None or newest.number != current.number):
        found.append(f"generation {newest.number} is not started yet: run pulp-launcher start")
    elif newest and _differs(instance, newest):
        found.append("the config changed: run pulp-launcher start")
    return found


def _differs(instance: Instance, generation: Generation) -> bool:
    try:
        return bool(pending(instance, units(desired(instance, generation))))
    except LauncherError:
        return False
