"""The guard ends a switch whose launcher did not, and is in nobody's way."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from launcher.cli.app import app
from launcher.cli.session import Session
from launcher.host import files, process
from launcher.model.errors import Busy, HostUnfit, Interrupted, SwitchFailed
from launcher.operations.change_plugins import add_plugins
from launcher.operations.changing import FINISHING
from launcher.operations.destroy import destroy
from launcher.operations.rebuild import rebuild
from launcher.operations.resume import Resumed, resume
from launcher.operations.start import start
from launcher.operations.status import status
from launcher.operations.stop import stop
from tests.unit.fakes import NO_MIGRATIONS, Journalled, Killed

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.fakes import World

GUARD = "pulp-resume.service"
GUARDED = {**NO_MIGRATIONS, "pending": ["deb.0001_initial"], "guards": [["core", "99.0"]]}


@pytest.fixture
def started(world: World) -> World:
    """Have a generation that serves, and a next one that can not be there beside it."""
    add_plugins(world.instance, ["rpm"])
    rebuild(world.instance)
    start(world.instance)
    add_plugins(world.instance, ["deb"])
    world.podman.trial = dict(GUARDED)
    return world


@pytest.fixture
def killed(started: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """Have a switch whose launcher was killed when nobody served."""
    assert Journalled(started, "migrate", monkeypatch).run(lambda: rebuild(started.instance))
    return started


@pytest.fixture
def told(started: World, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Have hooks, and return the events and messages that they are told."""
    for event in ("success", "failure"):
        started.configure(f"{event} = []", f'{event} = ["tell"]')
    found: list[tuple[str, str]] = []

    def tell(_: float, __: object, env: dict[str, str]) -> None:
        found.append((env["PULP_LAUNCHER_EVENT"], env["PULP_LAUNCHER_MESSAGE"]))

    monkeypatch.setattr(process, "run_within", tell)
    return found


def while_waiting(monkeypatch: pytest.MonkeyPatch, *events: Callable[[], Any]) -> None:
    """Let these happen, one each time that somebody waits."""
    coming = iter(events)
    monkeypatch.setattr(time, "sleep", lambda _: next(coming)())


def assert_serves(world: World, number: int) -> None:
    assert world.instance.journal() is None
    found = status(world.instance)
    assert found.healthy, found.lacks
    assert found.generation == number


def test_it_is_there_before_anything_ends(started: World) -> None:
    since = len(started.systemd.acts)
    rebuild(started.instance)
    verbs = [verb for verb, _ in started.systemd.acts[since:]]
    assert verbs.index("launch") < verbs.index("stop")
    assert GUARD in started.systemd.enabled


def test_an_instance_of_an_older_launcher_gets_it_with_the_next_switch(started: World) -> None:
    files.remove(started.instance.paths.unit_dir / GUARD)
    started.systemd.loaded.pop(GUARD)
    started.systemd.enabled.remove(GUARD)
    rebuild(started.instance)
    assert ("launch", (GUARD,)) in started.systemd.acts
    assert GUARD in started.systemd.enabled


def test_it_ends_the_switch_and_tells_of_it(killed: World, told: list[tuple[str, str]]) -> None:
    done = resume(killed.instance)
    assert done.finished
    assert done.finished.generation == 2
    assert_serves(killed, 2)
    assert told == [("success", "generation 2 serves")]


def test_it_goes_on_going_back_and_tells_why(
    started: World, monkeypatch: pytest.MonkeyPatch, told: list[tuple[str, str]]
) -> None:
    started.systemd.broken.add(started.service("api", 2))
    with monkeypatch.context() as context:
        context.setattr(started.podman, "load", fail(Killed()))
        with pytest.raises(Killed):
            rebuild(started.instance)
    with pytest.raises(SwitchFailed) as caught:
        resume(started.instance)
    assert "did not start. Generation 1 serves again" in caught.value.message
    assert_serves(started, 1)
    assert told == [("failure", caught.value.message)]
    assert resume(started.instance) == Resumed(None)


def fail(error: BaseException) -> Callable[..., None]:
    def raising(*_: object, **__: object) -> None:
        raise error

    return raising


def test_what_another_command_ends_is_told_once(killed: World, told: list[tuple[str, str]]) -> None:
    add_plugins(killed.instance, ["python"])
    assert told == [("success", "generation 2 serves")]


