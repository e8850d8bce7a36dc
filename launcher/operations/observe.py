"""What of a started instance is up and healthy, by systemd's, podman's and Pulp's own word."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from launcher.host import pulp
from launcher.model import roles
from launcher.model.health import lacks
from launcher.operations.desired import installed_containers
from launcher.render.units import containers

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

    @property
    def problem(self) -> str:
        """What is wrong with it, or nothing."""
        if self.state not in {"active", "done"}:
            return f"{self.unit} is {self.state}"
        return "" if self.health in {"healthy", ""} else f"{self.unit} is {self.health}"


@dataclass(frozen=True)
class Observed:
    """The roles, Pulp's answer (None where it gives none), and what there is to complain of."""

    roles: tuple[RoleStatus, ...]
    answer: dict[str, Any] | None
    problems: tuple[str, ...]


def observe(instance: Instance, generation: Generation, config: Config) -> Observed:
    """Return how a generation does; no problems means that all of Pulp is there."""
    seen = role_states(instance, config)
    answer = pulp.status(config.port, config.hostname, config.api_root)
    problems = [role.problem for role in seen if role.problem]
    on = [name for name in generation.plugins if name not in instance.manifest().off]
    workers = sum(role.role == "worker" for role in seen)
    problems += lacks(answer, generation.versions, on, workers)
    return Observed(seen, answer, tuple(problems))


def role_states(instance: Instance, config: Config) -> tuple[RoleStatus, ...]:
    """Return the state of each unit on this host, or of each that the config wants to be there."""
    rows = installed_containers(instance) or [
        (role, container)
        for role in roles.ROLES
        for container in containers(role, instance.names, config)
    ]
    states = instance.systemd.states([instance.names.service(name) for _, name in rows])
    health = {item.name: item.health for item in instance.podman.containers(instance.names.labels)}
    return tuple(
        RoleStatus(
            role.name,
            state.unit,
            "done" if role.one_shot and state.is_up else state.active,
            health.get(name, ""),
            state.since,
        )
        for (role, name), state in zip(rows, states, strict=True)
    )


def wait_until_whole(
    instance: Instance, generation: Generation, config: Config, seconds: float
) -> tuple[str, ...]:
    """Wait until there is nothing to complain of, and return what is left after `seconds`."""
    limit = time.monotonic() + seconds
    problems = observe(instance, generation, config).problems
    while problems and time.monotonic() < limit:
        time.sleep(0.5)
        problems = observe(instance, generation, config).problems
    return problems
