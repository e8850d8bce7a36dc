"""What others removed while Pulp runs is put back, or is said; nothing is called what it is not."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from launcher.model import roles
from launcher.model.errors import LauncherError
from launcher.model.places import PLACES
from launcher.operations.change_plugins import add_plugins
from launcher.operations.rebuild import rebuild
from launcher.operations.start import start
from launcher.operations.status import status
from launcher.operations.stop import stop

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

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


def test_what_was_paused_goes_on_with_a_start(started: World) -> None:
    """For systemd it is up, and nothing would ever answer."""
    started.podman.paused.add("pulp-db")
    seen = status(started.instance)
    assert not seen.healthy
    assert "pulp-db.service is paused" in seen.lacks
    start(started.instance)
    assert status(started.instance).healthy
    assert "pulp-db was paused" in started.reporter.notes[-1]


def test_what_runs_without_units_can_be_stopped(without_units: World) -> None:
    assert without_units.service("web") in stop(without_units.instance).services
    assert without_units.service("web") not in without_units.systemd.running


def test_data_that_are_gone_are_a_problem_of_one_that_runs_too(started: World) -> None:
    volume = started.instance.names.volume("database")
    started.podman.volume_labels.pop(volume)
    seen = status(started.instance)
    assert not seen.healthy
    assert f"the data in the volume {volume} are gone" in seen.lacks


def _folder(path: Path) -> None:
    shutil.rmtree(path)


@dataclass(frozen=True)
class Lost:
    """Something that an instance is made of: how others take it away, and what is said then.

    `told` is what `status` says at once; `refusal` what `start` says where it can not be put back.
    """

    take: Callable[[World], object]
    there: Callable[[World], bool]
    told: str = ""
    refusal: str = ""


def _network(world: World) -> str:
    return world.instance.names.network


def _volume(name: str, *, data: bool = False) -> Lost:
    return Lost(
        lambda world: world.podman.remove_volume(world.instance.names.volume(name)),
        lambda world: world.instance.names.volume(name) in world.podman.volume_names(),
        told=f"the data in the volume pulp-{name} are gone" if data else "",
        refusal=f"without its data \\({name}\\)" if data else "",
    )


def _secret(name: str, *, used_once: bool = False) -> Lost:
    return Lost(
        lambda world: world.podman.remove_secret(world.instance.names.secret(name)),
        lambda world: world.instance.names.secret(name) in world.podman.secret_ids(),
        told="" if used_once else f"the secret pulp-{name} is gone",
        refusal="" if used_once else f"the secret pulp-{name} is gone",
    )


def _file(name: str) -> Lost:
    """Return a file of the folders of units."""

    def path(world: World) -> Path:
        paths = world.instance.paths
        is_quadlet = name.endswith(".container")
        return (paths.quadlet_dir if is_quadlet else paths.unit_dir) / name

    told = f"the units {name} are gone" if name.endswith(".container") else ""
    return Lost(lambda world: path(world).unlink(), lambda world: path(world).exists(), told)


def _image(world: World, kind: str) -> str:
    current = world.instance.current()
    assert current
    return str(getattr(current, kind))


MADE = {
    "network": Lost(
        lambda world: world.podman.remove_network(_network(world)),
        lambda world: _network(world) in world.podman.networks(),
        told="the network pulp is gone",
    ),
    **{f"volume {item.name}": _volume(item.name, data=item in PLACES) for item in roles.VOLUMES},
    **{
        f"secret {name}": _secret(name, used_once=name == roles.ADMIN_PASSWORD)
        for name in roles.SECRETS
    },
    **{
        name: _file(name)
        for name in ("pulp-db.container", "pulp-web.container", "pulp-api-1.container")
    },
    **{name: _file(name) for name in ("pulp.target", "pulp-resume.service")},
    "image": Lost(
        lambda world: world.podman.remove_image(_image(world, "image")),
        lambda world: world.podman.image_id(_image(world, "image")) is not None,
        told="the image localhost/pulp-launcher/pulp:1-",
        refusal="image",
    ),
    "name of the platform": Lost(
        lambda world: world.podman.names.pop(_image(world, "platform")),
        lambda world: world.podman.image_id(_image(world, "platform")) is not None,
        told="the image localhost/pulp-launcher/pulp:platform-",
    ),
    "files of the containers": Lost(
        lambda world: _folder(world.instance.paths.etc),
        lambda world: (world.instance.paths.etc / "1" / roles.SETTINGS).exists(),
        told="the files of the containers in",
    ),
}


@pytest.mark.parametrize("lost", MADE.values(), ids=MADE)
def test_whatever_was_made_comes_back_or_is_named(started: World, lost: Lost) -> None:
    assert lost.there(started)
    lost.take(started)
    seen = status(started.instance)
    assert any(lost.told in item for item in seen.lacks) or not lost.told
    stop(started.instance)
    if lost.refusal:
        with pytest.raises(LauncherError, match=lost.refusal) as caught:
            start(started.instance)
        assert caught.value.hint
        assert not lost.there(started)
    else:
        start(started.instance)
        assert lost.there(started) or "admin" in str(lost)


def test_a_switch_begins_with_all_files_and_ends_with_web_seeing_them(started: World) -> None:
    """A reload would show it nothing new, as it has the folder of before."""
    _folder(started.instance.paths.etc / "web")
    started.systemd.acts.clear()
    rebuild(started.instance, force=True)
    acts = started.systemd.acts
    ended = {unit for act, units in acts if act in {"stop", "restart"} for unit in units}
    assert started.service("web") in ended
    assert not started.instance.paths.remade.exists()
    assert status(started.instance).healthy


def test_what_sees_files_that_are_gone_is_restarted(started: World) -> None:
    """The files are back, but a container that runs has the folder of before, which is empty."""
    acts = started.systemd.acts
    _folder(started.instance.paths.etc)
    acts.clear()
    start(started.instance)
    ended = {unit for act, units in acts if act in {"stop", "restart"} for unit in units}
    wanted = {started.service(name) for name in ("api-1", "content-1", "worker-1-1", "web")}
    assert wanted <= ended
    assert started.service("db") not in ended
    acts.clear()
    start(started.instance)
    assert not [units for act, units in acts if act in {"stop", "restart"} and units]
