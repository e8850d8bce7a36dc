"""Files and folders: whole or not at all, and one launcher at a time."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import filecmp
import hashlib
import os
import shutil
import stat
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from launcher.model.errors import Busy, HostUnfit, InputInvalid

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


READABLE = 0o644
PRIVATE = 0o600
"""The modes of files: for all to read, or for their owner alone."""


def read(path: Path) -> str | None:
    """Return the file's text, or None where there is no file.

    Raises:
        InputInvalid: it is not UTF-8.
        HostUnfit: no permission.

    """
    try:
        with translated(path):
            return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        raise InputInvalid(
            f"{path} is not a text in UTF-8", details=str(error), hint="Save it as UTF-8."
        ) from error


def write(path: Path, text: str, mode: int = READABLE) -> None:
    """Replace the file's content in one step: a reader, or a crash, sees the old or the new.

    Raises:
        HostUnfit: no space, or no permission.

    """
    write_all({path: text}, mode)


def make_private(path: Path) -> None:
    """Let only its owner get at a file, or into a folder, which is made where it is missing.

    Raises:
        HostUnfit: no space, or no permission.

    """
    with translated(path):
        if not path.exists():
            path.mkdir(mode=0o700, parents=True)
        path.chmod(0o700 if path.is_dir() else 0o600)


def write_all(texts: Mapping[Path, str], mode: int = READABLE) -> None:
    """Replace the content of several files, in their order, once all of it is on the disk.

    Raises:
        HostUnfit: no space, or no permission; no file was changed.

    """
    ready: dict[Path, Path] = {}
    try:
        for named, text in texts.items():
            with translated(named):
                # A link may lead into somebody's repository, and stays.
                path = named.resolve()
                ready[path] = _written_beside(path, text, mode)
        for path, temporary in ready.items():
            with translated(path):
                move(temporary, path)
    finally:
        for temporary in ready.values():
            temporary.unlink(missing_ok=True)


def _written_beside(path: Path, text: str, mode: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    if mode == READABLE and path.exists():
        # Whoever let fewer read it knows why.
        mode = stat.S_IMODE(path.stat().st_mode)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(mode)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def move(source: Path, target: Path) -> None:
    """Let a file take the place of another, or a folder that of nothing; no power cut undoes it."""
    source.replace(target)
    sync(target.parent)


def sync(path: Path) -> None:
    """Wait until a file, or the list of a folder's files, is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_folder(folder: Path, content: Mapping[str, bytes]) -> None:
    """Make the folder hold these files (relative path → content) and nothing else.

    Raises:
        HostUnfit: no space, or no permission.

    """
    with translated(folder):
        shutil.rmtree(folder, ignore_errors=True)
        for name, data in content.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)


def appear(folder: Path, content: Mapping[str, bytes]) -> None:
    """Put a folder with these files in its place; after a power cut all of it is there, or nothing.

    Raises:
        HostUnfit: no space, or no permission.

    """
    unfinished = folder.with_name(f".{folder.name}")
    write_folder(unfinished, content)
    with translated(folder):
        for name in content:
            sync(unfinished / name)
        sync(unfinished)
        shutil.rmtree(folder, ignore_errors=True)
        move(unfinished, folder)


def copy(source: Path, target: Path) -> None:
    """Copy a file with its mode, if the one there is not the same already.

    Raises:
        HostUnfit: no space, or no permission.

    """
    with translated(target):
        if not target.exists() or not filecmp.cmp(source, target):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)


def read_folder(folder: Path) -> dict[str, bytes]:
    """Return all files below a folder: relative path → content."""
    found = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in found
        if "__pycache__" not in path.parts
    }


def below(folder: Path) -> list[Path]:
    """Return what is in a folder; none is empty. Raises HostUnfit where it can not be looked into.

    A pattern (`Path.glob`) would find nothing in one that is closed.
    """
    try:
        with translated(folder):
            return sorted(folder.iterdir())
    except FileNotFoundError:
        return []


def remove(path: Path) -> None:
    """Remove a file or a folder with all in it; nothing there is fine."""
    with translated(path):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def reserve(path: Path, size: int) -> None:
    """Keep so many bytes of the disk back in a file; raises HostUnfit where they are not there."""
    with translated(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, size)


def changed(path: Path) -> float:
    """Return when a file was written last (seconds since the epoch), 0 where there is none."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0


def free_bytes(path: Path) -> int:
    """Return the free space of the file system that holds `path`, or will hold it."""
    while not path.exists():
        path = path.parent
    return shutil.disk_usage(path).free


def selinux_label(path: Path) -> str:
    """Return the SELinux label of a file or folder, or nothing where it has none."""
    while not path.exists():
        path = path.parent
    try:
        return os.getxattr(path, "security.selinux").decode().rstrip("\0")
    except OSError:
        return ""


@contextlib.contextmanager
def locked(path: Path, purpose: str = "") -> Iterator[None]:
    """Hold the lock of an instance; the kernel gives it back however we end.

    What for may be said in a word, for others to read (`purpose`).

    Raises:
        Busy: another launcher holds it.

    """
    with translated(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+", encoding="utf-8")
    with file:
        _acquire(file.fileno(), path)
        # Where the disk is full, others do not learn who works; that is no reason not to.
        with contextlib.suppress(OSError):
            os.ftruncate(file.fileno(), 0)
            os.write(file.fileno(), f"{os.getpid()} {purpose}".strip().encode())
        yield


def purpose(path: Path) -> str:
    """Return what a lock is held for, or was last; nothing where that was not said."""
    return " ".join((read(path) or "").split()[1:])


def _acquire(descriptor: int, path: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        owner = path.read_text(encoding="utf-8").partition(" ")[0] or "unknown"
        raise Busy(
            f"another pulp-launcher (process {owner}) works on this instance",
            hint="Wait until it has ended, then run the command again.",
        ) from error


@contextlib.contextmanager
def translated(path: Path) -> Iterator[None]:
    """Say in words what the file system refused; that nothing is there is for the caller to tell.

    Raises:
        HostUnfit: no space, no permission, a disk that is broken or gone, a file for a folder.

    """
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            hint = f"Free some space on the file system of {path}, then run the command again."
            raise HostUnfit(f"no space left while writing {path}", hint=hint) from error
        if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
            hint = "Run the command as the user who owns the instance."
            raise HostUnfit(f"{path} can not be used: {error.strerror}", hint=hint) from error
        if error.errno is None:
            raise
        hint = f"See what is at {path}, and whether its disk is well; then run the command again."
        raise HostUnfit(f"{path} can not be used: {error.strerror}", hint=hint) from error


def sha256(path: Path) -> str:
    """Return the digest of a file's content, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
