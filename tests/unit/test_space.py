"""The space that a switch needs, summed up for each file system that it comes to lie on.

The kind of fault: two needs that are looked at apart, and share a disk.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as some

from launcher.host import disk
from launcher.model.errors import HostUnfit
from launcher.model.space import MIB, FileSystem, Need, shortages
from launcher.operations.rebuild import rebuild
from tests.unit.fakes import NO_MIGRATIONS, WAL, World
from tests.unit.test_switch import ONLINE, started

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["started"]

GIB = 1024**3


def need(size: int, on: FileSystem, what: str = "it") -> Need:
    return Need(what, f"/srv/{on.identity}", size, on)


def test_needs_on_one_disk_are_summed_up() -> None:
    shared = FileSystem("sda", 10 * GIB + 1)
    snapshot, back = need(GIB, shared, "a snapshot"), need(10 * GIB, shared, "the way back")
    assert shortages([snapshot]) == shortages([back]) == ()
    (said,) = shortages([snapshot, back])
    assert said == (
        "/srv/sda: 10240 MB are free, 11264 MB are needed "
        "(1024 for a snapshot, 10240 for the way back)"
    )


def test_disks_apart_are_looked_at_apart() -> None:
    one, other = FileSystem("sda", GIB), FileSystem("sdb", GIB)
    assert shortages([need(GIB, one), need(GIB, other)]) == ()
    assert len(shortages([need(GIB + 1, one), need(GIB + 1, other)])) == 2


@given(some.lists(some.integers(0, 4 * MIB), min_size=1), some.integers(0, 20 * MIB))
def test_what_fits_is_never_refused_and_what_does_not_always(sizes: list[int], free: int) -> None:
    on = FileSystem("sda", free)
    assert bool(shortages([need(size, on) for size in sizes])) is (sum(sizes) > free)


def test_numbers_never_read_as_if_there_were_enough() -> None:
    (said,) = shortages([need(MIB + 1, FileSystem("sda", MIB))])
    free, needed = map(int, re.findall(r"(\d+) MB", said))
    assert free < needed


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("64768\n 1024 /dev/vda1\n", FileSystem("/dev/vda1", 1024)),
        ("52\n 1024 /dev/vda1\n", FileSystem("/dev/vda1", 1024)),
        ("52\n 1024 tmpfs\n", FileSystem("52", 1024)),
        ("52\n 1024 server:/a path\n", FileSystem("52", 1024)),
        ("", None),
        ("52\n- /dev/vda1\n", None),
        ("df: /nowhere: No such file or directory\n", None),
    ],
)
def test_what_the_host_says_of_a_disk(said: str, found: FileSystem | None) -> None:
    assert disk.answer(said) == found


@pytest.mark.parametrize(
    ("free", "fits"),
    [(10 * GIB + 1, False), (10 * GIB + 10 * GIB // 4 + WAL, False), (13 * GIB + WAL, True)],
)
def test_a_switch_on_one_disk_needs_all_of_it_at_once(
    started: World, free: int, *, fits: bool
) -> None:
    """10 GB of database with 10 GB and a byte free passed once."""
    started.podman.trial = dict(ONLINE)
    rebuild(started.instance, switching=False)
    started.database, started.free = 10 * GIB, free
    if fits:
        rebuild(started.instance)
        return
    before = started.up
    with pytest.raises(HostUnfit, match="nothing was begun") as caught:
        rebuild(started.instance)
    assert len(caught.value.details.splitlines()) == 1
    assert started.up == before
    assert not started.podman.dumps


def test_a_switch_without_migrations_needs_no_room_for_them(started: World) -> None:
    started.podman.trial = dict(NO_MIGRATIONS)
    rebuild(started.instance, switching=False)
    started.database, started.free = 10 * GIB, GIB
    assert rebuild(started.instance).switched


def test_the_disk_of_this_machine_is_known(real_programs: None, tmp_path: Path) -> None:
    del real_programs
    here = disk.file_system(tmp_path / "not" / "yet")
    assert here.free > 0
    assert here.identity == disk.file_system(tmp_path).identity
