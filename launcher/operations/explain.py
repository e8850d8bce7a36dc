"""Why plugins do not fit together, in words, and the way out."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

from packaging.version import Version

from launcher.host import files
from launcher.host.credentials import masked
from launcher.host.uv import ALL
from launcher.model.conflict import Asker, clashes, wishes
from launcher.model.errors import LauncherError, ResolutionFailed
from launcher.model.lock import Lock
from launcher.model.requirement import CORE
from launcher.operations.newest import asker, hollow, plugin_wheels

if TYPE_CHECKING:
    from collections.abc import Iterable

    from launcher.host.uv import Question
    from launcher.host.uv_errors import UnknownDistribution
    from launcher.model.manifest import Manifest
    from launcher.operations.instance import Instance

_MOST_LINES = 7


def unknown(instance: Instance, manifest: Manifest, error: UnknownDistribution) -> ResolutionFailed:
    """Return what there is to say of a name that the index does not have."""
    if error.name not in manifest.plugins:
        return ResolutionFailed(
            f"{error.asker or 'the manifest'} needs '{error.name}', "
            "which the package index does not have",
            details=error.details,
            hint="Add an index that has it under [index] in plugins.toml, or leave the plugin out.",
        )
    known = instance.catalogue.plugins.get(error.name)
    if known is not None:
        return ResolutionFailed(
            f"the package index has no usable '{error.name}'",
            details="\n".join(filter(None, (known.notes, error.details))),
            hint=f"What is known of it: pulp-launcher plugin show {error.name}",
        )
    return ResolutionFailed(
        f"there is no plugin '{error.name}'{instance.catalogue.nearest(error.name)}",
        hint="Known plugins: pulp-launcher plugin search",
    )


def explained(
    instance: Instance,
    manifest: Manifest,
    held: Question,
    floor: str,
    error: ResolutionFailed,
) -> ResolutionFailed:
    """Return the clash in the words of plugins, with the newest set that fits.

    `held` is the question that has no answer, `floor` the lowest pulpcore that it lets in.
    """
    if _fits_without_constraints(instance, manifest, held):
        return ResolutionFailed(
            "the constraints under [image] leave nothing that fits",
            details="\n".join(manifest.image.constraints),
            hint="Widen or drop one of them in plugins.toml; without them all fits.",
        )
    question = replace(held, constraints=manifest.image.constraints)
    log = instance.paths.logs / "resolver.log"
    files.write(log, masked(error.details))
    askers = [
        Asker("the manifest", held.requirements),
        Asker(_holder(instance, floor), held.constraints),
        *_plugin_askers(instance, manifest, question),
    ]
    sentences = clashes(askers) or wishes(askers, error.details)
    lines = (sentences or error.details.splitlines())[:_MOST_LINES]
    lines += [*notes(instance, manifest.plugins), f"The resolver's own words are in {log}"]
    return ResolutionFailed(
        "these plugins do not fit together",
        details="\n".join(lines),
        hint=_way_out(instance, manifest, question, floor),
    )


def _fits_without_constraints(instance: Instance, manifest: Manifest, held: Question) -> bool:
    ours = manifest.image.constraints
    if not ours:
        return False
    try:
        others = tuple(item for item in held.constraints if item not in ours)
        instance.uv.compile(replace(held, constraints=others))
    except LauncherError:
        return False
    return True


def _holder(instance: Instance, floor: str) -> str:
    current = instance.current()
    runs = current is not None and current.versions[CORE] == floor
    return "the running instance" if runs else "the instance"


def _plugin_askers(instance: Instance, manifest: Manifest, question: Question) -> list[Asker]:
    """Return the newest version of each plugin that its range lets have, with what it needs."""
    alone = replace(
        question,
        requirements=tuple(manifest.requirement(name) for name in manifest.plugins),
        pins=None,
        constraints=(),
        dependencies=False,
    )
    try:
        lock = instance.uv.compile(alone)
        wheels = plugin_wheels(instance, manifest, lock, set(manifest.plugins))
    except LauncherError:
        return []
    return [asker(path) for path in wheels]


def notes(instance: Instance, names: Iterable[str]) -> list[str]:
    """Return what the catalogue has to say of some plugins."""
    known = instance.catalogue.plugins
    return [f"{name}: {known[name].notes}" for name in names if name in known and known[name].notes]


def _way_out(instance: Instance, manifest: Manifest, question: Question, floor: str) -> str:
    """Return the command for the newest set of versions in which all plugins fit."""
    if manifest.core.source:
        return (
            "Leave one of them out, or take another pulpcore: one that has them all can be had "
            "from the index with pulp-launcher plugin add pulpcore"
        )
    names = [CORE, *(name for name, item in manifest.plugins.items() if not item.source)]
    sourced = [manifest.requirement(name) for name in manifest.plugins if name not in names]
    wanted = (*names, *sourced, *manifest.image.requirements)
    try:
        text = instance.uv.compile(replace(question, requirements=wanted, pins=None, upgrade=ALL))
        empty = hollow(plugin_wheels(instance, manifest, text, set(names) - {CORE}))
    except LauncherError:
        return "No set of versions lets them all in: leave one of them out."
    if empty:
        return f"The only release that fits, {empty[0]}, has no plugin in it: leave it out."
    fit = Lock.parse(text, instance.paths.lock).versions
    places = [item.path or item.source for item in manifest.plugins.values() if item.source]
    words = [*(f"{name}=={fit[name]}" for name in names), *map(shlex.quote, places)]
    return _advice(instance, f"pulp-launcher plugin add {' '.join(words)}", fit, floor)


def _advice(instance: Instance, command: str, fit: dict[str, str], floor: str) -> str:
    if Version(fit[CORE]) >= Version(floor):
        return f"They fit together like this: {command}"
    current = instance.current()
    if current is not None and Version(fit[CORE]) < Version(current.versions[CORE]):
        return (
            f"They would fit with pulpcore {fit[CORE]} only, which is older than the running "
            f"{current.versions[CORE]}, and the database can not go back: leave one of them out, "
            "or wait for its next release."
        )
    return (
        f"They fit with pulpcore {fit[CORE]} in place of {floor}, and you lose what came since: "
        f"{command}"
    )
