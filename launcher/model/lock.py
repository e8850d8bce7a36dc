"""The lock, `pylock.toml` (PEP 751): every distribution of the image, with version and hashes.

What it was made for stands in its table `[tool.pulp-launcher]`, so that a changed manifest shows.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import tomlkit
from packaging.pylock import Pylock, PylockValidationError

from launcher.model.errors import InputInvalid

if TYPE_CHECKING:
    from pathlib import Path

    from launcher.model.manifest import Manifest

_TOOL = "pulp-launcher"


@dataclass(frozen=True)
class Lock:
    """The lock's text, version by canonical distribution name, and what it was made for."""

    text: str
    versions: dict[str, str]
    made_for: dict[str, Any]

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
                hint="Make it anew from the manifest: pulp-launcher lock",
            ) from error
        versions = {str(item.name): str(item.version) for item in content.packages}
        return cls(text, versions, (content.tool or {}).get(_TOOL, {}))

    def fits(self, manifest: Manifest) -> bool:
        """Tell whether the lock was made for what the manifest asks for."""
        return self.made_for == asked_for(manifest)


def asked_for(manifest: Manifest) -> dict[str, Any]:
    """Return all of the manifest that decides what is in the lock."""
    return {"requirements": list(manifest.requirements()), "python": manifest.image.python}


def stamped(text: str, manifest: Manifest) -> str:
    """Return the resolver's lock with what it was made for."""
    return f"{text.rstrip()}\n\n{tomlkit.dumps({'tool': {_TOOL: asked_for(manifest)}})}"
