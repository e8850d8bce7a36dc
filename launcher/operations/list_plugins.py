"""What is asked for, locked, built and running."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from launcher.model.generation import Generation
    from launcher.operations.instance import Instance


@dataclass(frozen=True)
class Listed:
    """One plugin: its range in the manifest, and its version in the lock and in generations."""

    name: str
    asked: str | None
    locked: str | None
    built: str | None
    running: str | None


@dataclass(frozen=True)
class Plugins:
    """The plugins, and how many of them the newest image does not have as they are locked."""

    plugins: tuple[Listed, ...]
    not_built: int


@dataclass(frozen=True)
class KnownPlugin:
    """A plugin of the catalogue."""

    name: str
    summary: str
    notes: str


def list_plugins(instance: Instance) -> Plugins:
    """Return pulpcore and the plugins, from the manifest to the running generation."""
    manifest, lock = instance.manifest(), instance.lock()
    newest, current = instance.newest(), instance.current()
    locked = lock.versions if lock else {}
    built, running = _versions(newest), _versions(current)
    asked = {"pulpcore": manifest.core.version or "*"}
    asked |= {name: plugin.version or "*" for name, plugin in manifest.plugins.items()}
    names = dict.fromkeys((*asked, *(newest.plugins if newest else ())))
    rows = tuple(
        Listed(
            name,
            asked.get(name),
            locked.get(name) if name in asked else None,
            built.get(name),
            running.get(name),
        )
        for name in names
    )
    return Plugins(rows, sum(row.locked != row.built for row in rows))


def list_known(instance: Instance) -> tuple[KnownPlugin, ...]:
    """Return the plugins of the catalogue."""
    known = sorted(instance.catalogue.plugins.items())
    return tuple(KnownPlugin(name, entry.summary, entry.notes) for name, entry in known)


def _versions(generation: Generation | None) -> dict[str, str]:
    return generation.versions if generation else {}
