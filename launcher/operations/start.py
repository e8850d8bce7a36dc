"""Bring the newest generation up as systemd units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from launcher.host import files
from launcher.model.errors import GateFailed, NotReady, UnitFailed
from launcher.model.generation import Current, Generation
from launcher.operations.desired import desired, services
from launcher.operations.folders import prepare_folders
from launcher.operations.generations import prune
from launcher.operations.install import install, outdated
from launcher.operations.observe import wait_until_whole
from launcher.operations.preflight import check_host
from launcher.operations.secrets import ensure_secrets

if TYPE_CHECKING:
    from launcher.model.config import Config
    from launcher.operations.instance import Instance

GATE_SECONDS = 120
"""How long the roles may take, once systemd has started them, until Pulp answers in full."""


@dataclass(frozen=True)
class Started:
    """The generation that serves, where, and the units that were changed for it."""

    generation: int
    url: str
    changed: tuple[str, ...]
    restarted: tuple[str, ...]


def start(instance: Instance) -> Started:
    """Start the newest generation and wait until Pulp answers; where it runs already, do nothing.

    Raises:
        NotReady: nothing is built yet.
        HostUnfit: no systemd, no lingering, the port is taken.
        UnitFailed: a unit is refused, or does not come up.
        GateFailed: the units are up, but Pulp is not whole.

    """
    instance.systemd.check()
    with instance.changing():
        generation = _built(instance)
        wanted = desired(instance, generation)
        check_host(instance, wanted.config)
        ensure_secrets(instance)
        changes = install(instance, wanted)
        stale = outdated(instance, wanted)
        files.write(instance.paths.current, Current(generation=generation.number).model_dump_json())
        prepare_folders(instance, wanted)
        _up(instance, wanted.config, stale)
        await_whole(instance, generation, wanted.config)
        prune(instance, wanted.config.generations.keep)
    return Started(
        generation.number,
        wanted.config.origin,
        tuple(change.name for change in changes),
        tuple(stale),
    )


def _built(instance: Instance) -> Generation:
    newest = instance.newest()
    if newest is None or instance.podman.image_id(newest.image) is None:
        what = "nothing is built yet" if newest is None else f"the image {newest.image} is gone"
        raise NotReady(what, hint="Build it with: pulp-launcher rebuild")
    return newest


def _up(instance: Instance, config: Config, stale: list[str]) -> None:
    """Start what is down and replace what is outdated; the migrations are waited for first."""
    first = services(instance, config, "db", "cache")
    migrate = services(instance, config, "migrate")
    with instance.reporter.step("Preparing the database"):
        # Should we be killed from here on, migrations that ran for another image do not count.
        instance.systemd.stop(
            [*(unit for unit in stale if unit not in first), *(stale and migrate)]
        )
        instance.systemd.restart([unit for unit in stale if unit in first])
        instance.systemd.start(first)
        _migrate(instance, migrate)
    with instance.reporter.step("Starting the services"):
        instance.systemd.start([instance.names.target, *services(instance, config)])


def _migrate(instance: Instance, migrate: list[str]) -> None:
    try:
        instance.systemd.start(migrate)
    except UnitFailed as error:
        raise UnitFailed(
            "the database could not be brought to the new image",
            details=error.details,
            hint="Read on with: pulp-launcher logs migrate",
        ) from error


def await_whole(instance: Instance, generation: Generation, config: Config) -> None:
    """Wait until systemd, podman and Pulp itself, through the web role, say that all is there.

    Raises:
        GateFailed: something is missing after `GATE_SECONDS`.

    """
    with instance.reporter.step("Waiting until Pulp answers"):
        problems = wait_until_whole(instance, generation, config, GATE_SECONDS)
    if problems:
        raise GateFailed(
            f"Pulp is not whole after {GATE_SECONDS} seconds",
            details="\n".join(problems),
            hint="See what the role to blame says: pulp-launcher logs ROLE",
        )
