"""Let generations go that are not needed any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from launcher.host import files

if TYPE_CHECKING:
    from launcher.model.generation import Generation
    from launcher.operations.instance import Instance


def prune(instance: Instance, keep: int) -> tuple[Generation, ...]:
    """Remove all but the newest generations and the running one, and return what was removed."""
    current = instance.current()
    old = instance.generations()[:-keep]
    gone = tuple(item for item in old if current is None or item.number != current.number)
    for item in gone:
        drop(instance, item)
    return gone


def drop(instance: Instance, item: Generation) -> None:
    """Remove a generation with its image and its snapshots."""
    files.remove(instance.paths.generation(item.number))
    for snapshot in instance.paths.snapshots.glob(f"{item.number}-*.dump"):
        files.remove(snapshot)
    instance.podman.remove_image(item.image)
    if all(other.platform != item.platform for other in instance.generations()):
        instance.podman.remove_image(item.platform)
