"""The folder of control groups in which everything of a host runs."""

from __future__ import annotations

import os
from pathlib import Path

from tests.lab.system import poll


def create(folder: Path) -> None:
    folder.mkdir(exist_ok=True)


def remove(folder: Path) -> None:
    """End whatever still runs there, then take the folders away from below."""
    if folder.is_dir():
        (folder / "cgroup.kill").write_text("1")
        poll(lambda: _removed(folder), 10)


def _removed(folder: Path) -> bool:
    for path, _, _ in os.walk(folder, topdown=False):
        try:
            Path(path).rmdir()
        except OSError:
            return False
    return not folder.exists()
