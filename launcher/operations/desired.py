"""What shall be on the host for a generation: units, and the files that the containers see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from launcher.host import files
from launcher.model import roles
from launcher.model.names import LABEL
from launcher.model.plan import FileChange, plan_files
from launcher.render.nginx import site
from launcher.render.settings import settings
from launcher.render.unit import OLDEST_PODMAN
from launcher.render.units import Desired, containers

if TYPE_CHECKING:
    from pathlib import Path

    from launcher.model.config import Config
    from launcher.model.generation import Generation
    from launcher.model.roles import Role
    from launcher.operations.instance import Instance

QUADLETS = (".container", ".network", ".volume")


def desired(instance: Instance, generation: Generation) -> Desired:
    """Return all that the units of a generation depend on; raises as `Instance.config`."""
    config = instance.config()
    return Desired(
        names=instance.names,
        paths=instance.paths,
        config=config,
        image=generation.image,
        podman=instance.podman.check(OLDEST_PODMAN),
        rootless=instance.rootless,
        etc={
            roles.SETTINGS: settings(
                config, instance.catalogue, generation.plugins, instance.manifest().off
            ),
            roles.SITE: site(config),
        },
    )


def pending(instance: Instance, units: dict[str, str]) -> tuple[FileChange, ...]:
    """Return how the quadlets on this host differ from `units` (file name → text)."""
    return plan_files(units, installed(instance))


def installed(instance: Instance) -> dict[str, str]:
    """Return the quadlets of the instance on this host: file name → text."""
    found = instance.paths.quadlet_dir.glob(f"{instance.names.prefix}*")
    texts = {path.name: files.read(path) or "" for path in found if path.suffix in QUADLETS}
    return {name: text for name, text in texts.items() if _is_ours(instance, text)}


def services(instance: Instance, config: Config, *names: str) -> list[str]:
    """Return the services of the named roles, or of all roles, in start order."""
    return [
        instance.names.service(container)
        for role in roles.ROLES
        if not names or role.name in names
        for container in containers(role, instance.names, config)
    ]


def installed_containers(instance: Instance) -> list[tuple[Role, str]]:
    """Return the containers that have a unit on this host, with their roles, in start order."""
    there = installed(instance)
    return [
        (role, name.removesuffix(".container"))
        for role in roles.ROLES
        for name, text in sorted(there.items())
        if f"\nLabel={LABEL}.role={role.name}\n" in text
    ]


def installed_services(instance: Instance, role: str | None = None) -> list[str]:
    """Return the services on this host, of one role or of all, in start order."""
    return [
        instance.names.service(container)
        for item, container in installed_containers(instance)
        if role in {None, item.name}
    ]


def unit_path(instance: Instance, name: str) -> Path:
    return instance.paths.quadlet_dir / name


def _is_ours(instance: Instance, text: str) -> bool:
    return all(f"\nLabel={key}={value}\n" in text for key, value in instance.names.labels.items())
