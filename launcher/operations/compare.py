"""How two generations differ: in what is installed, in the database, and in what runs them."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from launcher.host import files
from launcher.model.fingerprint import differences
from launcher.model.generation import parse_record
from launcher.model.materials import Materials
from launcher.operations.desired import desired
from launcher.operations.generations import generation, sbom_file
from launcher.render.units import REVISION, etc, units

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from launcher.model.generation import Generation
    from launcher.operations.instance import Instance

Versions = dict[str, tuple[str | None, str | None]]
"""Old and new version by name, of what differs."""


@dataclass(frozen=True)
class Only:
    """What only one of two generations has."""

    old: tuple[str, ...]
    new: tuple[str, ...]


@dataclass(frozen=True)
class Difference:
    """How two generations differ: distributions, packages of the system, other inputs in words.

    `migrations` are those known to one alone, as `app.name`; `files` is a unified diff of the units
    and of the files that the containers read, as today's config makes them.
    `unlisted` are those of the two that have no list of materials: their system is not known.
    """

    old: int
    new: int
    versions: Versions
    system: Versions
    migrations: Only
    files: tuple[str, ...]
    inputs: tuple[str, ...]
    unlisted: tuple[int, ...]


def difference(instance: Instance, old: int, new: int) -> Difference:
    """Return how two generations differ.

    Raises:
        UsageProblem: there is no such generation.
        InputInvalid, NotReady: there is no config that can be read.

    """
    one, other = generation(instance, old), generation(instance, new)
    system = {number: _system(instance, number) for number in (old, new)}
    unlisted = tuple(number for number, found in system.items() if found is None)
    return Difference(
        old,
        new,
        _changed(one.versions, other.versions),
        {} if unlisted else _changed(system[old] or {}, system[new] or {}),
        _migrations(instance, old, new),
        tuple(_files(instance, one, other)),
        tuple(differences(one.inputs, other.inputs)),
        unlisted,
    )


def _changed(old: Mapping[str, str], new: Mapping[str, str]) -> Versions:
    pairs = {name: (old.get(name), new.get(name)) for name in sorted(old.keys() | new.keys())}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _system(instance: Instance, number: int) -> dict[str, str] | None:
    path = sbom_file(instance, number)
    return parse_record(files.read(path) or "", path, Materials).system if path else None


def _migrations(instance: Instance, old: int, new: int) -> Only:
    texts = (files.read(instance.paths.migrations(number)) for number in (old, new))
    one, other = (set((text or "").split()) for text in texts)
    # Of what an older launcher built nothing is known.
    known = bool(one and other)
    return Only(*(tuple(sorted(only)) if known else () for only in (one - other, other - one)))


def _files(instance: Instance, old: Generation, new: Generation) -> Iterator[str]:
    before, after = _rendered(instance, old), _rendered(instance, new)
    for name in sorted(before.keys() | after.keys()):
        yield from difflib.unified_diff(
            before.get(name, []),
            after.get(name, []),
            f"{name} in {old.number}",
            f"{name} in {new.number}",
            lineterm="",
            n=1,
        )


def _rendered(instance: Instance, found: Generation) -> dict[str, list[str]]:
    """Return the lines of each file, without what has to differ: the number and the image."""
    wanted = desired(instance, found.model_copy(update={"number": 0, "image": "IMAGE"}))
    texts = {**units(wanted), **etc(wanted)}
    return {
        Path(name).name: [line for line in text.splitlines() if REVISION not in line]
        for name, text in texts.items()
    }
