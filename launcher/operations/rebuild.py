"""Build the next generation, if there is anything to build."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from launcher.host import files, proxy
from launcher.model.fingerprint import Fingerprint, differences
from launcher.model.generation import Generation
from launcher.model.materials import SBOM
from launcher.operations import hooks
from launcher.operations.build_image import build_image
from launcher.operations.build_inputs import Inputs, gather
from launcher.operations.changing import changing
from launcher.operations.held_content import refuse_removed
from launcher.operations.leftovers import remove_orphans
from launcher.operations.list_materials import list_materials
from launcher.operations.major import check_built
from launcher.operations.own_secrets import check_own_secrets
from launcher.operations.start import start_generation
from launcher.operations.switch import runs
from launcher.render.context import UPDATES
from launcher.render.unit import OLDEST_PODMAN

if TYPE_CHECKING:
    from pathlib import Path

    from launcher.operations.bring_up import Started
    from launcher.operations.instance import Instance


@dataclass(frozen=True)
class Rebuilt:
    """The newest generation; whether it was built now, and which inputs made that necessary.

    `switched` says how the running instance took it over, if it did.
    """

    generation: Generation
    built: bool
    reasons: tuple[str, ...]
    log: str = ""
    switched: Started | None = None


def rebuild(instance: Instance, *, force: bool = False, switching: bool = True) -> Rebuilt:
    """Build the image of the manifest as a new generation; an instance that runs switches to it.

    What runs goes on while the image is built and proved, and for good if not `switching`.

    The hooks are told, but of nothing where there was nothing to build.

    Raises:
        ResolutionFailed, IndexUnreachable: the manifest can not be resolved.
        BuildFailed: a step of the build failed.
        GateFailed: the new image does not pass its own checks, or a plugin is missing whose content
            the database holds.
        HostUnfit: podman is missing or too old, or there is no space.
        SwitchFailed: the new generation could not take over; the one before serves again.

    """
    with hooks.told_of_failure(instance):
        instance.podman.check(OLDEST_PODMAN)
        with changing(instance):
            rebuilt = build_and_switch(instance, force=force, switching=switching)
    return told(instance, rebuilt)


def build_and_switch(instance: Instance, *, force: bool = False, switching: bool = True) -> Rebuilt:
    """Do what `rebuild` does for one that holds the lock of the instance; raises as it does."""
    if switching and instance.current() is not None:
        # What could not be switched to need not be built.
        check_own_secrets(instance, instance.config())
    manifest = instance.manifest()
    # All that is fetched wants the proxy; where its secret is missing, nothing is begun.
    proxy.environment()
    if switching:
        refuse_removed(instance, manifest)
    rebuilt = _rebuilt(instance, force=force)
    if not switching or not _concerns(instance, rebuilt.generation):
        return rebuilt
    return replace(rebuilt, switched=start_generation(instance, rebuilt.generation))


def told(instance: Instance, rebuilt: Rebuilt) -> Rebuilt:
    """Return what a rebuild did, once the hooks were told."""
    number = rebuilt.generation.number
    if rebuilt.built or rebuilt.switched:
        word = "serves" if rebuilt.switched else "is built"
        hooks.succeeded(instance, f"generation {number} {word}", number, log=rebuilt.log)
    return rebuilt


def _concerns(instance: Instance, built: Generation) -> bool:
    """Tell whether the instance runs, and from another generation."""
    current = instance.current()
    return current is not None and current.number != built.number and runs(instance, current)


def _rebuilt(instance: Instance, *, force: bool) -> Rebuilt:
    inputs = gather(instance)
    there = None if force else reusable(instance, inputs.fingerprint, instance.current())
    if there is not None:
        if there == instance.current():
            # The manifest is back to what runs, so that no start shall take what came after it.
            instance.skip_all()
        return Rebuilt(there, built=False, reasons=())
    why = reasons(instance, inputs.fingerprint, force=force)
    number = next_number(instance)
    instance.reporter.note(f"Generation {number} is due: {', '.join(why)}")
    return _build(instance, inputs, number, why)


def reusable(
    instance: Instance, wanted: Fingerprint, current: Generation | None
) -> Generation | None:
    """Return the current generation, or the newest one, if it is what is wanted."""
    found = (item for item in (current, instance.newest()) if item is not None)
    return next((item for item in found if _is_built(instance, item, wanted)), None)


def reasons(instance: Instance, wanted: Fingerprint, *, force: bool) -> tuple[str, ...]:
    """Return in words why a generation has to be built."""
    newest = instance.newest()
    if newest is None:
        return ("nothing is built yet",)
    found = differences(newest.inputs, wanted.inputs)
    return tuple(found or ["asked for" if force else f"the image {newest.image} is gone"])


def next_number(instance: Instance) -> int:
    """Return a number that no generation had, also none that was removed."""
    used = [int(files.read(instance.paths.last_number) or 0)]
    return 1 + max(used + [item.number for item in instance.generations()])


def _is_built(instance: Instance, built: Generation, wanted: Fingerprint) -> bool:
    same = built.fingerprint == wanted.digest
    return same and instance.podman.image_id(built.image) == built.image_id


def _build(instance: Instance, inputs: Inputs, number: int, reasons: tuple[str, ...]) -> Rebuilt:
    name = instance.names.image(number, inputs.fingerprint.digest)
    log = instance.paths.logs / f"build-{number}.log"
    built = build_image(instance, inputs, number, name, log)
    check_built(instance, built.image, built.postgresql)
    generation = Generation(
        number=number,
        image=name,
        image_id=built.image,
        platform=_platform(instance, inputs.fingerprint, built.image),
        fingerprint=inputs.fingerprint.digest,
        inputs=inputs.fingerprint.inputs,
        plugins=tuple(inputs.manifest.plugins),
        versions={wheel.name: wheel.version for wheel in inputs.wheels},
        origins=inputs.lock.origins,
        postgresql=built.postgresql,
        snippets=built.snippets,
        labels=built.labels,
        no_domains=built.no_domains,
        built_at=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
    )
    content = {
        instance.paths.migrations(number).name: "\n".join(built.migrations),
        SBOM: list_materials(inputs, generation, built.system),
    }
    _record(instance, generation, log, content)
    remove_orphans(instance)
    return Rebuilt(generation, built=True, reasons=reasons, log=str(log))


def _platform(instance: Instance, inputs: Fingerprint, image: str) -> str:
    """Return the image of what is below Python: the first that had it, or else this one."""
    name = instance.names.platform(inputs.platform)
    if instance.podman.image_id(name) is None:
        instance.podman.tag(image, name)
    return name


def _record(instance: Instance, generation: Generation, log: Path, more: dict[str, str]) -> None:
    """Keep what the generation was made of; the folder appears with all of it in place."""
    content = {
        "plugins.toml": instance.manifest_text().encode(),
        "pylock.toml": (files.read(instance.paths.lock) or "").encode(),
        UPDATES: (files.read(instance.paths.updates) or "").encode(),
        "build.log": log.read_bytes(),
        **{name: text.encode() for name, text in more.items()},
        "generation.json": generation.model_dump_json(indent=2).encode(),
    }
    files.appear(instance.paths.generation(generation.number), content)
    files.write(instance.paths.last_number, str(generation.number))
