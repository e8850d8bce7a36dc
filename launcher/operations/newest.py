"""The newest of each plugin by itself, and what it needs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name
from packaging.version import Version

from launcher.host import wheelhouse
from launcher.host.uv import Question
from launcher.model.conflict import Asker
from launcher.model.lock import Lock
from launcher.model.requirement import CORE, sound
from launcher.model.wheel import sources

if TYPE_CHECKING:
    from collections.abc import Iterable

    from launcher.model.manifest import Manifest
    from launcher.operations.instance import Instance

_ENTRY_POINT = "[pulpcore.plugin]"


def question_of(
    instance: Instance, manifest: Manifest, old: Lock | None, upgrade: tuple[str, ...] = ()
) -> Question:
    """Return what the resolver is asked for a manifest."""
    return Question(
        requirements=manifest.requirements(),
        python=manifest.image.python,
        index=manifest.index,
        constraints=manifest.image.constraints,
        pins=old.pins if old else None,
        upgrade=upgrade,
        provided=instance.provided(manifest),
    )


def plugin_wheels(instance: Instance, manifest: Manifest, lock: str, names: set[str]) -> list[Path]:
    """Return the wheels of some distributions of a lock, on this host."""
    wanted = [item for item in sources(lock, manifest.image.python) if item.name in names]
    fetched = instance.wheelhouse(manifest.index).fetch(wanted, instance.reporter.line)
    return [Path(wheel.path) for wheel in fetched]


def newest_alone(
    instance: Instance, manifest: Manifest
) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """Return the newest pulpcore and plugins by themselves, and what the plugins need.

    What comes from a source of its own is not among them.
    The first is version by name; the second is requirements by `name version`.
    """
    names = [name for name, plugin in manifest.plugins.items() if not plugin.source]
    core = () if manifest.core.source else (CORE,)
    if not core and not names:
        return {}, {}
    question = replace(
        question_of(instance, manifest, None),
        requirements=(*core, *names),
        constraints=(),
        dependencies=False,
    )
    text = instance.uv.compile(question)
    wheels = plugin_wheels(instance, manifest, text, set(names))
    needs = {item.name: item.requirements for item in map(asker, wheels)}
    return Lock.parse(text, instance.paths.lock).versions, needs


def hollow(wheels: Iterable[Path]) -> list[str]:
    """Return `name version` of the wheels that bring no plugin along."""
    return [
        asker(wheel).name for wheel in wheels if _ENTRY_POINT not in wheelhouse.entry_points(wheel)
    ]


def asker(wheel: Path) -> Asker:
    """Return a wheel's name and version, with what it needs."""
    from packaging.metadata import parse_email  # noqa: PLC0415 - it takes long to load

    metadata, _ = parse_email(wheelhouse.metadata(wheel))
    name, version = canonicalize_name(metadata["name"]), Version(metadata["version"])
    return Asker(f"{name} {version}", sound(metadata.get("requires_dist", [])))
