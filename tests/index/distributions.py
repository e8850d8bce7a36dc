"""Distributions made in memory: wheels and source archives that hold what a test wants."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
import zipfile
from dataclasses import dataclass
from functools import cache

from packaging.utils import canonicalize_name

ANY = "py3-none-any"
_EPOCH = (1980, 1, 1, 0, 0, 0)

_BACKEND = """
import os
import shutil
from pathlib import Path

def build_wheel(folder, config_settings=None, metadata_directory=None):
    (made,) = Path(__file__).parent.glob("*.whl")
    shutil.copy(made, folder)
    with open(os.environ.get("BUILDS", os.devnull), "a") as log:
        log.write(made.name + "\\n")
    return made.name
"""
"""Gives out the wheel that lies beside it; the file BUILDS tells how many times."""

_BROKEN = """
def build_wheel(folder, config_settings=None, metadata_directory=None):
    raise SystemExit("error: command 'gcc' failed: No such file or directory")
"""


@dataclass(frozen=True)
class Release:
    """One release of a distribution; `plugin` gives it the entry point of a Pulp plugin.

    `extras` are the requirements of each extra. `tag` is that of its wheel.
    """

    name: str
    version: str
    requires: tuple[str, ...] = ()
    plugin: bool = True
    tag: str = ANY
    python: str = ">=3.11"
    extras: tuple[tuple[str, str], ...] = ()
    note: str = ""

    @property
    def stem(self) -> str:
        return f"{canonicalize_name(self.name).replace('-', '_')}-{self.version}"

    @property
    def wheel_name(self) -> str:
        return f"{self.stem}-{self.tag}.whl"

    @property
    def sdist_name(self) -> str:
        return f"{self.stem}.tar.gz"

    @property
    def metadata(self) -> str:
        lines = ["Metadata-Version: 2.2", f"Name: {self.name}", f"Version: {self.version}"]
        lines += [f"Requires-Python: {self.python}"]
        lines += [f"Requires-Dist: {item}" for item in self.requires]
        for extra, item in self.extras:
            lines += [f"Provides-Extra: {extra}", f"Requires-Dist: {item}; extra == '{extra}'"]
        return "\n".join([*lines, ""])

    @cache  # noqa: B019 - releases are few, and most are those of every test
    def wheel(self) -> bytes:
        module = canonicalize_name(self.name).replace("-", "_")
        info = f"{self.stem}.dist-info"
        content = {
            f"{module}/__init__.py": f"# {self.note}\n",
            f"{info}/METADATA": self.metadata,
            f"{info}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {self.tag}\n",
        }
        if self.plugin:
            entry = f"[pulpcore.plugin]\n{module} = {module}:default_app_config\n"
            content[f"{info}/entry_points.txt"] = entry
        content[f"{info}/RECORD"] = "".join(f"{name},,\n" for name in (*content, f"{info}/RECORD"))
        return _zip(content)

    def project(self, *, needs: tuple[str, ...] = (), broken: bool = False) -> dict[str, bytes]:
        """Return the files of a source tree that builds the wheel with a backend of its own."""
        pyproject = (
            f"[build-system]\nrequires = {list(needs)}\n"
            'build-backend = "backend"\nbackend-path = ["."]\n'
            f'[project]\nname = "{self.name}"\nversion = "{self.version}"\n'
            f'requires-python = "{self.python}"\ndependencies = {list(self.requires)}\n'
        )
        return {
            "pyproject.toml": pyproject.encode(),
            "PKG-INFO": self.metadata.encode(),
            "backend.py": (_BROKEN if broken else _BACKEND).encode(),
            self.wheel_name: self.wheel(),
        }

    def sdist(self, *, needs: tuple[str, ...] = (), broken: bool = False) -> bytes:
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w") as tar:
            for name, data in self.project(needs=needs, broken=broken).items():
                member = tarfile.TarInfo(f"{self.stem}/{name}")
                member.size = len(data)
                tar.addfile(member, io.BytesIO(data))
        return gzip.compress(archive.getvalue(), mtime=0)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _zip(content: dict[str, str]) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        for name, text in content.items():
            file.writestr(zipfile.ZipInfo(name, _EPOCH), text)
    return archive.getvalue()
