"""An archive of Debian packages with one small package in it, served by this machine to a host."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import subprocess
import threading
from dataclasses import dataclass
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PACKAGE = "pulp-trial"
_CONTROL = """\
Package: {name}
Version: {version}
Architecture: all
Maintainer: Kim <kim@example.com>
Description: nothing at all
"""


@dataclass(frozen=True)
class Archive:
    """A folder that apt understands, and the address where it is served."""

    folder: Path
    address: str

    @property
    def source(self) -> str:
        """The line for apt's list of sources."""
        return f"deb [trusted=yes] {self.address} ./"

    def publish(self, version: str) -> None:
        """Have the package in this version, and say that it comes from a security archive."""
        file, control = self._built(version)
        content = file.read_bytes()
        index = (
            f"{control}Filename: ./{file.name}\nSize: {len(content)}\nSHA256: {_sha256(content)}\n"
        ).encode()
        release = (
            "Origin: Trial\nLabel: Trial-Security\nSuite: stable-security\n"
            f"SHA256:\n {_sha256(index)} {len(index)} Packages\n"
        )
        (self.folder / "Packages").write_bytes(index)
        (self.folder / "Release").write_text(release, "utf-8")

    def _built(self, version: str) -> tuple[Path, str]:
        control = _CONTROL.format(name=PACKAGE, version=version)
        tree, file = self.folder / version, self.folder / f"{PACKAGE}_{version}_all.deb"
        (tree / "DEBIAN").mkdir(parents=True)
        (tree / "DEBIAN" / "control").write_text(control, "utf-8")
        build = ["dpkg-deb", "--build", "--root-owner-group", str(tree), str(file)]
        subprocess.run(build, check=True, capture_output=True)
        return file, control


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@contextlib.contextmanager
def served(folder: Path, address: str) -> Iterator[Archive]:
    """Serve an archive at an address of this machine, on a free port."""
    handler = functools.partial(_Silent, directory=str(folder))
    with ThreadingHTTPServer((address, 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield Archive(folder, f"http://{address}:{server.server_port}/")
        finally:
            server.shutdown()
            thread.join()


class _Silent(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass
