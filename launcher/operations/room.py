"""The space that a switch needs: looked at before it begins, and kept back for the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from launcher.host import files
from launcher.model.errors import HostUnfit

if TYPE_CHECKING:
    from launcher.operations.instance import Instance

RESERVE = 64 * 1024**2
"""Bytes that going back may need: units, what podman keeps of containers, PostgreSQL's log."""

_SHARE = 4
"""A dump has no indexes and is compressed: it takes less than this part of the database."""

_ASKED = (
    'with-database psql -XqAtc "SELECT pg_database_size(current_database())"; '
    "df --output=avail -B1 /var/lib/pgsql | tail -n 1"
)


def check_room(instance: Instance) -> None:
    """Make sure that a snapshot of the database fits on the disk, and can be put back from there.

    Raises:
        HostUnfit: there is no space.

    """
    container = instance.names.container("db")
    size, free = map(int, instance.podman.execute(container, ["sh", "-euc", _ASKED]).stdout.split())
    snapshots = instance.paths.snapshots
    _check("a snapshot", str(snapshots), size // _SHARE + RESERVE, files.free_bytes(snapshots))
    _check("putting a snapshot back", "the database's file system", size, free)


def keep_room(instance: Instance) -> None:
    """Keep space back, so that a full disk does not stand in the way back; raises HostUnfit."""
    files.reserve(instance.paths.reserve, RESERVE)


def give_room(instance: Instance) -> None:
    """Let the space that was kept back be used."""
    files.remove(instance.paths.reserve)


def _check(what: str, where: str, needed: int, free: int) -> None:
    if free < needed:
        raise HostUnfit(
            f"no space for {what} of the database: {where} has {free / 1024**2:.0f} MB free, "
            f"{needed / 1024**2:.0f} MB are needed; nothing was begun",
            hint="Free some space there, then run the command again.",
        )
