"""Resolve the manifest to a lock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from launcher.host import files
from launcher.host.uv import UnknownDistribution
from launcher.model.errors import ResolutionFailed
from launcher.model.lock import Lock, stamped

if TYPE_CHECKING:
    from launcher.model.manifest import Manifest
    from launcher.operations.instance import Instance


def lock(instance: Instance) -> Lock:
    """Write the lock of the manifest; versions that are locked already stay where they fit.

    Raises:
        ResolutionFailed: no set of versions fits, or a name is not in the index.
        IndexUnreachable: the index does not answer.

    """
    with instance.changing():
        return fresh_lock(instance, instance.manifest())


def fresh_lock(instance: Instance, manifest: Manifest) -> Lock:
    """Return the lock of a manifest, resolved only if the one there was made for another."""
    old = instance.lock()
    if old is not None and old.fits(manifest):
        return old
    new = resolve(instance, manifest, old)
    files.write(instance.paths.lock, new.text)
    return new


def resolve(instance: Instance, manifest: Manifest, old: Lock | None) -> Lock:
    """Return a new lock and write nothing; raises as `lock`."""
    with instance.reporter.step("Resolving plugins"):
        try:
            text = instance.uv.compile(
                manifest.requirements(),
                None if old is None else old.text,
                manifest.image.python,
                manifest.index,
            )
        except UnknownDistribution as error:
            raise ResolutionFailed(
                f"there is no plugin '{error.name}'{instance.catalogue.nearest(error.name)}",
                details=error.details,
                hint="Known plugins: pulp-launcher plugin list --known",
            ) from error
    return Lock.parse(stamped(text, manifest), instance.paths.lock)
