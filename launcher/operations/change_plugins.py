"""Add plugins to the manifest, and take them out; the lock follows at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from launcher.host import files
from launcher.model import manifest_edit
from launcher.model.errors import UsageProblem
from launcher.model.manifest import Manifest
from launcher.model.requirement import BUILT_IN, parse_request, plugin_name
from launcher.model.toml import nearest, parse
from launcher.operations.init import init
from launcher.operations.lock import resolve

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from launcher.model.requirement import PluginRequest
    from launcher.operations.instance import Instance


@dataclass(frozen=True)
class Move:
    """A distribution that the lock holds in another version than before; None is absent."""

    name: str
    old: str | None
    new: str | None


@dataclass(frozen=True)
class Changed:
    """What an edit of the manifest did: plugins asked for or dropped, and the lock's moves."""

    plugins: tuple[str, ...]
    built_in: tuple[str, ...]
    moves: tuple[Move, ...]


def add_plugins(instance: Instance, texts: Sequence[str]) -> Changed:
    """Put plugins into the manifest and resolve them; when that fails, nothing was changed.

    Raises:
        UsageProblem: a text names no plugin.
        ResolutionFailed: there is no such plugin, or no set of versions fits.
        IndexUnreachable: the index does not answer.

    """
    requests = [parse_request(text) for text in texts]
    built_in = tuple(request.name for request in requests if request.name in BUILT_IN)
    wanted = [request for request in requests if request.name not in BUILT_IN]

    def edit(text: str) -> str:
        for request in wanted:
            text = manifest_edit.add(text, _as_known(instance, request))
        return text

    init(instance)
    return _change(instance, edit, tuple(request.name for request in wanted), built_in)


def remove_plugins(instance: Instance, names: Sequence[str]) -> Changed:
    """Take plugins out of the manifest and the lock; raises as `add_plugins`."""
    wanted = tuple(plugin_name(name) for name in names)

    def edit(text: str) -> str:
        for name in wanted:
            text = _without(instance, text, name)
        return text

    return _change(instance, edit, wanted, ())


def _change(
    instance: Instance,
    edit: Callable[[str], str],
    plugins: tuple[str, ...],
    built_in: tuple[str, ...],
) -> Changed:
    with instance.changing():
        instance.manifest()
        text = edit(instance.manifest_text())
        manifest = parse(text, instance.paths.manifest, Manifest)
        old = instance.lock()
        new = old if old is not None and old.fits(manifest) else resolve(instance, manifest, old)
        # The manifest first: should we be killed in between, rebuild finds the lock outdated.
        files.write(instance.paths.manifest, text)
        files.write(instance.paths.lock, new.text)
    return Changed(plugins, built_in, moves(old.versions if old else {}, new.versions))


def moves(old: dict[str, str], new: dict[str, str]) -> tuple[Move, ...]:
    """Return what differs between two sets of versions, sorted by name."""
    return tuple(
        Move(name, old.get(name), new.get(name))
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name)
    )


def _as_known(instance: Instance, request: PluginRequest) -> PluginRequest:
    known = instance.catalogue.plugins.get(request.name)
    if known is not None and not known.installable:
        raise UsageProblem(
            f"{request.name} can not be installed today: {known.notes}",
            hint="Known plugins: pulp-launcher plugin list --known",
        )
    return request


def _without(instance: Instance, text: str, name: str) -> str:
    try:
        return manifest_edit.remove(text, name)
    except KeyError as error:
        there = instance.manifest().plugins
        raise UsageProblem(
            f"{name} is not in the manifest{nearest(name, there)}",
            hint="What is there: pulp-launcher plugin list",
        ) from error
