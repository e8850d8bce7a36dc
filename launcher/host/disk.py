"""File systems: which one a folder is on, and how much of it is free."""

from __future__ import annotations

from typing import TYPE_CHECKING

from launcher.host import process
from launcher.model.errors import HostUnfit
from launcher.model.space import FileSystem

if TYPE_CHECKING:
    from pathlib import Path

_ASKED = 'stat --format=%d -- "$1" && df --block-size=1 --output=avail,source -- "$1" | tail -n 1'


def file_system(path: Path) -> FileSystem:
    """Return the file system that holds `path`, or will hold it; raises HostUnfit."""
    while not path.exists():
        path = path.parent
    done = process.run(question(path), check=False)
    found = None if done.returncode else answer(done.stdout)
    if found is None:
        raise HostUnfit(f"the free space of {path} is not known", details=done.stderr.strip())
    return found


def question(path: Path) -> list[str]:
    """Return the command that tells of a folder's file system, on the host or in a container."""
    return ["sh", "-euc", _ASKED, "sh", str(path)]


def answer(said: str) -> FileSystem | None:
    """Return what that command said, or None where that makes no sense.

    A disk's own name is the same for each folder of it; the number of the device is not, where the
    file system gives each of its volumes one (btrfs).
    """
    words = said.split(maxsplit=2)
    if len(words) != 3 or not (words[0].isdigit() and words[1].isdigit()):  # noqa: PLR2004
        return None
    device, free, source = words
    return FileSystem(source.strip() if source.startswith("/dev/") else device, int(free))
