"""The build context: the static files of `containers/`, the lock, and what the plugins need."""

from __future__ import annotations

from typing import TYPE_CHECKING

import tomlkit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from launcher.model.wheel import Wheel

LOCK = "pylock.toml"
PACKAGES = "plugin-packages.txt"
PROVIDED = "provided.txt"
CERTIFICATES = "ca-bundle.crt"
UPDATES = "debian-updates.txt"
"""What the archive of the distribution has had; where it differs, Debian is installed anew."""
WHEELS = "wheels"
"""The folder of the context with the wheels; they are not among the files of `context`."""


def context(
    static: Mapping[str, bytes],
    wheels: Iterable[Wheel],
    packages: Iterable[str],
    ca_bundle: bytes,
    provided: Mapping[str, str],
    *,
    updates: str = "",
) -> dict[str, bytes]:
    """Return the content by path of the folder that is handed to the build.

    `provided` are distributions that a Debian package brings, and that package; `updates` is the
    list of what Debian has newer.
    """
    # The page for people is no input of the build.
    inputs = {path: content for path, content in static.items() if not path.endswith(".md")}
    return {
        **inputs,
        LOCK: lock_of(wheels).encode(),
        PACKAGES: _lines(set(packages)),
        PROVIDED: _lines(f"{name} {package}" for name, package in provided.items()),
        CERTIFICATES: ca_bundle,
        UPDATES: updates.encode(),
    }


def _lines(items: Iterable[str]) -> bytes:
    return "".join(f"{item}\n" for item in sorted(items)).encode()


def lock_of(wheels: Iterable[Wheel]) -> str:
    """Return a lock (PEP 751) of wheels that lie beside it: it needs no index."""
    packages = [
        {
            "name": wheel.name,
            "version": wheel.version,
            "archive": {"path": f"{WHEELS}/{wheel.filename}", "hashes": {"sha256": wheel.sha256}},
        }
        for wheel in wheels
    ]
    head = {"lock-version": "1.0", "created-by": "pulp-launcher"}
    return tomlkit.dumps({**head, "packages": packages})
