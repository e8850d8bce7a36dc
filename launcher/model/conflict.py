"""Which requirements clash, in the words of plugins."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from packaging.specifiers import SpecifierSet


@dataclass(frozen=True)
class Asker:
    """Who asks for something: `pulp-x 1.2`, or this instance; with its requirements (PEP 508)."""

    name: str
    requirements: tuple[str, ...]


@dataclass(frozen=True)
class _Wish:
    asker: str
    range: SpecifierSet


def clashes(askers: Iterable[Asker]) -> list[str]:
    """Return a sentence for each two askers that no version of something can please."""
    found = []
    for name, wishes in sorted(_wishes(askers).items()):
        for one, other in combinations(wishes, 2):
            if (one.range & other.range).is_unsatisfiable():
                found.append(
                    f"{one.asker} needs {name} {_words(one.range)}; "
                    f"{other.asker} needs {_words(other.range)}"
                )
    return found


def wishes(askers: Iterable[Asker], text: str) -> list[str]:
    """Return who wants what of the distributions in a resolver's text that several want.

    For what no two askers, but three or more together, make impossible.
    """
    named = set(re.findall(r"[A-Za-z0-9][\w.-]*[A-Za-z0-9]", text))
    return [
        f"{wish.asker} needs {name} {_words(wish.range)}"
        for name, several in sorted(_wishes(askers).items())
        if name in named and len(several) > 1
        for wish in several
        if wish.range
    ]


def allows(requirements: Iterable[str], name: str, version: str) -> bool:
    """Tell whether these requirements let a distribution have a version."""
    asked = (Requirement(text) for text in requirements)
    return all(
        item.specifier.contains(version, prereleases=True)
        for item in asked
        if canonicalize_name(item.name) == name and _applies(item)
    )


def _wishes(askers: Iterable[Asker]) -> dict[str, list[_Wish]]:
    wishes: dict[str, list[_Wish]] = {}
    for asker in askers:
        for requirement in map(Requirement, asker.requirements):
            if _applies(requirement):
                name = canonicalize_name(requirement.name)
                wishes.setdefault(name, []).append(_Wish(asker.name, requirement.specifier))
    return wishes


def _applies(requirement: Requirement) -> bool:
    """Leave out what only an extra asks for."""
    return requirement.marker is None or requirement.marker.evaluate({"extra": ""})


def _words(specifiers: SpecifierSet) -> str:
    return ",".join(sorted(map(str, specifiers), reverse=True))
