"""The lock, `pylock.toml` (PEP 751): every distribution of the image, with version and hashes.

What it was made for stands in its table `[tool.pulp-launcher]`, so that a changed manifest shows.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import tomlkit
from packaging.pylock import Package, Pylock, PylockValidationError

from launcher.model.errors import InputInvalid

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from launcher.model.manifest import Manifest

_TOOL = "pulp-launcher"
_DIGEST = "sha256"
_DIGEST_LINE = re.compile(r'^sha256 = "[0-9a-f]*"\n', re.MULTILINE)


@dataclass(frozen=True)
class Move:
    """A distribution that is there in another version than before; None is absent."""

    name: str
    old: str | None
    new: str | None
    why: tuple[str, ...] = ()


@dataclass(frozen=True)
class Lock:
    """The lock's text, version by canonical distribution name, and what it was made for.

    A version is empty where only a build tells it (a checkout). `origins` are the commits and
    digests, shortened, of what does not come from the index. `edited` tells that somebody changed
    the text after it was resolved.
    """

    text: str
    versions: dict[str, str]
    made_for: dict[str, Any]
    origins: dict[str, str] = field(default_factory=dict)
    edited: bool = False

    @classmethod
    def parse(cls, text: str, path: Path) -> Lock:
        """Return the lock in a file's text.

        Raises:
            InputInvalid: it is not a valid PEP 751 file.

        """
        try:
            content = Pylock.from_dict(tomllib.loads(text))
        except (tomllib.TOMLDecodeError, PylockValidationError) as error:
            raise InputInvalid(
                f"{path} is not a valid lock",
                details=str(error),
                hint=f"Remove {path} and resolve the manifest anew: pulp-launcher lock",
            ) from error
        versions = {str(item.name): str(item.version or "") for item in content.packages}
        stamp = dict((content.tool or {}).get(_TOOL, {}))
        edited = stamp.pop(_DIGEST, "") != _digest(text) if stamp else False
        origins = {str(item.name): _origin(item) for item in content.packages if _origin(item)}
        return cls(text, versions, stamp, origins, edited)

    @property
    def labels(self) -> dict[str, str]:
        """What tells one state of a distribution from another: `1.0`, or `1.0 (0b2f26d)`."""
        return labels(self.versions, self.origins)

    @property
    def pins(self) -> str:
        """What a resolver keeps of it; of an edited one only versions, which it may also refuse."""
        if not self.edited:
            return self.text
        packages = [{"name": name, "version": text} for name, text in self.versions.items() if text]
        head = {"lock-version": "1.0", "created-by": _TOOL}
        return tomlkit.dumps({**head, "packages": packages})

    def fits(self, manifest: Manifest, provided: tuple[str, ...] = ()) -> bool:
        """Tell whether the lock was made for what the manifest asks for."""
        return self.made_for == asked_for(manifest, provided) and not self.edited


def asked_for(manifest: Manifest, provided: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return all that decides what is in the lock: of the manifest, and what need not be in it."""
    wanted = {
        "requirements": list(manifest.requirements()),
        "constraints": list(manifest.image.constraints),
        "python": manifest.image.python,
        # Who knows of advisories has no say in it.
        "index": manifest.index.model_dump(mode="json", exclude_none=True, exclude={"advisories"}),
    }
    # Without the key where there is nothing to say, a lock of an older launcher stays good.
    return {**wanted, "provided": list(provided)} if provided else wanted


def stamped(text: str, manifest: Manifest, provided: tuple[str, ...] = ()) -> str:
    """Return the resolver's lock with what it was made for, and the digest of it all."""
    whole = f"{text.rstrip()}\n\n{tomlkit.dumps({'tool': {_TOOL: asked_for(manifest, provided)}})}"
    head, table, tail = whole.partition(f"[tool.{_TOOL}]\n")
    return f'{head}{table}{_DIGEST} = "{_digest(whole)}"\n{tail}'


def moves(
    before: Mapping[str, str],
    after: Mapping[str, str],
    askers: Mapping[str, tuple[str, ...]] | None = None,
) -> tuple[Move, ...]:
    """Return what differs between two states (label by name), sorted by name."""
    return tuple(
        Move(name, before.get(name), after.get(name), (askers or {}).get(name, ()))
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    )


def labels(versions: dict[str, str], origins: dict[str, str]) -> dict[str, str]:
    """Return versions with the origin behind those that have one."""
    return {
        name: f"{version} ({origins[name]})".strip() if name in origins else version
        for name, version in versions.items()
    }


def _origin(package: Package) -> str:
    if package.vcs is not None:
        return package.vcs.commit_id[:7]
    return package.archive.hashes.get("sha256", "")[:7] if package.archive is not None else ""


def _digest(text: str) -> str:
    """Return the SHA-256 of a lock without the line that holds it."""
    return hashlib.sha256(_DIGEST_LINE.sub("", text).encode()).hexdigest()
