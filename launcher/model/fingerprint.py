"""The digest over all inputs of a build; equal digests mean that there is nothing to build."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_ROLES = ("api", "content", "worker", "migrate")
_PROGRAMS = (
    "prove",
    "probe.py",
    "try-migrations",
    "gather-snippets",
    "link-provided",
    "pending-updates",
    "with-scratch",
)
_PYTHON = ("usual_certificates.py", "usual_certificates.pth")
_FILES = ("pylock.toml", "plugin-packages.txt", "provided.txt", "build-constraints.txt")
OF_PULP = {
    *_FILES,
    *(f"roles/{name}" for name in _ROLES),
    *(f"bin/{name}" for name in _PROGRAMS),
    *(f"python/{name}" for name in _PYTHON),
}
"""The inputs of Pulp itself; all others are of the platform below it too."""


@dataclass(frozen=True)
class Fingerprint:
    """The digest, and by input its own digest, so that a difference has a name."""

    digest: str
    inputs: dict[str, str]

    @property
    def platform(self) -> str:
        """The digest of what database, cache and web server are made of."""
        return _digest({name: one for name, one in self.inputs.items() if name not in OF_PULP})


def fingerprint(files: Mapping[str, bytes], base: str) -> Fingerprint:
    """Return the fingerprint of a build context (`path → content`) on a base image (its ID)."""
    inputs = {path: hashlib.sha256(content).hexdigest() for path, content in files.items()}
    inputs["base"] = base
    return Fingerprint(_digest(inputs), inputs)


def _digest(inputs: Mapping[str, str]) -> str:
    lines = "".join(f"{name} {inputs[name]}\n" for name in sorted(inputs))
    return hashlib.sha256(lines.encode()).hexdigest()


def differences(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    """Return which inputs differ, in words, sorted."""

    def word(name: str) -> str:
        if name not in old:
            return f"{name} is new"
        return f"{name} is gone" if name not in new else f"{name} changed"

    return sorted(word(name) for name in old.keys() | new.keys() if old.get(name) != new.get(name))
