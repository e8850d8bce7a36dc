"""Rows in the database of processes that were killed: only of those that can not live any more."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from launcher.model.processes import ended
from launcher.operations.processes import forget_ended
from launcher.operations.rebuild import rebuild
from launcher.operations.start import start
from launcher.operations.stop import stop
from tests.unit.test_switch import GUARDED, started

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.unit.fakes import World

__all__ = ["started"]


@pytest.mark.parametrize(
    ("hosts", "running", "found"),
    [
        (["pulp-api-1", "pulp-worker-1-2"], [], ("pulp-api-1", "pulp-worker-1-2")),
        (["pulp-api-1", "pulp-api-2"], ["pulp-api-2"], ("pulp-api-1",)),
        # Somebody else's, on another host or of another instance.
        (["pulp.example.com", "pulp-api", "pulp-x-api-1", "my-pulp-api-1", ""], [], ()),
        (["pulp-db", "pulp-web", "pulp-api-1x", "pulp-apix-1"], [], ()),
        (["pulp-api-1'; DROP TABLE x; --"], [], ()),
    ],
)
def test_only_containers_of_ours_that_ended(
    hosts: list[str], running: list[str], found: tuple[str, ...]
) -> None:
    assert ended(hosts, "pulp", running) == found


class Rows:
    """A database with the rows of some processes."""

    def __init__(self, world: World, *hosts: str) -> None:
        self.hosts, self.updates, self.world = hosts, list[str](), world
        self.before: list[list[str]] = []
        self._execute = world.podman.execute
        world.podman.execute = self.execute  # type: ignore[method-assign]

    def execute(self, container: str, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        sql = command[-1]
        said = ""
        if "last_heartbeat" in sql and "information_schema" in sql:
            said = "core_appstatus\ncore_worker\n"
        elif "SELECT DISTINCT split_part" in sql:
            said = "".join(f"{host}\n" for host in self.hosts)
        elif sql.startswith("UPDATE core_"):
            self.updates.append(sql)
            self.before.append([unit for verb, units in self.world.systemd.acts for unit in units])
        else:
            return self._execute(container, command)
        return subprocess.CompletedProcess([], 0, said, "")


def test_what_lives_is_left_alone(started: World) -> None:
    rows = Rows(started, "pulp-api-1", "pulp-worker-1-1")
    assert forget_ended(started.instance) == ()
    assert rows.updates == []


def test_before_a_guarded_migration_the_killed_are_known(started: World) -> None:
    """The old generation has just ended; what was killed of it left its rows."""
    rows = Rows(started, "pulp-api-1", "pulp-worker-1-1", "pulp-api-2", "elsewhere")
    started.podman.trial = dict(GUARDED)
    rebuild(started.instance)
    assert [sql.split()[1] for sql in rows.updates] == ["core_appstatus", "core_worker"]
    for sql in rows.updates:
        assert "'pulp-api-1', 'pulp-api-2', 'pulp-worker-1-1'" in sql
        assert "elsewhere" not in sql


def test_a_start_after_a_power_cut_forgets_too(started: World) -> None:
    stop(started.instance)
    rows = Rows(started, "pulp-worker-1-9")
    start(started.instance)
    assert rows.updates
    rows.updates.clear()
    start(started.instance)
    assert rows.updates == [], "nothing is asked where nothing has to migrate"
