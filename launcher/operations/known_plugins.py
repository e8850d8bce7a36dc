"""What is known of plugins: from the catalogue, and from the index."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from launcher import catalogue
from launcher.model.catalogue import presets as parse_presets
from launcher.model.errors import LauncherError, UsageProblem
from launcher.model.manifest import Manifest
from launcher.model.requirement import BUILT_IN, CORE, plugin_name
from launcher.model.toml import nearest
from launcher.operations.newest import asker, hollow, plugin_wheels, question_of

if TYPE_CHECKING:
    from launcher.operations.instance import Instance


@dataclass(frozen=True)
class KnownPlugin:
    """A plugin of the catalogue; `state` is empty, or why it can not simply be added."""

    name: str
    summary: str
    state: str


@dataclass(frozen=True)
class Shown:
    """All about one plugin; what the index says is empty where it does not answer."""

    name: str
    summary: str
    docs: str
    notes: str
    newest: str
    needs: tuple[str, ...]
    packages: tuple[str, ...]
    settings: dict[str, object]


@dataclass(frozen=True)
class Preset:
    """A named set of plugins."""

    name: str
    summary: str
    plugins: tuple[str, ...]


def search(instance: Instance, word: str) -> tuple[KnownPlugin, ...]:
    """Return the plugins of the catalogue that have a word in their name or summary."""
    return tuple(
        KnownPlugin(name, known.summary, known.state)
        for name, known in sorted(instance.catalogue.plugins.items())
        if word.lower() in f"{name} {known.summary}".lower()
    )


def show(instance: Instance, text: str) -> Shown:
    """Return what the catalogue and the index say of a plugin.

    Raises:
        UsageProblem: neither of them knows it.

    """
    name = plugin_name(text, instance.catalogue.plugins)
    known = instance.catalogue.plugins.get(name)
    newest, needs = ("", ()) if name in BUILT_IN else _from_index(instance, name)
    if known is None and not newest:
        raise UsageProblem(
            f"no plugin '{name}' is known{instance.catalogue.nearest(name)}",
            hint="Known plugins: pulp-launcher plugin search",
        )
    return Shown(
        name=name,
        summary=known.summary if known else "",
        docs=known.docs if known else "",
        notes=": ".join(filter(None, (known.state, known.notes))) if known else "",
        newest=newest,
        needs=needs,
        packages=known.needed if known else (),
        settings=known.settings if known else {},
    )


def presets() -> tuple[Preset, ...]:
    """Return the named sets of plugins."""
    found = parse_presets(catalogue.presets())
    return tuple(Preset(name, item.summary, item.plugins) for name, item in found.items())


def preset(name: str) -> Preset:
    """Return one set; raises UsageProblem."""
    by_name = {item.name: item for item in presets()}
    if name not in by_name:
        raise UsageProblem(
            f"there is no preset '{name}'{nearest(name, by_name)}",
            hint="What there is: pulp-launcher preset list",
        )
    return by_name[name]


def _from_index(instance: Instance, name: str) -> tuple[str, tuple[str, ...]]:
    """Return the newest version and its need of pulpcore, or nothing."""
    manifest = instance.manifest() if instance.paths.manifest.exists() else Manifest()
    question = replace(
        question_of(instance, manifest, None),
        requirements=(name,),
        constraints=(),
        dependencies=False,
    )
    try:
        text = instance.uv.compile(question)
        (wheel,) = plugin_wheels(instance, manifest, text, {name})
    except LauncherError:
        return "", ()
    if hollow([wheel]):
        return "", ()
    found = asker(wheel)
    needs = tuple(item for item in found.requirements if item.startswith(CORE))
    return found.name.split()[1], needs
