"""Where a locked distribution comes from, and the wheel that is made of it."""

from __future__ import annotations

import platform
import tomllib
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import cast
from urllib.parse import unquote

from packaging.markers import Environment, default_environment
from packaging.pylock import (
    Package,
    PackageArchive,
    PackageDirectory,
    PackageSdist,
    PackageVcs,
    PackageWheel,
    Pylock,
    PylockSelectError,
)
from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import parse_wheel_filename

from launcher.model.bases import GLIBC
from launcher.model.errors import ResolutionFailed


class Kind(Enum):
    """What is at a source's address."""

    WHEEL = "wheel"
    SDIST = "sdist"
    GIT = "git"
    FOLDER = "folder"


@dataclass(frozen=True)
class Source:
    """One locked distribution: what to get, from where, and what must come out.

    `address` is an URL or a path; `check` is the SHA-256 of the file, or the commit of a git
    repository; a folder has none.
    """

    name: str
    version: str | None
    kind: Kind
    address: str
    check: str = ""
    subdirectory: str = ""

    @property
    def filename(self) -> str:
        return unquote(self.address.rsplit("/", 1)[-1].partition("#")[0])


@dataclass(frozen=True)
class Wheel:
    """A wheel in the wheelhouse: `path` is of this host, `sha256` of its content."""

    name: str
    version: str
    filename: str
    sha256: str
    path: str


def sources(lock: str, python: str) -> tuple[Source, ...]:
    """Return what an image of that Python on this machine's processor installs from a lock.

    Raises:
        ResolutionFailed: a distribution has no file for that Python and processor.

    """
    content = Pylock.from_dict(tomllib.loads(lock))
    tags, markers = image_tags(python), cast("Environment", environment(python))
    try:
        chosen = list(content.select(environment=markers, tags=tags))
    except PylockSelectError as error:
        raise ResolutionFailed(
            f"the lock has nothing to install on Python {python}, {platform.machine()}",
            details=str(error),
            hint="Pin another version of it, or drop the plugin that needs it.",
        ) from error
    found = tuple(_source(package, origin) for package, origin in chosen)
    for source in found:
        _check_tags(source, tags, python)
    return found


@cache
def image_tags(python: str) -> tuple[Tag, ...]:
    """Return the wheel tags that the image takes, best first (PEP 425, PEP 600)."""
    major, minor = (int(part) for part in python.split("."))
    machine = platform.machine()
    platforms = [f"manylinux_2_{glibc}_{machine}" for glibc in range(GLIBC, 4, -1)]
    platforms += [f"manylinux2014_{machine}", f"manylinux2010_{machine}", f"manylinux1_{machine}"]
    platforms += [f"linux_{machine}"]
    return (
        *cpython_tags((major, minor), platforms=platforms),
        *compatible_tags((major, minor), f"cp{major}{minor}", platforms),
    )


def _check_tags(source: Source, tags: tuple[Tag, ...], python: str) -> None:
    """Refuse a wheel named by its address; only those of an index are chosen by tag."""
    if source.kind is Kind.WHEEL and parse_wheel_filename(source.filename)[3].isdisjoint(tags):
        raise ResolutionFailed(
            f"{source.filename} is not for Python {python} on {platform.machine()}",
            hint="Name a wheel for the image, or a source archive.",
        )


def environment(python: str) -> dict[str, str]:
    """Return the values that markers have (PEP 508) in an image of that Python."""
    values = {name: str(value) for name, value in default_environment().items()}
    values |= {"python_full_version": f"{python}.0", "implementation_version": f"{python}.0"}
    return {**values, "python_version": python}


def _source(
    package: Package,
    origin: PackageVcs | PackageDirectory | PackageArchive | PackageWheel | PackageSdist,
) -> Source:
    name, version = str(package.name), str(package.version) if package.version else None
    if isinstance(origin, PackageVcs):
        address, below = origin.url or origin.path or "", origin.subdirectory or ""
        return Source(name, version, Kind.GIT, address, origin.commit_id, below)
    if isinstance(origin, PackageDirectory):
        return Source(name, version, Kind.FOLDER, origin.path)
    address = origin.url or origin.path or ""
    kind = Kind.WHEEL if address.partition("#")[0].endswith(".whl") else Kind.SDIST
    return Source(name, version, kind, address, origin.hashes.get("sha256", ""))


def wheel_of(filename: str, sha256: str, path: str) -> Wheel:
    """Return the wheel with that file name; raises `packaging.utils.InvalidWheelFilename`."""
    name, version, _, _ = parse_wheel_filename(filename)
    return Wheel(str(name), str(version), filename, sha256, path)
