"""Edits of the manifest's text that keep its comments and its order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tomlkit
from packaging.utils import canonicalize_name

from launcher.model.requirement import CORE

if TYPE_CHECKING:
    from launcher.model.requirement import PluginRequest

_SOURCES = ("git", "rev", "url", "path")


def add(text: str, request: PluginRequest) -> str:
    """Return the text with the plugin in it; an entry that is there gets what is asked for.

    A request for pulpcore is written into `[core]`.
    """
    document = tomlkit.parse(text)
    if request.name == CORE:
        _set_core(document.setdefault("core", tomlkit.table()), request)
        return _dumped(document, text)
    plugins = document.setdefault("plugins", tomlkit.table())
    key = _spelling(plugins, request.name)
    if key is None:
        plugins[request.name] = _value(request, {})
    elif request.version or request.extras or request.source:
        plugins[key] = _value(request, _rest(request, plugins[key]))
    return _dumped(document, text)


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
    return _dumped(document, text)


def _set_core(core: Any, request: PluginRequest) -> None:
    """Write what is asked for of pulpcore; its extras stay where none are named."""
    for key in _SOURCES if not request.source else ("version", *_SOURCES):
        core.pop(key, None)
    core.update({key: getattr(request, key) for key in _SOURCES if getattr(request, key)})
    if not request.source:
        # In its place, so that its comment stays with it.
        core["version"] = request.version or "*"
    if request.extras:
        core["extras"] = list(request.extras)


def _dumped(document: Any, before: str) -> str:
    """Return the document's text, without a last newline where there was none before."""
    text = tomlkit.dumps(document)
    return text if before.endswith("\n") or not before else text.removesuffix("\n")


def _spelling(plugins: Any, name: str) -> str | None:
    return next((str(key) for key in plugins if canonicalize_name(str(key)) == name), None)


def _rest(request: PluginRequest, value: Any) -> dict[str, Any]:
    """Return what an entry says beside what is asked for; a source takes the place of another."""
    table = value if isinstance(value, dict) else {"version": value}
    replaced = {"version", *_SOURCES} if request.version or request.source else set()
    return {key: item for key, item in table.items() if key not in replaced}


def _value(request: PluginRequest, rest: dict[str, Any]) -> Any:
    """Return the shortest form: a range, or a table where there is more to say."""
    sources = {key: getattr(request, key) for key in _SOURCES}
    more = {**{key: value for key, value in sources.items() if value}, **rest}
    if request.extras:
        more["extras"] = list(request.extras)
    if not more:
        return request.version or "*"
    if request.version:
        more = {"version": request.version, **more}
    table = tomlkit.inline_table()
    table.update(more)
    return table
