"""The lock: make it, check it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.version import Version

from launcher.host import files
from launcher.host.uv import ALL
from launcher.model.conflict import allows
from launcher.model.errors import DriftFound, InputInvalid, NotReady, UsageProblem
from launcher.model.lock import Move, moves
from launcher.model.requirement import CORE, nearest_plugin, plugin_name
from launcher.operations.changing import changing
from launcher.operations.newest import newest_alone
from launcher.operations.resolve import resolve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from launcher.model.lock import Lock
    from launcher.model.manifest import Manifest
    from launcher.operations.instance import Instance


@dataclass(frozen=True)
class Locked:
    """The distributions of the lock, and how it moved."""

    versions: dict[str, str]
    moves: tuple[Move, ...]


@dataclass(frozen=True)
class Holder:
    """What keeps a distribution from its newest version."""

    name: str
    locked: str
    newest: str
    held_by: tuple[str, ...]


@dataclass(frozen=True)
class Outdated:
    """What `lock --upgrade` would change, and what does not reach its newest version, and why."""

    moves: tuple[Move, ...]
    held: tuple[Holder, ...]


def lock(instance: Instance, *, upgrade: Sequence[str] = ()) -> Locked:
    """Write the lock of the manifest; versions stay where they fit, but for those to upgrade.

    Raises:
        ResolutionFailed: no set of versions fits, or a name is not in the index.
        IndexUnreachable: the index does not answer.

    """
    with changing(instance):
        manifest, old = instance.manifest(), instance.lock()
        there = fitting(instance, manifest, old)
        if there is not None and not upgrade:
            return Locked(there.versions, ())
        new = _written(instance, resolve(instance, manifest, old, tuple(upgrade)))
    return Locked(new.versions, moves(old.labels if old else {}, new.labels))


def update(instance: Instance, names: Sequence[str]) -> Locked:
    """Move plugins, or all of them, to the newest versions that fit; raises as `lock`."""
    asked = instance.manifest().plugins
    wanted = [plugin_name(name, instance.catalogue.plugins) for name in names]
    for name in wanted:
        if name not in asked and name != CORE:
            raise UsageProblem(
                f"{name} is not in the manifest{nearest_plugin(name, asked)}",
                hint="What is there: pulp-launcher plugin list",
            )
    return lock(instance, upgrade=wanted or [CORE, *asked])


def check_lock(instance: Instance) -> Locked:
    """Return the lock if it is that of the manifest.

    Raises:
        DriftFound: it is not, or there is none.

    """
    there = fitting(instance, instance.manifest(), instance.lock())
    if there is None:
        raise DriftFound(
            "the lock is not that of the manifest",
            hint="Resolve it anew: pulp-launcher lock",
        )
    return Locked(there.versions, ())


def outdated(instance: Instance) -> Outdated:
    """Return what an upgrade of everything would change, and write nothing; raises as `lock`."""
    manifest, old = instance.manifest(), existing_lock(instance)
    new = resolve(instance, manifest, old, ALL)
    newest, needs = newest_alone(instance, manifest)
    needs["the manifest"] = (*manifest.requirements(), *manifest.image.constraints)
    held = tuple(
        Holder(name, new.versions[name], version, _holders(needs, name, version))
        for name, version in newest.items()
        if Version(version) > Version(new.versions[name])
    )
    return Outdated(moves(old.labels, new.labels), held)


def fitting(instance: Instance, manifest: Manifest, there: Lock | None) -> Lock | None:
    """Return a lock if it is that of the manifest."""
    return there if there and there.fits(manifest, instance.provided(manifest)) else None


def fresh_lock(instance: Instance, manifest: Manifest) -> Lock:
    """Return the lock of a manifest, resolved and written if the one there was for another."""
    wanted = wanted_lock(instance, manifest)
    is_there = files.read(instance.paths.lock) == wanted.text
    return wanted if is_there else _written(instance, wanted)


def wanted_lock(instance: Instance, manifest: Manifest) -> Lock:
    """Return the lock of a manifest as `fresh_lock`, and write nothing."""
    old = instance.lock()
    there = fitting(instance, manifest, old)
    if there is not None:
        return there
    if old is not None and old.edited:
        raise InputInvalid(
            f"{instance.paths.lock} was changed by hand after it was resolved",
            hint="Ask for versions in plugins.toml, and resolve anew: pulp-launcher lock",
        )
    return resolve(instance, manifest, old)


def _written(instance: Instance, new: Lock) -> Lock:
    files.write(instance.paths.lock, new.text)
    return new


def existing_lock(instance: Instance) -> Lock:
    """Return the lock; raises NotReady where there is none."""
    there = instance.lock()
    if there is None:
        raise NotReady("nothing is locked yet", hint="Resolve the manifest: pulp-launcher lock")
    return there


def _holders(needs: dict[str, tuple[str, ...]], name: str, version: str) -> tuple[str, ...]:
    """Return who does not let a distribution have a version."""
    found = [asker for asker, asked in needs.items() if not allows(asked, name, version)]
    return tuple(found) or ("something that a plugin needs",)
