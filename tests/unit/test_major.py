"""An image with another PostgreSQL never comes at the data; and data without a generation.

The kinds of fault: what is known early is found out when it is too late to stay as one was; data
that were there before are treated as if they were new.
"""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from launcher.model.errors import GateFailed, HostUnfit
from launcher.operations.destroy import destroy
from launcher.operations.major import majors
from launcher.operations.plan import plan
from launcher.operations.rebuild import rebuild
from launcher.operations.start import start
from launcher.operations.status import status
from launcher.operations.stop import stop
from tests.unit.fakes import NO_MIGRATIONS
from tests.unit.test_switch import ONLINE, started

if TYPE_CHECKING:
    from tests.unit.fakes import World

__all__ = ["started"]


def brings(world: World, major: str) -> None:
    said = {"problems": [], "postgresql": major}
    world.podman.proof = subprocess.CompletedProcess([], 0, f"{json.dumps(said)}\n", "")


@pytest.fixture
def data(started: World) -> World:
    """Have data of PostgreSQL 17 in the volume."""
    started.podman.volume_labels["pulp-database"] = dict(started.instance.names.labels)
    started.podman.majors = "17\n"
    return started


def test_another_postgresql_is_refused_right_after_the_build(data: World) -> None:
    brings(data, "18")
    before, up = data.files(), data.up
    with pytest.raises(
        GateFailed, match=r"PostgreSQL 18, and the data are of PostgreSQL 17"
    ) as caught:
        rebuild(data.instance)
    assert "docs/how-to/another-postgresql.md" in caught.value.hint
    assert data.up == up
    assert len(data.instance.generations()) == 1
    assert "image-2" not in data.podman.present, "it was thrown away"
    assert {path for path, text in data.files().items() if before.get(path) != text} <= {
        path for path in data.files() if path.endswith(("pylock.toml", "uv"))
    }
    assert start(data.instance).restarted == ()


def test_the_same_or_none_yet_is_built_and_kept(data: World) -> None:
    brings(data, "17")
    assert rebuild(data.instance).generation.postgresql == "17"
    data.podman.majors = ""
    brings(data, "18")
    assert rebuild(data.instance, force=True).generation.postgresql == "18"


def test_data_that_came_later_stop_a_switch_before_it_begins(data: World) -> None:
    brings(data, "18")
    data.podman.majors = ""
    rebuild(data.instance, switching=False)
    data.podman.majors = "17\n"
    up = data.up
    with pytest.raises(HostUnfit, match="nothing was begun"):
        start(data.instance)
    assert data.up == up
    assert data.instance.journal() is None
    stop(data.instance)
    with pytest.raises(HostUnfit, match="nothing was begun"):
        start(data.instance)


def test_what_can_not_be_looked_at_is_not_taken_for_nothing(
    data: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = subprocess.CompletedProcess([], 125, "", "Error: no such image\n")
    monkeypatch.setattr(data.podman, "run", lambda *_: failed)
    with pytest.raises(HostUnfit, match="nobody can look into pulp-database"):
        majors(data.instance, data.instance.config(), "image")


def test_a_plan_says_what_a_new_base_leaves_open(data: World) -> None:
    data.podman.names["docker.io/library/debian:trixie-slim"] = "base-2"
    assert any("PostgreSQL of the data" in note for note in plan(data.instance).notes)


def test_data_of_before_are_migrated_with_trial_and_snapshot(data: World) -> None:
    destroy(data.instance, purge=False)
    rebuild(data.instance)
    data.podman.trial = dict(ONLINE)
    start(data.instance)
    assert len(data.podman.dumps) == 1
    assert status(data.instance).healthy
    since = len(data.podman.dumps)
    stop(data.instance)
    start(data.instance)
    assert len(data.podman.dumps) == since, "it has its generation now"


@pytest.mark.parametrize("problem", ["relation exists", ""], ids=["on the copy", "on the database"])
def test_migrations_of_data_of_before_that_fail_leave_them(data: World, problem: str) -> None:
    destroy(data.instance, purge=False)
    rebuild(data.instance)
    data.podman.trial = {**ONLINE, "problem": problem}
    if not problem:
        data.systemd.broken.add(data.service("migrate"))
    with pytest.raises(GateFailed, match=r"was not touched|as it was before"):
        start(data.instance)
    assert len(data.podman.loaded) == (0 if problem else 1)
    assert data.instance.current() is None
    assert data.service("migrate") not in data.systemd.running
    data.systemd.broken.clear()
    data.podman.trial = dict(NO_MIGRATIONS)
    start(data.instance)
    assert status(data.instance).healthy
