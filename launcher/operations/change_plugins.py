"""Add plugins to the manifest, and take them out; the lock follows at once."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from launcher.host import files
from launcher.host.uv import Question
from launcher.model import manifest_edit
from launcher.model.errors import UsageProblem
from launcher.model.lock import Lock, Move, moves
from launcher.model.manifest import check_address
from launcher.model.requirement import BUILT_IN, nearest_plugin, parse_request, plugin_name
from launcher.operations.changing import changing
from launcher.operations.held_content import held_of
from launcher.operations.init import init, new_manifest
from launcher.operations.lock import fitting
from launcher.operations.resolve import resolve
from launcher.operations.why import askers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from launcher.model.manifest import Manifest
    from launcher.model.requirement import PluginRequest
    from launcher.operations.instance import Instance


@dataclass(frozen=True)
class Changed:
    """What an edit of the manifest did: plugins asked for or dropped, and the lock's moves."""

    plugins: tuple[str, ...]
    built_in: tuple[str, ...]
    moves: tuple[Move, ...]


def add_plugins(instance: Instance, texts: Sequence[str], *, dry_run: bool = False) -> Changed:
    """Put plugins into the manifest and resolve them; when that fails, nothing was changed.

    Raises:
        UsageProblem: a text names no plugin.
        ResolutionFailed: there is no such plugin, or no set of versions fits.
        IndexUnreachable: the index does not answer.

    """
    requests = [parse_request(text, instance.catalogue.plugins) for text in texts]
    built_in = tuple(request.name for request in requests if request.name in BUILT_IN)
    named = [_named(instance, request) for request in requests if request.name not in BUILT_IN]

    def edit(text: str) -> str:
        for request in named:
            text = manifest_edit.add(text, request)
        return text

    names = tuple(request.name for request in named)
    return _change(instance, edit, names, built_in, dry_run=dry_run)


def remove_plugins(instance: Instance, names: Sequence[str], *, dry_run: bool = False) -> Changed:
    """Take plugins out of the manifest and the lock; raises as `add_plugins`."""
    known = instance.catalogue.plugins
    wanted = tuple(plugin_name(name, known) for name in names)

    def edit(text: str) -> str:
        for name in wanted:
            text = _without(instance, text, name)
        return text

    return _change(instance, edit, wanted, (), dry_run=dry_run, check=_check_gone(wanted))


def _check_gone(names: tuple[str, ...]) -> Callable[[Instance, Manifest, Lock], None]:
    """Return the check that what was taken out is not there all the same, for another plugin."""

    def check(instance: Instance, manifest: Manifest, new: Lock) -> None:
        for name in names:
            if name in new.versions:
                needing = _plugins_above(askers(instance, manifest, new), name, manifest)
                words = " and ".join(needing) or "something in the manifest"
                together = " ".join((name, *needing))
                raise UsageProblem(
                    f"{name} can not be taken out: needed by {words}",
                    hint=f"Take them out together: pulp-launcher plugin remove {together}",
                )

    return check


def _plugins_above(
    origins: dict[str, tuple[str, ...]], name: str, manifest: Manifest
) -> tuple[str, ...]:
    """Return the plugins of the manifest that need a distribution, straight or through others."""
    seen, level = {name}, [name]
    while level:
        level = [up for item in level for up in origins.get(item, ()) if up not in seen]
        seen |= set(level)
    return tuple(plugin for plugin in manifest.plugins if plugin in seen)


def _change(
    instance: Instance,
    edit: Callable[[str], str],
    plugins: tuple[str, ...],
    built_in: tuple[str, ...],
    *,
    dry_run: bool,
    check: Callable[[Instance, Manifest, Lock], None] = lambda *_: None,
) -> Changed:
    with contextlib.nullcontext() if dry_run else changing(instance):
        before = _text(instance)
        instance.parsed(before)
        text = edit(before)
        manifest = instance.parsed(text)
        old = instance.lock()
        new = fitting(instance, manifest, old) or resolve(instance, manifest, old)
        check(instance, manifest, new)
        _tell_held(instance, manifest)
        if not dry_run:
            init(instance)
            # The manifest first: should we be killed in between, rebuild finds the lock outdated.
            files.write_all({instance.paths.manifest: text, instance.paths.lock: new.text})
    origins = askers(instance, manifest, new) if dry_run else None
    before_labels = old.labels if old else {}
    return Changed(plugins, built_in, moves(before_labels, new.labels, origins))


def _tell_held(instance: Instance, manifest: Manifest) -> None:
    """Say what a running Pulp has of the plugins that are not wanted any more."""
    held = held_of(instance, manifest)
    if held:
        instance.reporter.note(
            f"The database holds content, and no rebuild takes it from Pulp:\n{held}\n"
            "Delete it before that, as docs/how-to/take-a-plugin-out.md says."
        )


def _text(instance: Instance) -> str:
    """Return the manifest's text, or that which a new one gets."""
    return files.read(instance.paths.manifest) or new_manifest()


def _named(instance: Instance, request: PluginRequest) -> PluginRequest:
    """Return the request with its name, which a source alone does not tell; paths become absolute.

    Raises:
        ResolutionFailed: there is no project at the source.

    """
    if request.path:
        # The home of a user who is not there stays as it was written, and is no project.
        request = replace(request, path=str(Path(os.path.expanduser(request.path)).resolve()))  # noqa: PTH111
    if request.name:
        return request
    check_address(request.source)
    manifest = instance.parsed(_text(instance))
    source = Path(request.path).as_uri() if request.path else request.source
    question = Question((source,), manifest.image.python, manifest.index, dependencies=False)
    lock = Lock.parse(instance.uv.compile(question), instance.paths.lock)
    (name,) = lock.versions
    return replace(request, name=name)


def _without(instance: Instance, text: str, name: str) -> str:
    try:
        return manifest_edit.remove(text, name)
    except KeyError as error:
        there = instance.manifest().plugins
        raise UsageProblem(
            f"{name} is not in the manifest{nearest_plugin(name, there)}",
            hint="What is there: pulp-launcher plugin list",
        ) from error
