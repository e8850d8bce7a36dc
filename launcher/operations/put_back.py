"""Put back what others took away and what holds no data: the network, volumes, names of images."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from launcher.model import roles
from launcher.operations.desired import installed
from launcher.operations.install import write_units
from launcher.operations.places import make_volumes
from launcher.render.units import containers_of

if TYPE_CHECKING:
    from launcher.model.generation import Generation
    from launcher.operations.instance import Instance
    from launcher.render.units import Desired

_PLATFORM = tuple(role.name for role in roles.ROLES if role.of_platform)
_IMAGE = re.compile(r"^Image=(.*)$", re.MULTILINE)


def put_back(instance: Instance, wanted: Desired) -> None:
    """Make the network and the volumes where they are gone, and name a platform that lost its name.

    systemd does not do so: for it, the services that made them once have done their work.
    """
    make_network(instance)
    make_volumes(instance, wanted.config)
    name_platform(instance, wanted.generation)
    unpause(instance)


def unpause(instance: Instance) -> None:
    """Let containers go on that somebody paused; for systemd they are up."""
    paused = [
        item.name for item in instance.podman.containers(instance.names.labels) if item.paused
    ]
    if paused:
        instance.reporter.note(f"{' and '.join(paused)} was paused, and goes on")
        instance.podman.unpause(paused)


def make_network(instance: Instance) -> None:
    name = instance.names.network
    if name not in instance.podman.networks():
        instance.podman.create_network(name, instance.names.labels)


def name_platform(instance: Instance, generation: Generation) -> None:
    """Have the generation's own image be its platform, where the one that was is gone."""
    image = instance.podman.image_id(generation.image)
    if image is not None and instance.podman.image_id(generation.platform) is None:
        instance.podman.tag(image, generation.platform)


def renew_platform(instance: Instance, wanted: Desired) -> None:
    """Let database, cache and web be those of a generation, where the image of theirs is gone.

    They can not run then, so that nothing is disturbed; and without them no switch can begin.
    """
    there = installed(instance)
    used = {
        image
        for role in _PLATFORM
        for image in _IMAGE.findall(there.get(f"{instance.names.container(role)}.container", ""))
    }
    if any(instance.podman.image_id(image) is None for image in used):
        write_units(instance, {**there, **containers_of(wanted, _PLATFORM)})
