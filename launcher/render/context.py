"""The build context: the static files of `containers/` with the lock and the plugins' packages."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LOCK = "pylock.toml"
PACKAGES = "plugin-packages.txt"


def context(static: Mapping[str, bytes], lock: str, packages: Iterable[str]) -> dict[str, bytes]:
    """Return the content by path of the folder that is handed to the build."""
    listed = "".join(f"{name}\n" for name in sorted(set(packages)))
    return {**static, LOCK: lock.encode(), PACKAGES: listed.encode()}
