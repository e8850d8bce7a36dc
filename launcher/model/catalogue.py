"""The catalogue: what is known of the plugins, from its data file."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

from pydantic import ConfigDict, Field, TypeAdapter

from launcher.model.toml import Table, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from launcher.model.config import Config


class Known(Table):
    """One known plugin; `launcher/catalogue/plugins.toml` says what each key is."""

    model_config = ConfigDict(strict=False)

    summary: str
    docs: str
    packages: tuple[str, ...] = ()
    settings: dict[str, Any] = Field(default={})
    notes: str = ""
    built_in: bool = False
    installable: bool = True


class Catalogue:
    """The known plugins, by canonical distribution name."""

    def __init__(self, text: str) -> None:
        self.plugins = TypeAdapter(dict[str, Known]).validate_python(tomllib.loads(text))

    def packages(self, plugins: Iterable[str]) -> tuple[str, ...]:
        """Return the Debian packages that these plugins need, sorted."""
        return tuple(sorted({name for plugin in self._known(plugins) for name in plugin.packages}))

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
        return nearest(name, self.plugins)

    def _known(self, plugins: Iterable[str]) -> list[Known]:
        return [self.plugins[name] for name in plugins if name in self.plugins]
