"""What the database, or a program in a container, does not answer is never taken for nothing."""

from __future__ import annotations

import datetime as dt
import subprocess
from typing import TYPE_CHECKING

import pytest

from launcher.host import postgres
from launcher.model.errors import EngineFailed, GateFailed, LauncherError
from launcher.model.migrations import tried
from launcher.operations.database import lost_since, try_migrations
from launcher.operations.desired import desired
from launcher.operations.room import check_room, check_trial_room
from launcher.operations.snapshot import restore_snapshot, take_snapshot
from tests.unit.test_switch import started

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tests.unit.fakes import World

__all__ = ["started"]

MOMENT = dt.datetime(2025, 1, 6, tzinfo=dt.UTC)
QUESTIONS: dict[str, Callable[[World], object]] = {
    "room": lambda world: check_room(world.instance),
    "trial room": lambda world: check_trial_room(world.instance),
    "loss": lambda world: lost_since(world.instance, MOMENT),
    "rows": lambda world: postgres.rows(world.podman, "pulp-db", "SELECT 1"),
}


def saying(world: World, status: int, out: str, err: str = "") -> None:
    def execute(*_: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess([], status, out, err)

    world.podman.execute = execute  # type: ignore[method-assign, assignment]


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_a_database_that_is_away_is_said_to_be(
    started: World, question: Callable[[World], object]
) -> None:
    saying(started, 2, "", "psql: error: connection to server failed")
    with pytest.raises(EngineFailed, match="does not answer") as caught:
        question(started)
    assert caught.value.details == "psql: error: connection to server failed"
    assert caught.value.hint == "See what the database says: pulp-launcher logs db"


@pytest.mark.parametrize("out", ["", "nonsense\n", "1\n2\n", "1\t2\t3\n"])
@pytest.mark.parametrize("name", ["room", "trial room"])
def test_an_answer_that_is_none_is_no_traceback(started: World, name: str, out: str) -> None:
    saying(started, 0, out)
    with pytest.raises(LauncherError):
        QUESTIONS[name](started)


def test_what_is_lost_is_counted(started: World) -> None:
    assert lost_since(started.instance, MOMENT) == {"content units": 3, "tasks": 0}
    saying(started, 0, "tasks\tmany\n")
    with pytest.raises(EngineFailed, match="was not asked for"):
        lost_since(started.instance, MOMENT)


def test_a_trial_that_says_something_else_is_refused(started: World) -> None:
    newest = started.instance.newest()
    assert newest
    assert tried({"updates": []}) is None
    started.podman.trial = {"pending": 3}
    with pytest.raises(GateFailed, match="could not be tried"):
        try_migrations(started.instance, desired(started.instance, newest))


def test_a_trial_sees_content_and_can_not_change_it(started: World) -> None:
    newest = started.instance.newest()
    assert newest
    try_migrations(started.instance, desired(started.instance, newest))
    options = started.podman.runs[-1][1]
    assert "--volume=pulp-pulp:/var/lib/pulp:ro" in options
    assert any(option.startswith("--tmpfs=/var/lib/pulp/tmp:") for option in options)


def test_a_snapshot_is_read_before_it_is_trusted(
    started: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "snapshots" / "1-2-3.dump"
    take_snapshot(started.instance, path)
    assert started.podman.verified == [path]

    def load(container: str, command: Sequence[str], _: Path) -> None:
        raise EngineFailed(f"{command[0]} failed in {container}", details="end of file")

    monkeypatch.setattr(started.podman, "load", load)
    with pytest.raises(EngineFailed, match="pg_restore failed"):
        take_snapshot(started.instance, path)
    assert not path.exists()


def test_a_snapshot_that_can_not_be_put_back_says_why(
    started: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "1-2-3.dump"
    why = "pg_restore: error: could not execute query: No space left on device"
    failed = subprocess.CompletedProcess([], 1, "", f"{why}\n")
    monkeypatch.setattr(started.podman, "run", lambda *_: failed)
    with pytest.raises(EngineFailed, match="could not be put back") as caught:
        restore_snapshot(started.instance, path)
    assert caught.value.details == why
