"""Who asks for a distribution of the lock."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from launcher.model.askers import MANIFEST, askers_of
from launcher.model.errors import UsageProblem
from launcher.model.requirement import plugin_name
from launcher.model.toml import nearest
from launcher.model.wheel import environment, sources
from launcher.operations.lock import existing_lock, fitting
from launcher.operations.newest import asker, question_of

if TYPE_CHECKING:
    from launcher.model.lock import Lock
    from launcher.model.manifest import Manifest
    from launcher.operations.instance import Instance


def why(instance: Instance, text: str) -> tuple[str, ...]:
    """Return the chain of askers from a distribution up to the manifest.

    Raises:
        UsageProblem: it is not in the lock.

    """
    manifest, lock = instance.manifest(), existing_lock(instance)
    name = str(canonicalize_name(text))
    name = name if name in lock.versions else plugin_name(text, instance.catalogue.plugins)
    if name not in lock.versions:
        raise UsageProblem(
            f"{text} is not in the lock{nearest(name, lock.versions)}",
            hint="What is there: pulp-launcher plugin list",
        )
    return tuple(_chain(askers(instance, manifest, lock), name))


def askers(instance: Instance, manifest: Manifest, lock: Lock) -> dict[str, tuple[str, ...]]:
    """Return who asks for each distribution of a lock, by name.

    The wheels say it where this host has them all, as after a build; else the resolver is asked.
    """
    needs = _needs(instance, manifest, lock)
    if needs is not None:
        return askers_of(manifest.requirements(), needs, environment(manifest.image.python))
    pins = tuple(f"{name}=={version}" for name, version in lock.versions.items() if version)
    found = instance.uv.origins(replace(question_of(instance, manifest, None), constraints=pins))
    asked = {canonicalize_name(Requirement(text).name) for text in manifest.requirements()}
    return {name: _with_manifest(above, name in asked) for name, above in found.items()}


def _needs(instance: Instance, manifest: Manifest, lock: Lock) -> dict[str, tuple[str, ...]] | None:
    """Return what each distribution of a lock needs, or None where that is not on this host."""
    if fitting(instance, manifest, lock) is None:
        return None
    house = instance.wheelhouse(manifest.index)
    wheels = {item.name: house.there(item) for item in sources(lock.text, manifest.image.python)}
    found = {name: asker(path).requirements for name, path in wheels.items() if path}
    return found if len(found) == len(wheels) else None


def _with_manifest(above: tuple[str, ...], asked: bool) -> tuple[str, ...]:  # noqa: FBT001
    """Return the askers with the manifest among them, which uv does not name."""
    return (MANIFEST, *above) if asked or not above else above


def _chain(origins: dict[str, tuple[str, ...]], name: str) -> list[str]:
    """Return one line an asker, from the distribution itself to what the manifest asks for."""
    lines: list[str] = []
    seen, level = {name}, [name]
    while level:
        above = {item: origins.get(item, (MANIFEST,)) for item in level}
        lines += [f"{item} ← {', '.join(askers)}" for item, askers in above.items()]
        level = sorted({up for askers in above.values() for up in askers} - seen - {MANIFEST})
        seen |= set(level)
    return lines
