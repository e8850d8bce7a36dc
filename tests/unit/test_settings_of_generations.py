"""What worked comes back whole: the config of before, and the settings of a generation.

The kind of fault: code and values go back apart from one another, and nobody notices.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from launcher.host import files
from launcher.model.errors import StartFailed, SwitchFailed, UnitFailed
from launcher.operations import rollback as going_back
from launcher.operations.change_plugins import add_plugins
from launcher.operations.rebuild import rebuild
from launcher.operations.start import start
from launcher.operations.status import status
from tests.unit.fakes import Journalled, Killed

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.fakes import World

S3 = '[settings]\nSTORAGES = { default = { BACKEND = "storages.s3" } }'


@pytest.fixture
def started(world: World) -> World:
    add_plugins(world.instance, ["rpm"])
    rebuild(world.instance)
    start(world.instance)
    return world


def settings(world: World, number: int) -> str:
    path = world.instance.paths.etc / str(number) / "settings.py"
    return files.read(path) or ""


def second_with_s3(world: World) -> None:
    world.configure("[settings]", S3)
    rebuild(world.instance, force=True)


def back(world: World, *, keep_settings: bool = False) -> None:
    going = going_back.look(world.instance, None, keep_settings=keep_settings)
    going_back.rollback(world.instance, going, restore=False)


def fail_with(world: World, monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    """Let no role of Pulp come up whose settings file has a word in it."""
    run = type(world.systemd)._run_unit

    def run_unit(self: object, unit: str) -> None:
        if "-api-" in unit and word in settings(world, 1):
            raise UnitFailed(f"{unit} did not start")
        run(world.systemd, unit)

    monkeypatch.setattr(type(world.systemd), "_run_unit", run_unit)


def host(world: World) -> dict[str, bytes]:
    """Return the files that the roles run from."""
    own = {"config.toml", "known-good.json"}
    return {path: text for path, text in world.files().items() if path.split("/")[-1] not in own}


def test_a_start_that_fails_goes_back_to_the_config_that_worked(
    started: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, running = host(started), dict(started.systemd.running)
    fail_with(started, monkeypatch, "BROKEN")
    started.configure("[settings]", "[settings]\nBROKEN = 1")
    started.configure("count = 2", "count = 3")
    with pytest.raises(StartFailed, match="The config of before serves again") as caught:
        start(started.instance)
    assert "last words of pulp-api-1.service" in caught.value.details
    assert str(started.instance.paths.config) in caught.value.hint
    assert host(started) == before
    assert started.systemd.running == running
    started.configure("BROKEN = 1", "MENDED = 1")
    start(started.instance)
    assert "MENDED" in settings(started, 1)


def test_killed_on_that_way_the_next_start_makes_sense(
    started: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_with(started, monkeypatch, "BROKEN")
    started.configure("[settings]", "[settings]\nBROKEN = 1")
    with monkeypatch.context() as context:
        context.setattr("launcher.operations.bring_up.fall_back", kill)
        with pytest.raises(Killed):
            start(started.instance)
    with pytest.raises(StartFailed, match="The config of before serves again"):
        start(started.instance)
    assert status(started.instance).healthy
    assert "BROKEN" not in settings(started, 1)


def kill(*_: object) -> None:
    raise Killed


def test_where_nothing_was_changed_there_is_nothing_to_go_back_to(started: World) -> None:
    started.systemd.stop([started.service("api", 1)])
    started.systemd.broken.add(started.service("api", 1))
    with pytest.raises(UnitFailed):
        start(started.instance)


def test_a_rollback_brings_the_settings_of_the_generation(started: World) -> None:
    second_with_s3(started)
    assert "STORAGES" in settings(started, 2)
    back(started)
    assert "STORAGES" not in settings(started, 1)
    assert any("STORAGES" in note for note in started.reporter.notes)
    assert any("STORAGES" in line for line in status(started.instance).pending)
    start(started.instance)
    assert "STORAGES" not in settings(started, 1)


def test_forth_again_counts_what_config_toml_says(started: World) -> None:
    second_with_s3(started)
    back(started)
    rebuild(started.instance, force=True)
    assert "STORAGES" in settings(started, 3)
    assert not status(started.instance).pending


def test_settings_that_are_edited_after_a_rollback_count(started: World) -> None:
    second_with_s3(started)
    back(started)
    started.configure(S3, "[settings]\nANALYTICS = false")
    start(started.instance)
    assert "ANALYTICS" in settings(started, 1)
    assert not status(started.instance).pending


def test_a_rollback_may_keep_the_settings_of_today(started: World) -> None:
    second_with_s3(started)
    back(started, keep_settings=True)
    assert "STORAGES" in settings(started, 1)
    assert not status(started.instance).pending


def test_what_is_about_the_host_never_goes_back(started: World) -> None:
    started.configure("port = 8080", "port = 8090")
    second_with_s3(started)
    back(started)
    web = started.systemd.running[started.service("web")]
    assert "PublishPort=8090:" in web


def test_a_switch_that_fails_leaves_the_old_generation_its_settings(started: World) -> None:
    started.systemd.broken.add(started.service("api", 2))
    with pytest.raises(SwitchFailed):
        second_with_s3(started)
    start(started.instance)
    assert "STORAGES" not in settings(started, 1)
    assert any("STORAGES" in line for line in status(started.instance).pending)


def test_a_generation_of_an_earlier_launcher_has_its_settings_too(started: World) -> None:
    """It left no record; its settings file tells."""
    started.configure("[settings]", '[settings]\nTHEME = "dark"')
    start(started.instance)
    files.remove(started.instance.paths.known_good(1))
    started.configure('[settings]\nTHEME = "dark"', S3)
    rebuild(started.instance, force=True)
    back(started)
    assert "STORAGES" not in settings(started, 1)
    assert "THEME = 'dark'" in settings(started, 1)


@pytest.mark.parametrize("step", ["migrate", "beside", "front", "drain"])
@pytest.mark.parametrize("name", ["config.toml", "plugins.toml"])
def test_a_typo_during_an_interrupted_switch_does_not_stop_it(
    started: World, monkeypatch: pytest.MonkeyPatch, step: str, name: str
) -> None:
    def second() -> None:
        second_with_s3(started)

    assert Journalled(started, step, monkeypatch).run(second)
    (started.instance.paths.config_dir / name).write_text("hostname = ", "utf-8")
    from launcher.operations.resume import resume  # noqa: PLC0415

    done = resume(started.instance)
    assert done.finished
    assert done.finished.generation == 2
    assert "STORAGES" in settings(started, 2)


def test_an_unfinished_switch_of_an_earlier_launcher_is_finished(
    started: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Journalled(started, "beside", monkeypatch).run(lambda: second_with_s3(started))
    journal = started.instance.journal()
    assert journal
    path: Path = started.instance.paths.journal
    path.write_text(journal.model_dump_json(exclude={"config", "settings"}), "utf-8")
    start(started.instance)
    assert started.instance.journal() is None


def test_records_with_settings_are_for_their_owner_alone(
    started: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Journalled(started, "beside", monkeypatch).run(lambda: second_with_s3(started))
    paths = started.instance.paths
    for path in (paths.journal, paths.known_good(1)):
        assert path.stat().st_mode & 0o777 == 0o600
