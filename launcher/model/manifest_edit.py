"""Edits of the manifest's text that keep its comments and its order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tomlkit
from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from launcher.model.requirement import PluginRequest


def add(text: str, request: PluginRequest) -> str:
    """Return the text with the plugin in it; an entry that is there gets the new range."""
    document = tomlkit.parse(text)
    plugins = document.setdefault("plugins", tomlkit.table())
    key = _spelling(plugins, request.name) or request.name
    plugins[key] = _value(request)
    return tomlkit.dumps(document)


def remove(text: str, name: str) -> str:
    """Return the text without the plugin.

    Raises:
        KeyError: it is not there.

    """
    document = tomlkit.parse(text)
    plugins = document.get("plugins", {})
    key = _spelling(plugins, name)
    if key is None:
        raise KeyError(name)
    del plugins[key]
    return tomlkit.dumps(document)


def _spelling(plugins: Any, name: str) -> str | None:
    return next((str(key) for key in plugins if canonicalize_name(str(key)) == name), None)


def _value(request: PluginRequest) -> Any:
    version = request.version or "*"
    if not request.extras:
        return version
    table = tomlkit.inline_table()
    table.update({"version": version, "extras": list(request.extras)})
    return table
