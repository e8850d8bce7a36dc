"""Whether the config has the data of an instance elsewhere than the units on this host."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from launcher.model.places import PLACES
from launcher.operations.desired import installed
from launcher.render.units import host_folder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from launcher.model.config import Config
    from launcher.model.roles import Volume
    from launcher.operations.instance import Instance

_SUFFIX = re.compile(r"^(.*)\.volume$")


def is_moved(instance: Instance, config: Config) -> bool:
    """Tell whether the config has the data in another place than the units on this host."""
    return any(moved_from(instance, config, volume) for volume in PLACES)


def moved_from(instance: Instance, config: Config, volume: Volume) -> str:
    """Return where the units on this host have a place, if that is elsewhere, or nothing."""
    old = _source(installed(instance), volume)
    new = host_folder(volume, config) or f"volume {instance.names.volume(volume.name)}"
    return old if old != new else ""


def _source(quadlets: Mapping[str, str], volume: Volume) -> str:
    """Return the folder or the named volume that the units (file name → text) mount."""
    mounted = re.compile(rf"^Volume=([^:\n]+):{volume.path}:", re.MULTILINE)
    found = (mounted.search(text) for text in quadlets.values())
    return _SUFFIX.sub(r"volume \1", next((match[1] for match in found if match), ""))
