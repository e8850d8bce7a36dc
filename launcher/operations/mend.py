"""Move those distributions of a lock that have a known vulnerability, and no others."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from launcher.host import advisories
from launcher.host.advisories import AdvisoriesUnreachable
from launcher.operations.lock import wanted_lock
from launcher.operations.resolve import resolve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from launcher.model.lock import Lock
    from launcher.model.manifest import Manifest
    from launcher.operations.instance import Instance

Known = dict[str, tuple[str, ...]]
"""The IDs of advisories by the name of a distribution."""


@dataclass(frozen=True)
class Mended:
    """A lock, the advisories that no longer hold for it, and in words what could not be done."""

    lock: Lock
    why: Known = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def mend(instance: Instance, manifest: Manifest, limits: tuple[str, ...]) -> Mended:
    """Return the lock of a manifest without the vulnerabilities that newer versions mend.

    Nothing is written; the limits are those of `resolve`.

    Raises:
        ResolutionFailed, IndexUnreachable: the manifest can not be resolved.

    """
    there, service = wanted_lock(instance, manifest), manifest.index.advisories
    if not service:
        return Mended(there)
    try:
        with instance.reporter.step("Looking for advisories"):
            known = advisories.known(service, there.versions)
        return _mended(instance, manifest, there, known, limits) if known else Mended(there)
    except AdvisoriesUnreachable as error:
        return Mended(there, notes=(f"Python distributions stay: {error.message}",))


def _mended(
    instance: Instance, manifest: Manifest, there: Lock, known: Known, limits: tuple[str, ...]
) -> Mended:
    """Return the lock with the newest of those that this helps."""
    lock = resolve(instance, manifest, there, tuple(known), limits)
    versions = {name: lock.versions[name] for name in known if name in lock.versions}
    after = advisories.known(manifest.index.advisories, versions)
    gone = {name: _without(ids, after.get(name, ())) for name, ids in known.items()}
    helped = {name: ids for name, ids in gone.items() if ids}
    if helped.keys() < known.keys():
        lock = resolve(instance, manifest, there, tuple(helped), limits) if helped else there
    left = {name: after.get(name, ()) if name in helped else ids for name, ids in known.items()}
    return Mended(lock, helped, tuple(_unmended(lock.versions, left)))


def _without(ids: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(one for one in ids if one not in others)


def _unmended(versions: Mapping[str, str], left: Known) -> list[str]:
    return [
        f"{name} {versions[name]} has a known vulnerability that nothing newer which fits mends: "
        f"{', '.join(ids)}"
        for name, ids in left.items()
        if ids
    ]
