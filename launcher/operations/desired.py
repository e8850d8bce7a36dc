"""What shall be on the host for a generation, and what is: units, and files of the containers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from launcher.host import files
from launcher.model import roles
from launcher.model.names import LABEL
from launcher.model.plan import FileChange, plan_files
from launcher.model.requirement import CORE
from launcher.operations.memory import memory
from launcher.operations.own_secrets import own_secret_ids
from launcher.operations.own_settings import config_of
from launcher.render.settings import settings
from launcher.render.unit import OLDEST_PODMAN
from launcher.render.units import GENERATION, Desired, containers

if TYPE_CHECKING:
    from pathlib import Path

    from launcher.model.config import Config
    from launcher.model.generation import Generation
    from launcher.model.roles import Role
    from launcher.operations.instance import Instance

QUADLETS = (".container", ".network", ".volume")
_GENERATION = re.compile(rf"^Label={re.escape(GENERATION)}=(\d+)$", re.MULTILINE)


def desired(instance: Instance, generation: Generation, config: Config | None = None) -> Desired:
    """Return all that the units of a generation depend on; raises as `Instance.config`.

    The config is that of config.toml, with what a generation that was gone back to has of its own.
    """
    config = config or config_of(instance, generation)
    off = instance.manifest().off
    core = generation.versions.get(CORE, "")
    text = settings(config, instance.catalogue, generation.plugins, off, core)
    return desired_with(instance, generation, config, text)


def desired_with(
    instance: Instance, generation: Generation, config: Config, settings: str
) -> Desired:
    """Return what the units depend on with this config and this text of Pulp's settings file."""
    return Desired(
        names=instance.names,
        paths=instance.paths,
        config=config,
        generation=generation,
        podman=instance.podman.check(OLDEST_PODMAN),
        rootless=instance.rootless,
        places=instance.places().ids(),
        settings=settings,
        shutdown=instance.systemd.shutdown_seconds(),
        secret_ids=own_secret_ids(instance, settings, config),
        memory=memory(instance),
    )


def pending(instance: Instance, quadlets: dict[str, str]) -> tuple[FileChange, ...]:
    """Return how the quadlets on this host differ from these (file name → text)."""
    return plan_files(quadlets, installed(instance))


def installed(instance: Instance) -> dict[str, str]:
    """Return the quadlets of the instance on this host: file name → text."""
    found = instance.paths.quadlet_dir.glob(f"{instance.names.prefix}*")
    texts = {path.name: files.read(path) or "" for path in found if path.suffix in QUADLETS}
    return {name: text for name, text in texts.items() if _is_ours(instance, text)}


def services(instance: Instance, config: Config, generation: int, *names: str) -> list[str]:
    """Return the services of the named roles, or of all roles, in start order."""
    return [
        instance.names.service(container)
        for role in roles.ROLES
        if not names or role.name in names
        for container in containers(role, instance.names, config, generation)
    ]


@dataclass(frozen=True)
class Installed:
    """A container that has a unit on this host; one that all generations share has no number."""

    role: Role
    container: str
    generation: int | None


def installed_containers(instance: Instance) -> list[Installed]:
    """Return the containers that have a unit on this host, in start order."""
    there = sorted(installed(instance).items())
    return [
        Installed(role, name.removesuffix(".container"), generation_of(text))
        for role in roles.ROLES
        for name, text in there
        if f"\nLabel={LABEL}.role={role.name}\n" in text
    ]


def generation_of(quadlet: str) -> int | None:
    """Return the generation that a unit's container belongs to, by its text."""
    found = _GENERATION.search(quadlet)
    return int(found[1]) if found else None


def installed_services(instance: Instance, role: str | None = None) -> list[str]:
    """Return the services on this host, of one role or of all, in start order."""
    return [
        instance.names.service(item.container)
        for item in installed_containers(instance)
        if role in {None, item.role.name}
    ]


def unit_path(instance: Instance, name: str) -> Path:
    return instance.paths.quadlet_dir / name


def _is_ours(instance: Instance, text: str) -> bool:
    return all(f"\nLabel={key}={value}\n" in text for key, value in instance.names.labels.items())
