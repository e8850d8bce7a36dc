"""The space that a switch needs: looked at before it begins, and kept back for the way back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from launcher.host import disk, files, postgres
from launcher.model.errors import EngineFailed, HostUnfit
from launcher.model.space import Need, shortages

if TYPE_CHECKING:
    from launcher.model.space import FileSystem
    from launcher.operations.instance import Instance

RESERVE = 64 * 1024**2
"""Bytes that going back may need: units, what podman keeps of containers, PostgreSQL's log."""

COPIED = 256 * 1024**2
"""Bytes of a database that is copied whole to try migrations (containers/bin/try-migrations)."""

_SHARE = 4
"""A dump has no indexes and is compressed: it takes less than this part of the database."""

_SIZE = "SELECT pg_database_size(current_database())"
_LOG = "SELECT pg_size_bytes(current_setting('max_wal_size'))"
_VOLUME = "/var/lib/pgsql"
_WHERE = "the database's file system"


def check_trial_room(instance: Instance) -> None:
    """Make sure that a copy of the database, whole or of its tables alone, fits beside it.

    Raises:
        HostUnfit: there is no space.
        EngineFailed: the database, or podman, does not say how much is needed.

    """
    size, log, there = _database(instance)
    copy = min(size, COPIED)
    _check(
        [
            Need("a copy to try the migrations on", _WHERE, copy, there),
            Need("its write-ahead log", _WHERE, min(copy, log), there),
        ]
    )


def check_room(instance: Instance) -> None:
    """Make sure that a snapshot of the database fits on the disk, and can be put back from there.

    Raises:
        HostUnfit: there is no space.
        EngineFailed: the database, or podman, does not say how much is needed.

    """
    size, log, there = _database(instance)
    paths, storage = instance.paths, instance.podman.storage()
    state, engine = disk.file_system(paths.snapshots), disk.file_system(storage)
    # Old and new stand side by side in the database until the snapshot is back in full.
    _check(
        [
            Need("a snapshot of the database", str(paths.snapshots), size // _SHARE, state),
            Need("the way back", str(paths.state_dir), RESERVE, state),
            Need("containers", str(storage), RESERVE, engine),
            Need("putting the snapshot back", _WHERE, size, there),
            Need("the write-ahead log", _WHERE, min(size, log), there),
        ]
    )


def keep_room(instance: Instance) -> None:
    """Keep space back, so that a full disk does not stand in the way back; raises HostUnfit."""
    files.reserve(instance.paths.reserve, RESERVE)


def give_room(instance: Instance) -> None:
    """Let the space that was kept back be used."""
    files.remove(instance.paths.reserve)


def _database(instance: Instance) -> tuple[int, int, FileSystem]:
    """Return the size of the database, the most that its log takes, and where both lie."""
    podman, container = instance.podman, instance.names.container("db")
    size, log = (postgres.number(podman, container, sql) for sql in (_SIZE, _LOG))
    said = podman.answer(container, disk.question(Path(_VOLUME)))
    found = disk.answer(said)
    if found is None:
        raise EngineFailed("the free space of the database is not known", details=said)
    return size, log, found


def _check(needs: list[Need]) -> None:
    found = shortages(needs)
    if found:
        raise HostUnfit(
            "there is no space for this switch; nothing was begun",
            details="\n".join(found),
            hint="Free some space there, then run the command again.",
        )
