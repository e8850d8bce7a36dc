"""The generations that are kept: look at them, let them go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from launcher.host import files
from launcher.model.errors import NotReady, UsageProblem
from launcher.model.materials import SBOM
from launcher.operations.changing import changing
from launcher.operations.prune import drop

if TYPE_CHECKING:
    from pathlib import Path

    from launcher.model.generation import Generation
    from launcher.operations.instance import Instance


@dataclass(frozen=True)
class Kept:
    """A generation, whether the running containers are of it, and whether its image is gone."""

    generation: Generation
    running: bool
    image_gone: bool = False


def kept(instance: Instance) -> tuple[Kept, ...]:
    """Return the generations, oldest first."""
    current = instance.current()
    number = current.number if current else None
    return tuple(
        Kept(item, item.number == number, instance.podman.image_id(item.image) is None)
        for item in instance.generations()
    )


def generation(instance: Instance, number: int) -> Generation:
    """Return one generation; raises UsageProblem."""
    found = {item.number: item for item in instance.generations()}
    if number not in found:
        raise UsageProblem(
            f"there is no generation {number}",
            hint="What there is: pulp-launcher generation list",
        )
    return found[number]


def sbom_file(instance: Instance, number: int) -> Path | None:
    """Return where a generation's list of materials is; older launchers made none."""
    path = instance.paths.generation(number) / SBOM
    return path if path.exists() else None


def sbom(instance: Instance, number: int) -> str:
    """Return a generation's list of materials.

    Raises:
        UsageProblem: there is no such generation.
        NotReady: it has no list.

    """
    generation(instance, number)
    path = sbom_file(instance, number)
    if path is None:
        raise NotReady(
            f"generation {number} has no SBOM: an older pulp-launcher built it",
            hint="Build one that has: pulp-launcher rebuild --force",
        )
    return files.read(path) or ""


def remove(instance: Instance, number: int) -> Generation:
    """Remove a generation with its image.

    Raises:
        UsageProblem: there is none of that number, or the instance runs it.

    """
    with changing(instance):
        found = generation(instance, number)
        current = instance.current()
        if current is not None and current.number == number:
            raise UsageProblem(
                f"generation {number} is the one that runs",
                hint="Build and start another one first, or: pulp-launcher destroy",
            )
        drop(instance, found)
    return found
