"""Adding and removing plugins: the manifest and the lock change together, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

import pytest

from launcher.host import machine
from launcher.model.errors import (
    IndexUnreachable,
    InputInvalid,
    LauncherError,
    NotReady,
    ResolutionFailed,
    UsageProblem,
)
from launcher.operations.change_plugins import Move, add_plugins, remove_plugins
from launcher.operations.init import init
from launcher.operations.list_plugins import list_known, list_plugins
from launcher.operations.lock import lock

if TYPE_CHECKING:
    from tests.unit.fakes import World


@pytest.fixture
def ready(world: World) -> World:
    add_plugins(world.instance, ["rpm"])
    return world


def test_the_first_plugin_makes_the_files_of_the_instance(world: World) -> None:
    changed = add_plugins(world.instance, ["pulp_rpm>=3.39"])
    assert changed.plugins == ("pulp-rpm",)
    assert changed.moves == (
        Move("pulp-rpm", None, "3.39.0"),
        Move("pulpcore", None, "3.115.0"),
    )
    assert world.instance.manifest_text().endswith('pulp-rpm = ">=3.39"\n')
    found = world.instance.lock()
    assert found
    assert found.fits(world.instance.manifest())


def test_what_is_locked_stays_where_it_fits(ready: World) -> None:
    before = ready.instance.paths.lock.read_text("utf-8")
    changed = add_plugins(ready.instance, ["deb"])
    assert changed.moves == (Move("pulp-deb", None, "3.9.1"),)
    assert ready.uv.pins[-1] == before


def test_removing_moves_the_lock_at_once(ready: World) -> None:
    changed = remove_plugins(ready.instance, ["Pulp_RPM"])
    assert changed.moves == (Move("pulp-rpm", "3.39.0", None),)
    assert ready.instance.manifest().plugins == {}


def test_adding_what_is_there_asks_nobody(ready: World) -> None:
    before = ready.files()
    assert add_plugins(ready.instance, ["rpm"]).moves == ()
    assert ready.files() == before
    assert len(ready.uv.asked) == 1


def test_parts_of_pulpcore_are_told_and_not_added(ready: World) -> None:
    changed = add_plugins(ready.instance, ["file", "deb", "pulp_certguard"])
    assert changed.built_in == ("pulp-file", "pulp-certguard")
    assert list(ready.instance.manifest().plugins) == ["pulp-rpm", "pulp-deb"]


@pytest.mark.parametrize(
    ("texts", "kind", "word"),
    [
        (["rmp"], ResolutionFailed, "'pulp-rmp'; did you mean 'pulp-rpm'"),
        (["deb", "zzzzzz"], ResolutionFailed, "there is no plugin 'pulp-zzzzzz'"),
        (["deb>=99"], ResolutionFailed, "no set of versions"),
        (["deb", "a b"], UsageProblem, "'a b' is not a plugin name"),
        (["deb", "ostree"], UsageProblem, "can not be installed today: PyGObject"),
    ],
)
def test_a_failure_changes_nothing(
    ready: World, texts: list[str], kind: type[LauncherError], word: str
) -> None:
    before = ready.files()
    with pytest.raises(kind) as caught:
        add_plugins(ready.instance, texts)
    assert word in caught.value.message
    assert ready.files() == before


def test_an_index_that_is_away_changes_nothing(
    ready: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> NoReturn:
        raise IndexUnreachable("the package index does not answer")

    before = ready.files()
    monkeypatch.setattr(type(ready.uv), "compile", fail)
    with pytest.raises(IndexUnreachable):
        add_plugins(ready.instance, ["deb"])
    assert ready.files() == before


def test_a_manifest_with_a_mistake_is_left_alone(ready: World) -> None:
    ready.write_manifest(ready.instance.manifest_text() + "pulp-deb = 3\n")
    before = ready.files()
    with pytest.raises(InputInvalid):
        add_plugins(ready.instance, ["python"])
    assert ready.files() == before


def test_removing_what_is_not_there_names_the_nearest(ready: World) -> None:
    before = ready.files()
    with pytest.raises(UsageProblem, match="did you mean 'pulp-rpm'"):
        remove_plugins(ready.instance, ["rpm", "rmp"])
    assert ready.files() == before


def test_removing_before_anything_is_there_tells_the_next_step(world: World) -> None:
    with pytest.raises(NotReady) as caught:
        remove_plugins(world.instance, ["rpm"])
    assert "pulp-launcher init" in caught.value.hint


def test_a_lock_is_made_only_for_another_manifest(ready: World) -> None:
    lock(ready.instance)
    assert len(ready.uv.asked) == 1
    ready.write_manifest(ready.instance.manifest_text() + "pulp-deb = '*'\n")
    assert lock(ready.instance).versions["pulp-deb"] == "3.9.1"


def test_init_keeps_what_is_there(world: World) -> None:
    first = init(world.instance, hostname="one.example", port=8443)
    assert first.written == (first.manifest, first.config)
    assert init(world.instance, hostname="two.example").written == ()
    assert world.instance.config().origin == "http://one.example:8443"


@pytest.mark.parametrize(
    ("base", "hostname", "port"),
    [("a b", "a", 80), ('x"\n[y]', "a", 80), ("x", 'a"\nport = 1', 80), ("x", "a", 70000)],
)
def test_init_refuses_what_can_not_be_and_writes_nothing(
    world: World, base: str, hostname: str, port: int
) -> None:
    with pytest.raises(InputInvalid):
        init(world.instance, base=base, hostname=hostname, port=port)
    assert not world.files()


def test_the_list_goes_from_asked_for_to_running(ready: World) -> None:
    ready.write_manifest(ready.instance.manifest_text() + "pulp-deb = '>=3'\n")
    listed = list_plugins(ready.instance)
    rows = {row.name: (row.asked, row.locked, row.built, row.running) for row in listed.plugins}
    assert rows == {
        "pulpcore": ("*", "3.115.0", None, None),
        "pulp-rpm": ("*", "3.39.0", None, None),
        "pulp-deb": (">=3", None, None, None),
    }
    assert listed.not_built == 2


def test_known_plugins_are_listed_by_name(world: World) -> None:
    names = [row.name for row in list_known(world.instance)]
    assert names == sorted(names)
    assert "pulp-rpm" in names


@pytest.mark.xfail(reason="files that are not written are checked all the same", strict=True)
def test_the_name_of_the_host_matters_only_where_it_is_written(
    ready: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "hostname", lambda: "build_host_3")
    assert add_plugins(ready.instance, ["deb"]).plugins == ("pulp-deb",)


@pytest.mark.xfail(reason="the hint names a file that is not there", strict=True)
def test_a_bad_option_of_init_is_told_as_such(world: World) -> None:
    with pytest.raises(LauncherError) as caught:
        init(world.instance, hostname="a b")
    assert "Edit" not in caught.value.hint
