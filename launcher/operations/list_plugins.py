"""What is asked for, locked, built and running."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from launcher.model.errors import LauncherError
from launcher.model.lock import labels
from launcher.operations.newest import newest_alone

if TYPE_CHECKING:
    from launcher.model.generation import Generation
    from launcher.model.manifest import Plugin
    from launcher.operations.instance import Instance


@dataclass(frozen=True)
class Listed:
    """One plugin: what the manifest asks for, its version in the lock, in generations, at all."""

    name: str
    asked: str | None
    locked: str | None
    built: str | None
    running: str | None
    newest: str | None = None


@dataclass(frozen=True)
class Plugins:
    """The plugins, and how many of them the image that is due does not have as locked."""

    plugins: tuple[Listed, ...]
    not_built: int

    @property
    def pending(self) -> str:
        """What has to be built, in words; empty where nothing has."""
        if not self.not_built:
            return ""
        count = "1 change is" if self.not_built == 1 else f"{self.not_built} changes are"
        return f"{count} not built yet: run pulp-launcher rebuild"


def list_plugins(instance: Instance) -> Plugins:
    """Return pulpcore and the plugins, from the manifest to the running generation."""
    manifest, lock = instance.manifest(), instance.lock()
    newest, current = instance.due(), instance.current()
    locked = lock.labels if lock else {}
    built, running = _versions(newest), _versions(current)
    asked = {"pulpcore": manifest.core.source or manifest.core.version or "*"}
    asked |= {name: _asked(plugin) for name, plugin in manifest.plugins.items()}
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
    return Plugins(rows, sum(_is_pending(row) for row in rows))


def _is_pending(row: Listed) -> bool:
    # A checkout has no version before it is built; that its files changed shows at the next build.
    return row.locked != row.built and not (row.locked == "" and row.built)


def with_newest(instance: Instance, listed: Plugins) -> Plugins:
    """Return the list with the newest versions of the index, where it answers."""
    try:
        newest, _ = newest_alone(instance, instance.manifest())
    except LauncherError:
        return listed
    rows = (replace(row, newest=newest.get(row.name)) for row in listed.plugins)
    return replace(listed, plugins=tuple(rows))


def _asked(plugin: Plugin) -> str:
    asked = plugin.source or plugin.version or "*"
    return asked if plugin.enabled else f"{asked} (off)"


def _versions(generation: Generation | None) -> dict[str, str]:
    return labels(generation.versions, generation.origins) if generation else {}
