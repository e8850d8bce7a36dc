"""Nothing is called healthy whose lists, downloads or secrets fail, whatever its status says."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from launcher.host import package
from launcher.model.errors import GateFailed, SwitchFailed
from launcher.operations.change_plugins import add_plugins
from launcher.operations.rebuild import rebuild
from launcher.operations.start import start
from launcher.operations.status import status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.unit.fakes import World

LIST = "the API's list of tasks answers 500 (KeyError: 'python.python')"
FILE = {"path": "/pulp/content/a/b", "there": True}


@pytest.fixture
def started(world: World) -> World:
    add_plugins(world.instance, ["rpm"])
    rebuild(world.instance)
    start(world.instance)
    return world


def test_a_list_that_fails(started: World) -> None:
    assert status(started.instance).healthy
    started.probed["problems"] = [LIST]
    assert status(started.instance).lacks == (LIST,)
    with pytest.raises(GateFailed) as caught:
        start(started.instance)
    assert LIST in caught.value.details


def test_a_download_that_fails(started: World) -> None:
    started.probed["downloads"] = [FILE]
    assert status(started.instance).healthy
    started.statuses[str(FILE["path"])] = 500
    assert status(started.instance).lacks == ("a download of /pulp/content/a/b answers 500",)


def test_a_switch_goes_back(started: World) -> None:
    started.probed = {"problems": [], "downloads": [FILE]}
    started.statuses[str(FILE["path"])] = 404
    add_plugins(started.instance, ["deb"])
    with pytest.raises(SwitchFailed) as caught:
        rebuild(started.instance)
    assert "answers 404" in caught.value.details
    current = started.instance.current()
    assert current
    assert current.number == 1


def test_one_that_is_not_up_is_not_asked(started: World, monkeypatch: pytest.MonkeyPatch) -> None:
    started.systemd.running.pop(started.service("worker", 1, 1))
    monkeypatch.setattr(started, "probed", None)
    assert not status(started.instance).healthy


def test_an_image_of_before_is_handed_the_questions(
    started: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    execute, asked = started.podman.execute, []
    script = package.containers() / "bin" / "probe.py"
    script.parent.mkdir(exist_ok=True)
    script.write_text("the questions", "utf-8")

    def old(container: str, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        if "/tmp/probe.sock" in command:  # noqa: S108
            return subprocess.CompletedProcess([], 7, "", "Could not connect")
        if "the questions" in command:
            asked.append(container)
            return subprocess.CompletedProcess([], 0, json.dumps(started.probed), "")
        return execute(container, command)

    monkeypatch.setattr(started.podman, "execute", old)
    assert status(started.instance).healthy
    assert asked == [started.instance.names.container("api", 1)]


def test_no_answer_is_a_problem(started: World, monkeypatch: pytest.MonkeyPatch) -> None:
    execute = started.podman.execute

    def dumb(container: str, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        if "/tmp/probe.sock" in command:  # noqa: S108
            return subprocess.CompletedProcess([], 28, "", "timed out")
        return execute(container, command)

    monkeypatch.setattr(started.podman, "execute", dumb)
    assert status(started.instance).lacks == ("Pulp can not be asked for its lists: timed out",)
