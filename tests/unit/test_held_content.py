"""Nothing runs without a plugin of which the database holds content."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from launcher.model.errors import EngineFailed, GateFailed, InputInvalid
from launcher.model.held import Held, told, unserved
from launcher.operations.change_plugins import add_plugins, remove_plugins
from launcher.operations.destroy import destroy
from launcher.operations.plan import plan, plan_start
from launcher.operations.rebuild import rebuild
from launcher.operations.rollback import look, rollback
from launcher.operations.start import start
from launcher.operations.stop import stop
from tests.unit.fakes import proof

if TYPE_CHECKING:
    from tests.unit.fakes import World

OFF = 'pulp-deb = { version = "*", enabled = false }'
KNOWN = ("pulp-rpm", "pulp-deb", "pulp-hugging-face")


@pytest.fixture
def serving(world: World) -> World:
    """Have a Pulp whose database holds content of one of its two plugins."""
    add_plugins(world.instance, ["rpm", "deb"])
    rebuild(world.instance)
    start(world.instance)
    world.held = {("core_repository", "deb"): 1, ("core_content", "deb"): 12}
    return world


def turn_off(world: World) -> None:
    text = world.instance.manifest_text()
    world.write_manifest(text.replace('pulp-deb = "*"', OFF))


def assert_refused(caught: pytest.ExceptionInfo[GateFailed]) -> None:
    assert "does not load pulp-deb" in caught.value.message
    assert caught.value.details == "pulp-deb: 12 content units, 1 repository"
    assert "plugin add pulp-deb" in caught.value.hint


@pytest.mark.usefixtures("serving")
def test_all_that_is_held_is_served(serving: World) -> None:
    start(serving.instance)
    rebuild(serving.instance, force=True)


def test_taken_out_it_is_not_even_built(serving: World) -> None:
    remove_plugins(serving.instance, ["deb"])
    builds = len(serving.podman.builds)
    with pytest.raises(GateFailed) as caught:
        rebuild(serving.instance)
    assert "does not load pulp-deb" in caught.value.message
    assert len(serving.podman.builds) == builds


def test_to_take_it_out_says_what_there_is(serving: World) -> None:
    remove_plugins(serving.instance, ["deb"], dry_run=True)
    assert any("12 content units" in note for note in serving.reporter.notes)


def test_turned_off_nothing_is_written_or_stopped(serving: World) -> None:
    turn_off(serving)
    before, running = serving.files(), dict(serving.systemd.running)
    with pytest.raises(GateFailed) as caught:
        start(serving.instance)
    assert "pulp-deb" in caught.value.message
    assert serving.files() == before
    assert serving.systemd.running == running


def test_of_one_that_is_down_the_database_alone_is_asked(serving: World) -> None:
    stop(serving.instance)
    turn_off(serving)
    before = serving.files()
    with pytest.raises(GateFailed):
        start(serving.instance)
    assert serving.up == {}
    assert serving.files() == before


def test_built_while_it_was_down_it_does_not_start_but_the_one_before_does(
    serving: World,
) -> None:
    stop(serving.instance)
    remove_plugins(serving.instance, ["deb"])
    rebuild(serving.instance)
    with pytest.raises(GateFailed, match="generation 2 does not load pulp-deb"):
        start(serving.instance)
    assert serving.service("api", 1) in serving.up
    assert serving.service("api", 2) not in serving.up


def test_data_that_were_kept_are_looked_at_too(serving: World) -> None:
    destroy(serving.instance, purge=False)
    remove_plugins(serving.instance, ["deb"])
    rebuild(serving.instance)
    with pytest.raises(GateFailed):
        start(serving.instance)
    assert serving.up == {}
    assert not list(serving.instance.paths.quadlet_dir.glob("*.container"))


def test_the_way_back_to_a_generation_without_it(world: World) -> None:
    add_plugins(world.instance, ["rpm"])
    rebuild(world.instance)
    start(world.instance)
    add_plugins(world.instance, ["deb"])
    rebuild(world.instance)
    world.held = {("core_distribution", "deb"): 1}
    going = look(world.instance, None)
    with pytest.raises(GateFailed, match="generation 1 does not load pulp-deb"):
        rollback(world.instance, going, restore=False)
    assert world.instance.current() == world.instance.generation(2)


def test_one_that_came_into_that_state_gets_it_back(world: World) -> None:
    add_plugins(world.instance, ["rpm"])
    rebuild(world.instance)
    start(world.instance)
    world.held = {("core_repository", "deb"): 1}
    add_plugins(world.instance, ["deb"])
    rebuilt = rebuild(world.instance)
    assert rebuilt.switched
    start(world.instance)


def test_a_plan_says_so(serving: World) -> None:
    turn_off(serving)
    assert any("would be refused" in note for note in plan_start(serving.instance).notes)
    serving.write_manifest(serving.instance.manifest_text().replace(OFF + "\n", ""))
    assert any("would be refused" in note for note in plan(serving.instance).notes)


def test_a_database_that_does_not_say_is_no_empty_one(
    serving: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    execute = serving.podman.execute

    def failing(container: str, command: tuple[str, ...]) -> object:
        done = execute(container, command)
        if "ON_ERROR_STOP=1" in command:
            done.returncode, done.stderr = 2, "the database is gone"
        return done

    monkeypatch.setattr(serving.podman, "execute", failing)
    with pytest.raises(EngineFailed):
        start(serving.instance)


def test_a_plugin_that_can_not_run_with_domains(world: World) -> None:
    world.podman.proof = proof({})
    world.podman.proof.stdout = '{"problems": [], "no_domains": ["pulp-deb"]}\n'
    add_plugins(world.instance, ["deb"])
    rebuild(world.instance)
    world.configure("[settings]\n", "[settings]\nDOMAIN_ENABLED = true\n")
    before = world.files()
    with pytest.raises(InputInvalid, match="pulp-deb of generation 1 can not run with domains"):
        start(world.instance)
    assert world.files() == before


@pytest.mark.parametrize(
    ("held", "loaded", "labels", "missing"),
    [
        (["core", "file", "rpm"], ["pulp-rpm", "pulp-file"], {}, ()),
        (["hugging_face"], ["pulp-hugging-face"], {}, ()),
        (["hugging_face", "rpm"], [], {}, ("hugging_face", "rpm")),
        # It may be the label of a plugin that nobody knows.
        (["odd"], ["acme"], {}, ()),
        (["odd"], ["acme"], {"odd": "acme"}, ()),
        (["odd"], ["acme"], {"even": "acme"}, ("odd",)),
        (["file"], [], {}, ("file",)),
    ],
)
def test_what_no_plugin_serves(
    held: list[str], loaded: list[str], labels: dict[str, str], missing: tuple[str, ...]
) -> None:
    assert unserved(held, loaded, labels, KNOWN) == missing


def test_what_is_held_is_told_in_words() -> None:
    held = [Held("python", "core_repository", 2), Held("odd", "core_createdresource", 1)]
    words = "pulp-python: 2 repositories\nacme: 1 result of a task"
    assert told(held, {"odd": "acme"}) == words
