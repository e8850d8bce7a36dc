"""What of an instance others took away, told while what runs does not notice yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from launcher.operations.desired import installed
from launcher.operations.places import missing_places
from launcher.operations.secrets import missing_secrets

if TYPE_CHECKING:
    from launcher.model.config import Config
    from launcher.model.generation import Generation
    from launcher.operations.instance import Instance


def missing(instance: Instance, current: Generation, config: Config) -> tuple[str, ...]:
    """Return what is gone of what the next start of a container needs, in words."""
    return (
        *missing_places(instance, config),
        *missing_secrets(instance),
        *_network(instance),
        *_images(instance, current),
        *_files(instance, current),
        *_units(instance, current),
    )


def _network(instance: Instance) -> list[str]:
    name = instance.names.network
    return [] if name in instance.podman.networks() else [f"the network {name} is gone"]


def _images(instance: Instance, current: Generation) -> list[str]:
    names = dict.fromkeys((current.image, current.platform))
    return [f"the image {name} is gone" for name in names if instance.podman.image_id(name) is None]


def _units(instance: Instance, current: Generation) -> list[str]:
    """Return what of the units is gone with which the generation was healthy the last time."""
    good = instance.known_good(current.number)
    there = installed(instance)
    gone = [name for name in (good.quadlets if good else {}) if name not in there]
    return [f"the units {', '.join(gone)} are gone"] if gone else []


def _files(instance: Instance, current: Generation) -> list[str]:
    etc = instance.paths.etc / str(current.number)
    return [] if etc.exists() else [f"the files of the containers in {etc} are gone"]
