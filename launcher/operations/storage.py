"""Where the data of an instance lie: Pulp never starts on an empty place instead of on its data."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from launcher.model import roles
from launcher.model.errors import HostUnfit
from launcher.operations.desired import installed
from launcher.render.units import host_folder, units

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from launcher.model.roles import Volume
    from launcher.operations.instance import Instance
    from launcher.render.units import Desired

_DATA = (roles.CONTENT, roles.DATABASE)
_SUFFIX = re.compile(r"^(.*)\.volume$")


def check_storage(instance: Instance, wanted: Desired) -> None:
    """Make sure that the data are where the config says, should that have changed.

    Raises:
        HostUnfit: nothing is there.

    """
    for volume, old, new in _moves(instance, wanted):
        if not _has_files(instance, wanted, volume):
            raise HostUnfit(
                f"Pulp would start without its data: {volume.name} under [storage] was changed, "
                f"and there is nothing in {new}; the data are in {old}",
                hint=f"Set it back in {instance.paths.config}, or copy the data first, as "
                "docs/how-to/move-the-data.md says.",
            )


def is_moved(instance: Instance, wanted: Desired) -> bool:
    """Tell whether the config has the data in another place than the units on this host."""
    return any(_moves(instance, wanted))


def _moves(instance: Instance, wanted: Desired) -> Iterator[tuple[Volume, str, str]]:
    """Yield what lies elsewhere than the units on this host say, with the old and the new place."""
    before, after = installed(instance), units(wanted)
    for volume in _DATA:
        old, new = _source(before, volume), _source(after, volume)
        if old and old != new:
            yield volume, old, new


def _source(quadlets: Mapping[str, str], volume: Volume) -> str:
    """Return the folder or the named volume that the units (file name → text) mount."""
    mounted = re.compile(rf"^Volume=([^:\n]+):{volume.path}:", re.MULTILINE)
    found = (mounted.search(text) for text in quadlets.values())
    return _SUFFIX.sub(r"volume \1", next((match[1] for match in found if match), ""))


def _has_files(instance: Instance, wanted: Desired, volume: Volume) -> bool:
    folder, named = host_folder(volume, wanted.config), instance.names.volume(volume.name)
    volumes = () if folder else instance.podman.volumes(instance.names.labels)
    if named not in volumes and not (folder and Path(folder).exists()):
        return False
    options = ["--user=root", "--network=none", f"--volume={folder or named}:/data:z"]
    command = ["sh", "-c", "find /data -type f -print -quit | grep -q ."]
    return not instance.podman.run(wanted.generation.image, command, options).returncode
