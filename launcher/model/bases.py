"""The bases that an image is known to work on, and what each of them brings."""

from __future__ import annotations

import re
from dataclasses import dataclass

BOOTSTRAP = "bootstrap:"
NEWEST_PYTHON = "3.13"
"""The Python of a base that is not known, unless the manifest says another."""

_IMAGE = re.compile(r"(?:.*/)?debian:([a-z]+)(?:-\d+)?(?:-slim)?(?:@.*)?")


@dataclass(frozen=True)
class Base:
    """A suite of Debian: its Python, PostgreSQL (major version), and package of the cache."""

    suite: str
    release: str
    python: str
    postgresql: int
    cache: str


BASES = (
    Base("bookworm", "Debian 12", "3.11", 15, "redis-server"),
    Base("trixie", "Debian 13", "3.13", 17, "valkey-server"),
    Base("forky", "Debian 14, not released yet", "3.14", 18, "valkey-server"),
)

GLIBC = 36
"""The minor version of the C library of the oldest base; wheels for it fit each base (PEP 600)."""


def base_of(reference: str) -> Base | None:
    """Return the base that `bootstrap:SUITE` or a reference of Debian's own images names."""
    if reference.startswith(BOOTSTRAP):
        suite = reference.removeprefix(BOOTSTRAP)
    else:
        found = _IMAGE.fullmatch(reference)
        suite = found[1] if found else ""
    return next((base for base in BASES if base.suite == suite), None)


def check_suite(suite: str) -> None:
    """Refuse a suite that nobody has tried; raises ValueError."""
    if suite not in {base.suite for base in BASES}:
        known = ", ".join(f"{BOOTSTRAP}{base.suite}" for base in BASES)
        raise ValueError(
            f"'{BOOTSTRAP}{suite}' is not a base that is known to work; these are: {known}"
        )


def check_python(reference: str, python: str) -> None:
    """Refuse another Python than that of a base which is made on this host; raises ValueError."""
    base = base_of(reference)
    if base and reference.startswith(BOOTSTRAP) and python != base.python:
        raise ValueError(
            f"{reference} has Python {base.python}, not {python}; leave python out, or name a base "
            "that has it"
        )
