"""The generations that are kept: look at them, compare them, let them go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from launcher.host import files
from launcher.model.errors import UsageProblem
from launcher.model.fingerprint import differences

if TYPE_CHECKING:
    from launcher.model.generation import Generation
    from launcher.operations.instance import Instance


@dataclass(frozen=True)
class Kept:
    """A generation, and whether the running containers are of it."""

    generation: Generation
    running: bool


@dataclass(frozen=True)
class Difference:
    """How two generations differ: versions by distribution, and the other inputs in words."""

    old: int
    new: int
    versions: dict[str, tuple[str | None, str | None]]
    inputs: tuple[str, ...]


def kept(instance: Instance) -> tuple[Kept, ...]:
    """Return the generations, oldest first."""
    current = instance.current()
    number = current.number if current else None
    return tuple(Kept(item, item.number == number) for item in instance.generations())


def generation(instance: Instance, number: int) -> Generation:
    """Return one generation; raises UsageProblem."""
    found = {item.number: item for item in instance.generations()}
    if number not in found:
        raise UsageProblem(
            f"there is no generation {number}",
            hint="What there is: pulp-launcher generation list",
        )
    return found[number]


def difference(instance: Instance, old: int, new: int) -> Difference:
    """Return how two generations differ; raises UsageProblem."""
    one, other = generation(instance, old), generation(instance, new)
    names = sorted(one.versions.keys() | other.versions.keys())
    pairs = {name: (one.versions.get(name), other.versions.get(name)) for name in names}
    return Difference(
        old,
        new,
        {name: pair for name, pair in pairs.items() if pair[0] != pair[1]},
        tuple(differences(one.inputs, other.inputs)),
    )


def remove(instance: Instance, number: int) -> Generation:
    """Remove a generation with its image.

    Raises:
        UsageProblem: there is none of that number, or the instance runs it.

    """
    with instance.changing():
        found = generation(instance, number)
        current = instance.current()
        if current is not None and current.number == number:
            raise UsageProblem(
                f"generation {number} is the one that runs",
                hint="Build and start another one first, or: pulp-launcher destroy",
            )
        _drop(instance, found)
    return found


def prune(instance: Instance, keep: int) -> tuple[Generation, ...]:
    """Remove all but the newest generations and the running one, and return what was removed."""
    current = instance.current()
    old = instance.generations()[:-keep]
    gone = tuple(item for item in old if current is None or item.number != current.number)
    for item in gone:
        _drop(instance, item)
    return gone


def _drop(instance: Instance, item: Generation) -> None:
    files.remove(instance.paths.generation(item.number))
    for snapshot in instance.paths.snapshots.glob(f"{item.number}-*.dump"):
        files.remove(snapshot)
    instance.podman.remove_image(item.image)
    if all(other.platform != item.platform for other in instance.generations()):
        instance.podman.remove_image(item.platform)
