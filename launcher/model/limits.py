"""How far an upgrade may go: constraints (PEP 508) that hold distributions back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.version import Version

from launcher.model.requirement import CORE

if TYPE_CHECKING:
    from collections.abc import Mapping

_BREAK_EVERY = 15
_ANY_BREAK = 10
"""pulpcore may break the plugin API with 3.10, 3.25 … 3.100, 3.115, 3.130 and so on."""


def within_api(core: str) -> str:
    """Return the constraint that keeps pulpcore below its next break of the plugin API."""
    version = Version(core)
    after = _BREAK_EVERY - (version.minor - _ANY_BREAK) % _BREAK_EVERY
    return f"{CORE}<{version.major}.{version.minor + after}"


def only_patches(versions: Mapping[str, str]) -> tuple[str, ...]:
    """Return the constraints that keep distributions (version by name) at their X.Y."""
    found = {name: Version(text) for name, text in versions.items()}
    return tuple(f"{name}<{version.major}.{version.minor + 1}" for name, version in found.items())
