"""The catalogue: what is known of the plugins, from its data file."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

from pydantic import ConfigDict, Field, TypeAdapter

from launcher.model.requirement import nearest_plugin
from launcher.model.toml import Table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from launcher.model.config import Config


class Known(Table):
    """One known plugin; `launcher/catalogue/plugins.toml` says what each key is."""

    model_config = ConfigDict(strict=False)

    summary: str
    docs: str
    packages: tuple[str, ...] = ()
    programs: dict[str, str] = Field(default={})
    provided: dict[str, str] = Field(default={})
    settings: dict[str, Any] = Field(default={})
    notes: str = ""
    built_in: bool = False
    fits: bool = True

    @property
    def needed(self) -> tuple[str, ...]:
        """All Debian packages that it needs, sorted."""
        of_programs = filter(None, self.programs.values())
        return tuple(sorted({*self.packages, *of_programs, *self.provided.values()}))

    @property
    def state(self) -> str:
        """Why it can not simply be added, or nothing."""
        if self.built_in:
            return "part of pulpcore, always there"
        return "" if self.fits else "can not be installed today"


class KnownSet(Table):
    """One named set of plugins of `launcher/catalogue/presets.toml`."""

    model_config = ConfigDict(strict=False)

    summary: str
    plugins: tuple[str, ...]


def presets(text: str) -> dict[str, KnownSet]:
    """Return the named sets of plugins."""
    return TypeAdapter(dict[str, KnownSet]).validate_python(tomllib.loads(text))


class Catalogue:
    """The known plugins, by canonical distribution name."""

    def __init__(self, text: str) -> None:
        self.plugins = TypeAdapter(dict[str, Known]).validate_python(tomllib.loads(text))

    def packages(self, plugins: Iterable[str]) -> tuple[str, ...]:
        """Return the Debian packages that these plugins need, sorted."""
        return tuple(sorted({name for plugin in self._known(plugins) for name in plugin.needed}))

    def provided(self, plugins: Iterable[str]) -> dict[str, str]:
        """Return the distributions that no index is asked for, with their Debian packages."""
        return {
            name: package
            for plugin in self._known(plugins)
            for name, package in sorted(plugin.provided.items())
        }

    def settings(self, plugins: Iterable[str], config: Config) -> dict[str, Any]:
        """Return the Pulp settings that these plugins want on this host."""
        words = {
            "origin": config.origin,
            "hostname": config.hostname,
            "content_prefix_bare": config.content_prefix.rstrip("/"),
        }
        return {
            name: value.format(**words) if isinstance(value, str) else value
            for plugin in self._known(plugins)
            for name, value in plugin.settings.items()
        }

    def nearest(self, name: str) -> str:
        """Return `; did you mean …?` for a plugin that is not known."""
        return nearest_plugin(name, self.plugins)

    def _known(self, plugins: Iterable[str]) -> list[Known]:
        return [self.plugins[name] for name in plugins if name in self.plugins]
