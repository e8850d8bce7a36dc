"""What of a started instance is up and healthy, by systemd's, podman's and Pulp's own word."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from launcher.host import files, pulp
from launcher.host.podman import last_json
from launcher.model import roles
from launcher.model.errors import GateFailed
from launcher.model.health import ONLINE, lacks
from launcher.operations.desired import Installed, installed_containers
from launcher.operations.probe import probe, probe_behind
from launcher.render.settings import Applied, applied
from launcher.render.units import containers

if TYPE_CHECKING:
    from collections.abc import Callable

    from launcher.model.config import Config
    from launcher.model.generation import Generation
    from launcher.operations.instance import Instance

GATE_SECONDS = 60
"""How long the roles may take, once systemd has started them, until all of Pulp is there."""

_POLL = 0.5


@dataclass(frozen=True)
class RoleStatus:
    """One unit: `state` is systemd's word, `health` podman's, `since` systemd's time stamp.

    `generation` is None where all generations share the container.
    """

    role: str
    unit: str
    state: str
    health: str
    since: str
    generation: int | None = None

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
    seen = role_states(instance, config, generation.number)
    front = pulp.front(config.port, config.hostname, _applied(instance, generation).api_root)
    problems = [
        role.problem
        for role in seen
        if role.problem and role.generation in {None, generation.number}
    ]
    if front and front.generation != str(generation.number):
        problems.append(f"generation {front.generation or '?'} answers, not {generation.number}")
    answer = front.status if front else None
    problems += _lacks(instance, generation, answer)
    # It takes a second, and says nothing new of what is not up.
    problems += () if problems else probe(instance, generation, config)
    return Observed(seen, answer, tuple(problems))


def observe_behind(instance: Instance, generation: Generation, config: Config) -> tuple[str, ...]:
    """Return what there is to complain of a generation that need not be in front of the web role.

    It is asked in its own container, so that nothing of the host's network can be in the way.
    """
    return unready(instance, generation, config) or probe_behind(instance, generation, config)


def unready(instance: Instance, generation: Generation, config: Config) -> tuple[str, ...]:
    """Return the same, but do not look at what it serves: that was there before it, good or bad."""
    api = instance.names.container("api", generation.number)
    socket = f"/run/pulp/api-{generation.number}.sock"
    url = f"http://{config.hostname}{_applied(instance, generation).api_root}{pulp.STATUS}"
    done = instance.podman.execute(api, ["curl", "-sS", "-m10", "--unix-socket", socket, url])
    answer = last_json(done.stdout)
    if not answer:
        return (f"the API does not answer: {done.stderr.strip() or done.stdout.strip()[:200]}",)
    return tuple(_lacks(instance, generation, answer))


def role_states(instance: Instance, config: Config, generation: int) -> tuple[RoleStatus, ...]:
    """Return the state of each unit on this host, or of each that the config wants to be there."""
    rows = installed_containers(instance) or [
        Installed(role, container, generation if role.beside else None)
        for role in roles.ROLES
        for container in containers(role, instance.names, config, generation)
    ]
    states = instance.systemd.states([instance.names.service(row.container) for row in rows])
    there = instance.podman.containers(instance.names.labels)
    health = {item.name: "paused" if item.paused else item.health for item in there}
    return tuple(
        RoleStatus(
            row.role.name,
            state.unit,
            "done" if row.role.one_shot and state.is_up else state.active,
            health.get(row.container, ""),
            state.since,
            row.generation,
        )
        for row, state in zip(rows, states, strict=True)
    )


def gate(generation: Generation, problems: Callable[[], tuple[str, ...]]) -> None:
    """Wait until there is nothing to complain of.

    Raises:
        GateFailed: something is missing after `GATE_SECONDS`.

    """
    limit = time.monotonic() + GATE_SECONDS
    found = problems()
    while found and time.monotonic() < limit:
        time.sleep(_POLL)
        found = problems()
    if found:
        raise GateFailed(
            f"generation {generation.number} is not whole after {GATE_SECONDS} seconds",
            details="\n".join(found),
            hint="See what the role to blame says: pulp-launcher logs ROLE",
        )


def _applied(instance: Instance, generation: Generation) -> Applied:
    """Return what the generation was started with; config and manifest may say another by now."""
    return applied(files.read(instance.paths.etc / str(generation.number) / roles.SETTINGS) or "")


def _lacks(instance: Instance, generation: Generation, answer: dict[str, Any] | None) -> list[str]:
    has = _applied(instance, generation)
    on = [name for name in generation.plugins if has.loads(name)]
    there = [
        item for item in installed_containers(instance) if item.generation == generation.number
    ]
    hosts = {role: [item.container for item in there if item.role.name == role] for role in ONLINE}
    return lacks(answer, generation.versions, on, hosts, cached=has.cached)
