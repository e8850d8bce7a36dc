"""What others removed while Pulp runs is put back, or is said; nothing is called what it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from launcher.operations.change_plugins import add_plugins
from launcher.operations.rebuild import rebuild
from launcher.operations.start import start
from launcher.operations.status import status
from launcher.operations.stop import stop

if TYPE_CHECKING:
    from tests.unit.fakes import World


@pytest.fixture
def started(world: World) -> World:
    add_plugins(world.instance, ["rpm"])
    rebuild(world.instance)
    start(world.instance)
    return world


@pytest.fixture
def without_units(started: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """Give a Pulp that runs on although somebody removed its units."""
    monkeypatch.setattr("launcher.host.machine.listener", lambda _: "conmon (process 7)")
    for path in started.instance.paths.quadlet_dir.glob("*"):
        path.unlink()
    return started


def test_units_that_are_gone_come_back_and_nothing_is_restarted(without_units: World) -> None:
    running = dict(without_units.systemd.running)
    start(without_units.instance)
    assert without_units.systemd.running == running
    assert list(without_units.instance.paths.quadlet_dir.glob("*.container"))


def test_what_runs_without_units_can_be_stopped(without_units: World) -> None:
    assert without_units.service("web") in stop(without_units.instance).services
    assert without_units.service("web") not in without_units.systemd.running


def test_data_that_are_gone_are_a_problem_of_one_that_runs_too(started: World) -> None:
    volume = started.instance.names.volume("database")
    started.podman.volume_labels.pop(volume)
    seen = status(started.instance)
    assert not seen.healthy
    assert f"the data in the volume {volume} are gone" in seen.lacks
