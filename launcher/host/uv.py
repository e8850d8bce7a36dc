"""The resolver: uv, for the image's Python and platform and not for this host's."""

from __future__ import annotations

import os
import platform
import re
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from launcher.host import process
from launcher.model.errors import IndexUnreachable, LauncherError, ResolutionFailed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from launcher.model.manifest import Index

TIME_LIMIT = 300
"""Seconds that one resolution may take."""

_LOCK = "pylock.toml"
_NOT_FOUND = re.compile(r"([A-Za-z0-9._-]+) was not found in the package registry")
_UNREACHABLE = ("Failed to fetch", "error sending request", "Could not connect", "Request failed")


class UnknownDistribution(ResolutionFailed):
    """The index does not have a distribution of that name."""

    def __init__(self, name: str, details: str) -> None:
        super().__init__(f"the package index has no '{name}'", details=details)
        self.name = name


@dataclass(frozen=True)
class Uv:
    """uv with its cache in `cache`."""

    cache: Path

    @property
    def program(self) -> Path:
        """The uv that came with the launcher; it also installs in the image's build."""
        import uv  # noqa: PLC0415

        return Path(uv.find_uv_bin())

    def compile(
        self, requirements: Iterable[str], pins: str | None, python: str, index: Index
    ) -> str:
        """Return a `pylock.toml` for the requirements; what `pins` (an old one) holds stays.

        Raises:
            UnknownDistribution: a name that the index does not have.
            ResolutionFailed: no set of versions fits.
            IndexUnreachable: the index did not answer.

        """
        # A folder of its own: uv takes settings from the current one, and writes in place.
        with tempfile.TemporaryDirectory() as folder:
            lock = Path(folder, _LOCK)
            if pins is not None:
                lock.write_text(pins, encoding="utf-8")
            try:
                process.run(
                    [str(self.program), *_arguments(python, index)],
                    stdin="\n".join(requirements),
                    env={"UV_CACHE_DIR": str(self.cache / "uv")},
                    cwd=Path(folder),
                    timeout=TIME_LIMIT,
                )
            except process.ProgramFailed as error:
                raise _explained(error) from error
            return lock.read_text(encoding="utf-8")


def _arguments(python: str, index: Index) -> list[str]:
    arguments = ["pip", "compile", "-", "--format", "pylock.toml", "--output-file", _LOCK]
    arguments += ["--python-version", python, "--python-platform", image_platform()]
    arguments += ["--python", sys.executable, "--no-python-downloads"]
    arguments += ["--no-header", "--no-annotate", "--color", "never", "--no-progress"]
    if index.url:
        arguments += ["--default-index", index.url]
    for extra in index.extra:
        arguments += ["--index", extra]
    return arguments


def image_platform() -> str:
    """Return uv's name of the image's platform: this machine's processor, Debian 13's glibc."""
    machine = "aarch64" if platform.machine() in {"aarch64", "arm64"} else "x86_64"
    return f"{machine}-manylinux_2_40"


def _explained(error: process.ProgramFailed) -> LauncherError:
    text = error.details.replace("error: ", "", 1)
    if any(sign in text for sign in _UNREACHABLE) or error.status == -1:
        proxy = os.environ.get("HTTPS_PROXY") or os.environ.get("https_proxy") or "none is set"
        return IndexUnreachable(
            "the package index does not answer",
            details=text,
            hint=f"Check the network, HTTPS_PROXY ({proxy}) and [index] in plugins.toml.",
        )
    unknown = _NOT_FOUND.search(text)
    if unknown:
        return UnknownDistribution(unknown[1], text)
    return ResolutionFailed(
        "no set of versions satisfies the manifest",
        details=text,
        hint="Widen or drop one of the ranges that are named above.",
    )
