"""All that a build depends on, gathered on this host."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from launcher.host import files, package
from launcher.model.errors import InputInvalid
from launcher.model.fingerprint import Fingerprint, fingerprint
from launcher.model.wheel import Wheel, sources
from launcher.operations.base import ensure_base
from launcher.operations.lock import fresh_lock
from launcher.render.context import context

if TYPE_CHECKING:
    from collections.abc import Iterable

    from launcher.model.lock import Lock
    from launcher.model.manifest import Manifest
    from launcher.operations.instance import Instance


@dataclass(frozen=True)
class Inputs:
    """What is built: `base` is an image ID, `files` the build context by path, wheels apart."""

    manifest: Manifest
    lock: Lock
    wheels: tuple[Wheel, ...]
    base: str
    files: dict[str, bytes]
    fingerprint: Fingerprint


def gather(instance: Instance) -> Inputs:
    """Resolve, fetch and read what the manifest asks for.

    Raises:
        ResolutionFailed, IndexUnreachable: the manifest can not be resolved, or fetched.
        BuildFailed: a source gives no wheel.
        InputInvalid: a file that the manifest names is not there.

    """
    manifest = instance.manifest()
    lock = fresh_lock(instance, manifest)
    base = ensure_base(instance, manifest)
    wheels = _wheels(instance, manifest, lock)
    content = build_files(instance, manifest, wheels)
    return Inputs(manifest, lock, wheels, base, content, fingerprint(content, base))


def build_files(
    instance: Instance, manifest: Manifest, wheels: Iterable[Wheel], updates: str | None = None
) -> dict[str, bytes]:
    """Return the build context by path, but for the wheels themselves; raises InputInvalid.

    It is that with another list of Debian's updates than the instance's if one is given.
    """
    packages = {*instance.catalogue.packages(manifest.plugins), *manifest.packages()}
    static = files.read_folder(package.containers())
    provided = instance.catalogue.provided(manifest.plugins)
    if updates is None:
        updates = files.read(instance.paths.updates) or ""
    return context(static, wheels, packages, _bundle(manifest), provided, updates=updates)


def _wheels(instance: Instance, manifest: Manifest, lock: Lock) -> tuple[Wheel, ...]:
    wanted = sources(lock.text, manifest.image.python)
    with instance.reporter.step(f"Fetching {len(wanted)} distributions"):
        return tuple(instance.wheelhouse(manifest.index).fetch(wanted, instance.reporter.line))


def _bundle(manifest: Manifest) -> bytes:
    path = Path(manifest.image.ca_bundle)
    if not manifest.image.ca_bundle:
        return b""
    if not path.is_file():
        raise InputInvalid(
            f"there is no file {path}, which ca_bundle under [image] names",
            hint="Put the certificates there, or empty the key.",
        )
    with files.translated(path):
        return path.read_bytes()
