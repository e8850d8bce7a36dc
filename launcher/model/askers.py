"""Who asks for a distribution, by what each one says that it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MANIFEST = "the manifest"


def askers_of(
    asked: Iterable[str], needs: Mapping[str, Iterable[str]], environment: Mapping[str, str]
) -> dict[str, tuple[str, ...]]:
    """Return who asks for each distribution, by name: the manifest first, then sorted.

    `asked` are the manifest's requirements (PEP 508), `needs` those of each distribution.
    """
    found: dict[str, set[str]] = {}
    seen: set[tuple[str, str]] = set()
    pending = [(MANIFEST, Requirement(text)) for text in asked]
    while pending:
        asker, wanted = pending.pop()
        name = str(canonicalize_name(wanted.name))
        # An extra may be a list of others of the same distribution.
        found.setdefault(name, set()).update({asker} - {name})
        for key in {(name, extra) for extra in ("", *wanted.extras)} - seen:
            seen.add(key)
            needed = map(Requirement, needs.get(name, ()))
            pending += [(name, need) for need in needed if _applies(need, key[1], environment)]
    return {name: tuple(sorted(above, key=_manifest_first)) for name, above in found.items()}


def _applies(need: Requirement, extra: str, environment: Mapping[str, str]) -> bool:
    return need.marker is None or need.marker.evaluate({**environment, "extra": extra})


def _manifest_first(asker: str) -> tuple[bool, str]:
    return asker != MANIFEST, asker
