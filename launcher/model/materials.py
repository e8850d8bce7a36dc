"""What an image is made of: Python distributions, and the operating system's packages."""

from __future__ import annotations

from dataclasses import dataclass

from launcher.model.generation import Record
from launcher.model.wheel import Source, Wheel

SBOM = "sbom.json"
"""The file of a generation that lists its materials (CycloneDX)."""

_CLASSIFIER = "License :: "
_VAGUE = {"", "UNKNOWN", "OSI Approved"}


@dataclass(frozen=True)
class Distribution:
    """An installed Python distribution: where it came from, its wheel, what it says of licences."""

    source: Source
    wheel: Wheel
    licences: tuple[str, ...] = ()


class SystemPackage(Record):
    """A package of the operating system; advisories name what it was built from, its source."""

    name: str
    version: str
    architecture: str
    source: str
    source_version: str


class System(Record):
    """The operating system of an image, as the image itself tells it."""

    name: str = ""
    version: str = ""
    packages: tuple[SystemPackage, ...] = ()


class Component(Record):
    """A part in a list of materials."""

    name: str
    version: str = ""
    purl: str = ""


class Materials(Record):
    """A list of materials, as far as it is read again."""

    components: tuple[Component, ...] = ()

    @property
    def system(self) -> dict[str, str]:
        """The version of each package of the operating system."""
        debian = (item for item in self.components if item.purl.startswith("pkg:deb/"))
        return {item.name: item.version for item in debian}


def licences(metadata: str) -> tuple[str, ...]:
    """Return what a wheel's metadata says of its licence, the most exact way of saying it first."""
    from packaging.metadata import parse_email  # noqa: PLC0415 - it takes long to load

    said, _ = parse_email(metadata)
    exact, free = said.get("license_expression", ""), said.get("license", "").strip()
    if exact:
        return (exact,)
    # Some put the whole text of the licence there.
    if "\n" not in free and free not in _VAGUE:
        return (free,)
    named = (item for item in said.get("classifiers", ()) if item.startswith(_CLASSIFIER))
    last = (item.rpartition(" :: ")[2].strip() for item in named)
    return tuple(item for item in last if item not in _VAGUE)
