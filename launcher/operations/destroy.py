"""Take an instance off this host."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from launcher.host import files
from launcher.model import roles
from launcher.operations.auto_upgrade import remove_timer
from launcher.operations.desired import installed, unit_path

if TYPE_CHECKING:
    from collections.abc import Iterable

    from launcher.operations.instance import Instance


@dataclass(frozen=True)
class Destroyed:
    """What was removed, and where data is that was kept."""

    removed: tuple[str, ...]
    kept: tuple[str, ...]


def destroy(instance: Instance, *, purge: bool) -> Destroyed:
    """Stop the instance and remove its units and images; its data too, only if `purge` says so.

    Host folders of the config are never removed. What is gone already is no error.
    """
    instance.systemd.check()
    with instance.changing():
        removed = [*_units(instance), *_images(instance)]
        kept = [*instance.podman.volumes(instance.names.labels), str(instance.paths.config_dir)]
        if purge:
            removed += [*_data(instance), *kept]
            kept = []
    if purge:
        files.remove(instance.paths.config_dir)
        files.remove(instance.paths.state_dir)
    return Destroyed(tuple(removed), tuple(kept))


def _units(instance: Instance) -> list[str]:
    there = installed(instance)
    target = instance.paths.unit_dir / instance.names.target
    with instance.reporter.step("Stopping the services"):
        if there:
            instance.systemd.reload()
            instance.systemd.stop([instance.names.target, *_services(instance, there)])
    instance.systemd.disable(instance.names.target)
    timer = remove_timer(instance)
    for name in there:
        files.remove(unit_path(instance, name))
    files.remove(target)
    for path in (instance.paths.current, instance.paths.journal, instance.paths.etc):
        files.remove(path)
    instance.systemd.reload()
    instance.systemd.forget(_services(instance, there))
    instance.podman.remove_network(instance.names.network)
    return [*sorted(there), *([instance.names.target] if there else []), *timer]


def _services(instance: Instance, quadlets: Iterable[str]) -> list[str]:
    """Return all services, also of networks and volumes.

    One that stayed active would not make its network again for the next instance of the name.
    """
    return [instance.names.service_of(name) for name in quadlets]


def _images(instance: Instance) -> list[str]:
    there = instance.generations()
    images = sorted({name for item in there for name in (item.image, item.platform)})
    for image in images:
        instance.podman.remove_image(image)
    files.remove(instance.paths.generations)
    files.remove(instance.paths.build_context)
    return images


def _data(instance: Instance) -> list[str]:
    for volume in instance.podman.volumes(instance.names.labels):
        instance.podman.remove_volume(volume)
    ours = {instance.names.secret(name) for name in roles.SECRETS}
    there = sorted(ours & instance.podman.secrets())
    for secret in there:
        instance.podman.remove_secret(secret)
    return there
