"""Remove images that nothing needs any more: what builds left that were killed, or failed."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from launcher.host import files
from launcher.model.errors import Busy
from launcher.model.names import BUILDER

if TYPE_CHECKING:
    from launcher.operations.instance import Instance


def remove_leftovers(instance: Instance) -> tuple[str, ...]:
    """Remove the steps of unfinished builds, and orphans; return the names of the latter.

    Steps are of no instance. While any is built, they stay: they may be its own, and its end
    removes the others.
    """
    with contextlib.suppress(Busy), files.locked(instance.paths.build_mutex):
        instance.podman.remove_dangling(BUILDER)
        instance.podman.remove_scratch(instance.paths.build_scratch)
    return remove_orphans(instance)


def remove_orphans(instance: Instance) -> tuple[str, ...]:
    """Remove the images of the instance that no generation has, and return their names.

    A launcher leaves one that is killed when an image is built and its generation not recorded yet.
    """
    kept = {name for item in instance.generations() for name in (item.image, item.platform)}
    there = instance.podman.image_names(instance.names.images)
    orphans = tuple(name for name in there if name not in kept)
    for name in orphans:
        instance.podman.remove_image(name)
    return orphans