@pytest.mark.parametrize("command", [start, lambda instance: add_plugins(instance, ["python"])])
def test_a_failure_is_told_once_whatever_the_command(
    killed: World, told: list[tuple[str, str]], command: Callable[[Any], object]
) -> None:
    killed.systemd.broken.add(killed.service("api", 2))
    with pytest.raises(SwitchFailed):
        command(killed.instance)
    assert [event for event, _ in told] == ["failure"]
    command(killed.instance)
    assert_serves(killed, 1)


def test_where_nothing_was_interrupted_nothing_is_done(started: World) -> None:
    before, acts = started.files(), len(started.systemd.acts)
    assert resume(started.instance) == Resumed(None)
    assert started.files() == before
    assert len(started.systemd.acts) == acts


def test_it_leaves_a_switch_to_the_launcher_that_is_at_it(
    killed: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal, mutex = killed.instance.paths.journal, killed.instance.paths.mutex
    while_waiting(monkeypatch, lambda: None, lambda: files.remove(journal))
    with files.locked(mutex):
        assert resume(killed.instance) == Resumed(None)


def test_it_goes_on_as_soon_as_that_launcher_is_no_more(
    killed: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with contextlib.ExitStack() as other:
        other.enter_context(files.locked(killed.instance.paths.mutex))
        while_waiting(monkeypatch, lambda: None, other.close)
        assert resume(killed.instance).finished
    assert_serves(killed, 2)


def test_others_wait_while_it_works(killed: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with contextlib.ExitStack() as other:
        other.enter_context(files.locked(killed.instance.paths.mutex, FINISHING))
        while_waiting(monkeypatch, lambda: None, other.close)
        add_plugins(killed.instance, ["python"])
    assert "Waiting until the interrupted switch is finished" in killed.reporter.steps


def test_others_do_not_wait_for_who_came_after_it(
    killed: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    mutex = killed.instance.paths.mutex
    with contextlib.ExitStack() as other:
        other.enter_context(files.locked(mutex, FINISHING))

        def another_takes_over() -> None:
            other.close()
            other.enter_context(files.locked(mutex))

        while_waiting(monkeypatch, another_takes_over)
        with pytest.raises(Busy):
            add_plugins(killed.instance, ["python"])


@pytest.mark.parametrize("step", ["snapshot", "migrate", "front", "drain"])
def test_after_an_interruption_it_goes_on_and_that_is_said(
    started: World, monkeypatch: pytest.MonkeyPatch, told: list[tuple[str, str]], step: str
) -> None:
    interrupted = Journalled(started, step, monkeypatch, KeyboardInterrupt)
    with pytest.raises(Interrupted, match="from generation 1 to 2 goes on") as caught:
        interrupted.run(lambda: rebuild(started.instance))
    assert f"journalctl --user --follow --unit {GUARD}" in caught.value.hint
    assert not told
    resume(started.instance)
    assert_serves(started, 2)


def test_status_says_who_is_at_it(killed: World) -> None:
    mutex = killed.instance.paths.mutex
    what = "the switch from generation 1 to 2"
    assert status(killed.instance).pending == (f"{what} did not end: run pulp-launcher start",)
    killed.systemd.running[GUARD] = ""
    with files.locked(mutex):
        assert status(killed.instance).pending == (f"{what} is under way",)
    with files.locked(mutex, FINISHING):
        (said,) = status(killed.instance).pending
    assert said.startswith(f"{what} was interrupted and is being finished: journalctl --user")


def test_destroying_does_not_finish_first(killed: World) -> None:
    since = len(killed.systemd.acts)
    destroy(killed.instance, purge=False)
    verb, units = next(act for act in killed.systemd.acts[since:] if act[0] != "reload")
    assert verb == "stop"
    assert GUARD in units
    assert not killed.up
    assert not list(killed.instance.paths.unit_dir.iterdir())


def test_what_was_stopped_is_not_started_by_it(killed: World) -> None:
    stop(killed.instance)
    assert resume(killed.instance) == Resumed(None)
    assert not killed.up


def test_a_full_disk_is_gone_on_from(killed: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as context:
        context.setattr(files, "write", fail(HostUnfit("no space left")))
        with pytest.raises(HostUnfit):
            resume(killed.instance)
    resume(killed.instance)
    assert_serves(killed, 2)


def test_the_command_says_what_became_of_it(killed: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Session, "instance", killed.instance)
    said = [CliRunner().invoke(app, ["resume"]).stdout for _ in range(2)]
    assert "(generation 2)" in said[0]
    assert said[1] == "No switch is to be finished.\n"
