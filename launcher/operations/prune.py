"""Let generations go that are not needed any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from launcher.host import files
from launcher.operations.leftovers import remove_leftovers

if TYPE_CHECKING:
    from launcher.model.generation import Generation
    from launcher.operations.instance import Instance


def prune(instance: Instance, keep: int) -> tuple[Generation, ...]:
    """Remove what is more than should be kept, and return it.

    The newest stays, and the current one; then those that served, which one can go back to, are
    worth more than those that failed or were never started.
    """
    generations, record = instance.generations(), instance.record()
    newest = [item.number for item in reversed(generations)]
    current = [record.generation] if record else []
    served = reversed(record.served) if record else ()
    there = [number for number in dict.fromkeys([*newest[:1], *current, *served, *newest])
             if number in newest]  # fmt: skip
    stay = {*there[:keep], *newest[:1], *current}
    gone = tuple(item for item in generations if item.number not in stay)
    for item in gone:
        drop(instance, item)
    if gone:
        remove_leftovers(instance)
    return gone


def drop(instance: Instance, item: Generation) -> None:
    """Remove a generation with its image and its snapshots."""
    # First what nobody would find again without the generation.
    for snapshot in instance.paths.snapshots.glob(f"{item.number}-*.dump"):
        files.remove(snapshot)
    files.remove(instance.paths.generation(item.number))
    instance.podman.remove_image(item.image)
    if all(other.platform != item.platform for other in instance.generations()):
        instance.podman.remove_image(item.platform)
