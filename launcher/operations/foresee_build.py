"""What a rebuild would build, without fetching, building or writing anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from launcher.host import files
from launcher.model.fingerprint import Fingerprint, fingerprint
from launcher.model.generation import Generation
from launcher.model.lock import labels
from launcher.model.plan import Act, Change, Disk
from launcher.model.wheel import Kind, sources
from launcher.operations.base import base_reference
from launcher.operations.build_image import BUILD_SPACE
from launcher.operations.build_inputs import build_files
from launcher.operations.lock import wanted_lock
from launcher.operations.rebuild import next_number, reasons, reusable
from launcher.render.unit import OLDEST_PODMAN

if TYPE_CHECKING:
    from launcher.model.lock import Lock
    from launcher.model.manifest import Manifest
    from launcher.model.wheel import Source, Wheel
    from launcher.operations.instance import Instance


@dataclass(frozen=True)
class Building:
    """The generation that a rebuild comes to: one to build, if that is `due`, or one there is.

    `labels` are its distributions, with what tells one state of them from another.
    """

    generation: Generation
    due: bool
    labels: dict[str, str]
    changes: tuple[Change, ...]
    disk: Disk | None
    notes: tuple[str, ...]


def foresee_build(
    instance: Instance,
    serving: Generation | None,
    *,
    lock: Lock | None = None,
    updates: str | None = None,
    force: bool = False,
) -> Building:
    """Return what a rebuild would do where a generation serves.

    It is done with another lock than that of the manifest, and another list of Debian's updates
    than the instance's, if one is given.

    Raises:
        ResolutionFailed, IndexUnreachable: the manifest can not be resolved.
        HostUnfit: podman is missing or too old.

    """
    instance.podman.check(OLDEST_PODMAN)
    manifest = instance.manifest()
    lock = lock or wanted_lock(instance, manifest)
    wheels = _wheels(instance, manifest, lock)
    base = instance.podman.image_id(base_reference(manifest))
    content = build_files(instance, manifest, filter(None, wheels.values()), updates)
    found = _fingerprint(instance, content, base)
    changes = [*_locked(instance, lock), *_fetched(manifest, base)]
    notes = (*_notes(wheels, base), *_new_base(base, serving))
    there = None if force else reusable(instance, found, serving)
    if there is not None:
        of_there = labels(there.versions, there.origins)
        return Building(there, False, of_there, tuple(changes), None, notes)  # noqa: FBT003
    generation = _generation(instance, manifest, lock, found)
    why = ", ".join(reasons(instance, found, force=force))
    changes.append(Change(Act.BUILD, f"generation {generation.number}", why))
    return Building(generation, True, lock.labels, tuple(changes), _disk(instance), notes)  # noqa: FBT003


def _wheels(instance: Instance, manifest: Manifest, lock: Lock) -> dict[Source, Wheel | None]:
    house = instance.wheelhouse(manifest.index)
    return {source: house.known(source) for source in sources(lock.text, manifest.image.python)}


def _fingerprint(instance: Instance, content: dict[str, bytes], base: str | None) -> Fingerprint:
    newest = instance.newest()
    # One that is not there yet may turn out to be the one of before.
    return fingerprint(content, base or (newest.inputs.get("base", "") if newest else ""))


def _locked(instance: Instance, lock: Lock) -> list[Change]:
    there = files.read(instance.paths.lock)
    if there == lock.text:
        return []
    why = "the versions move" if there else "nothing is locked yet"
    return [Change(Act.LOCK, instance.paths.lock.name, why)]


def _fetched(manifest: Manifest, base: str | None) -> list[Change]:
    if base is not None:
        return []
    return [Change(Act.FETCH, f"the base image {manifest.image.base}", "it is not on this host")]


def _notes(wheels: dict[Source, Wheel | None], base: str | None) -> tuple[str, ...]:
    folders = [source.name for source in wheels if source.kind is Kind.FOLDER]
    unmade = [source.name for source, wheel in wheels.items() if wheel is None]
    found = [] if base else ["Whether the image differs by its base shows when that is fetched."]
    if folders:
        found.append(f"Whether files of {', '.join(folders)} changed shows when it is built.")
    if unmade:
        found.append(f"Of {', '.join(unmade)} the wheel is not known before it is made.")
    return tuple(found)


def _new_base(base: str | None, serving: Generation | None) -> tuple[str, ...]:
    """Say what only the image knows of its base, where that is another than what serves has."""
    if base is None or serving is None or serving.inputs.get("base") in {None, base}:
        return ()
    note = "Whether the new base has the PostgreSQL of the data shows when it is built"
    return (f"{note}; if it has another, nothing is changed.",)


def _generation(
    instance: Instance, manifest: Manifest, lock: Lock, found: Fingerprint
) -> Generation:
    """Return the generation as far as it is known before it is built."""
    number, newest = next_number(instance), instance.newest()
    return Generation(
        number=number,
        image=instance.names.image(number, found.digest),
        image_id="",
        platform=instance.names.platform(found.platform),
        fingerprint=found.digest,
        inputs=found.inputs,
        plugins=tuple(manifest.plugins),
        versions=lock.versions,
        origins=lock.origins,
        snippets=newest.snippets if newest else {},
        built_at="",
    )


def _disk(instance: Instance) -> Disk:
    storage = instance.podman.storage()
    return Disk(str(storage), BUILD_SPACE, files.free_bytes(storage))
