"""Adding and removing plugins: the manifest and the lock change together, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from launcher.host import machine
from launcher.host.uv import Yanked
from launcher.model.errors import (
    IndexUnreachable,
    InputInvalid,
    LauncherError,
    NotReady,
    ResolutionFailed,
    UsageProblem,
)
from launcher.model.lock import Move
from launcher.operations.change_plugins import add_plugins, remove_plugins
from launcher.operations.init import init
from launcher.operations.list_plugins import list_plugins, with_newest
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
    assert before in {question.pins for question in ready.uv.asked}


def test_removing_moves_the_lock_at_once(ready: World) -> None:
    changed = remove_plugins(ready.instance, ["Pulp_RPM"])
    assert changed.moves == (Move("pulp-rpm", "3.39.0", None),)
    assert ready.instance.manifest().plugins == {}


def test_adding_what_is_there_asks_nobody(ready: World) -> None:
    before, asked = ready.files(), len(ready.uv.asked)
    assert add_plugins(ready.instance, ["rpm"]).moves == ()
    assert ready.files() == before
    assert len(ready.uv.asked) == asked


def test_parts_of_pulpcore_are_told_and_not_added(ready: World) -> None:
    changed = add_plugins(ready.instance, ["file", "deb", "pulp_certguard"])
    assert changed.built_in == ("pulp-file", "pulp-certguard")
    assert list(ready.instance.manifest().plugins) == ["pulp-rpm", "pulp-deb"]


@pytest.mark.parametrize(
    ("texts", "kind", "word"),
    [
        (["rmp"], ResolutionFailed, "there is no plugin 'rmp'; did you mean 'rpm'"),
        (["deb", "zzzzzz"], ResolutionFailed, "there is no plugin 'zzzzzz'"),
        (["deb>=99"], ResolutionFailed, "do not fit together"),
        (["deb", "a b"], UsageProblem, "'a b' is not a plugin"),
        (["deb", "npm"], ResolutionFailed, "no usable 'pulp-npm'"),
        (["deb", "rust"], ResolutionFailed, "no usable 'pulp-rust'"),
        (["pulp_hollow"], ResolutionFailed, "pulp-hollow 1.0 is not a Pulp plugin"),
        (["pulp_pre"], ResolutionFailed, "has only a pre-release that fits: 1.0b1"),
    ],
)
def test_a_failure_changes_nothing(
    ready: World, texts: list[str], kind: type[LauncherError], word: str
) -> None:
    ready.uv.index.update({"pulp-hollow": "1.0", "pulp-pre": "1.0b1"})
    ready.uv.hollow.add("pulp-hollow")
    before = ready.files()
    with pytest.raises(kind) as caught:
        add_plugins(ready.instance, texts)
    assert word in caught.value.message
    assert ready.files() == before


def test_an_index_that_is_away_changes_nothing(ready: World) -> None:
    before = ready.files()
    ready.uv.away.append(True)
    with pytest.raises(IndexUnreachable):
        add_plugins(ready.instance, ["deb"])
    assert ready.files() == before


def test_a_manifest_with_a_mistake_is_left_alone(ready: World) -> None:
    ready.write_manifest(ready.instance.manifest_text() + "pulp-deb = 3\n")
    before = ready.files()
    with pytest.raises(InputInvalid):
        add_plugins(ready.instance, ["python"])
    assert ready.files() == before


@pytest.mark.parametrize("name", ["rmp", "pulp_rmp"])
def test_removing_what_is_not_there_names_the_nearest(ready: World, name: str) -> None:
    add_plugins(ready.instance, ["deb"])
    before = ready.files()
    with pytest.raises(UsageProblem, match="did you mean 'rpm'"):
        remove_plugins(ready.instance, ["deb", name])
    assert ready.files() == before


def test_removing_before_anything_is_there_tells_the_next_step(world: World) -> None:
    with pytest.raises(NotReady) as caught:
        remove_plugins(world.instance, ["rpm"])
    assert "pulp-launcher init" in caught.value.hint


def test_a_lock_is_made_only_for_another_manifest(ready: World) -> None:
    asked = len(ready.uv.asked)
    lock(ready.instance)
    assert len(ready.uv.asked) == asked
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
    with pytest.raises(UsageProblem, match="can not be written like this"):
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


def test_the_name_of_the_host_matters_only_where_it_is_written(
    ready: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "hostname", lambda: "build_host_3")
    assert add_plugins(ready.instance, ["deb"]).plugins == ("pulp-deb",)


def test_a_bad_option_of_init_is_told_as_such(world: World) -> None:
    with pytest.raises(LauncherError) as caught:
        init(world.instance, hostname="a b")
    assert "Edit" not in caught.value.hint


def test_a_failed_first_addition_leaves_no_files(world: World) -> None:
    with pytest.raises(ResolutionFailed):
        add_plugins(world.instance, ["zzzzzz"])
    assert not world.files()


def test_a_dry_run_writes_nothing_and_tells_who_asks(world: World) -> None:
    changed = add_plugins(world.instance, ["rpm"], dry_run=True)
    assert changed.moves == (
        Move("pulp-rpm", None, "3.39.0", ("the manifest",)),
        Move("pulpcore", None, "3.115.0", ("the manifest", "pulp-rpm")),
    )
    assert not world.files()


def test_pulpcore_is_held_where_it_is(ready: World) -> None:
    ready.uv.index["pulpcore"] = "3.116.0"
    assert add_plugins(ready.instance, ["deb"]).moves == (Move("pulp-deb", None, "3.9.1"),)
    assert add_plugins(ready.instance, ["pulpcore>=3.116"]).moves == (
        Move("pulpcore", "3.115.0", "3.116.0"),
    )


def test_a_plugin_of_an_older_pulpcore_is_explained_with_the_way_out(ready: World) -> None:
    ready.uv.index["pulp-old"] = "1.0"
    ready.uv.needs["pulp-old"] = ("pulpcore<3.100",)
    with pytest.raises(ResolutionFailed) as caught:
        add_plugins(ready.instance, ["pulp-old"])
    sentence = "the instance needs pulpcore >=3.115.0; pulp-old 1.0 needs <3.100"
    assert sentence in caught.value.details.splitlines()
    assert "leave one of them out" in caught.value.hint
    assert (ready.instance.paths.logs / "resolver.log").is_file()


def test_what_another_distribution_misses_is_not_called_a_plugin(ready: World) -> None:
    ready.uv.needs["pulp-deb"] = ("pulpcore", "nowhere-to-be-found")
    with pytest.raises(ResolutionFailed, match="needs 'nowhere-to-be-found'") as caught:
        add_plugins(ready.instance, ["deb"])
    assert "[index]" in caught.value.hint


def test_a_withdrawn_version_is_refused_unless_it_was_there_before(ready: World) -> None:
    ready.uv.yanked.append(Yanked("pulp-deb", "3.9.1", "it eats data"))
    with pytest.raises(ResolutionFailed, match=r"pulp-deb 3\.9\.1 was withdrawn") as caught:
        add_plugins(ready.instance, ["deb"])
    assert caught.value.details == "it eats data"
    ready.uv.yanked[:] = [Yanked("pulp-rpm", "3.39.0", "")]
    assert add_plugins(ready.instance, ["deb"]).plugins == ("pulp-deb",)


@pytest.mark.parametrize(
    ("text", "source", "entry"),
    [
        ("git+https://git.example/own@v1", "git+https://git.example/own@v1",
         'pulp-own = {git = "https://git.example/own", rev = "v1"}'),
        ("/srv/own", "file:///srv/own", 'pulp-own = {path = "/srv/own"}'),
    ],
)  # fmt: skip
def test_a_source_tells_the_name(ready: World, text: str, source: str, entry: str) -> None:
    ready.uv.sources[source] = "pulp-own"
    assert add_plugins(ready.instance, [text]).plugins == ("pulp-own",)
    assert ready.instance.manifest_text().endswith(f"{entry}\n")
    found = ready.instance.lock()
    assert found
    assert found.versions["pulp-own"] == ""
    assert found.fits(ready.instance.manifest())


def test_what_another_plugin_needs_can_not_be_taken_out(ready: World) -> None:
    ready.uv.needs["pulp-deb"] = ("pulpcore", "pulp-rpm")
    add_plugins(ready.instance, ["deb"])
    before = ready.files()
    with pytest.raises(UsageProblem, match="needed by pulp-deb") as caught:
        remove_plugins(ready.instance, ["rpm"])
    assert caught.value.hint.endswith("pulp-launcher plugin remove pulp-rpm pulp-deb")
    assert ready.files() == before
    assert remove_plugins(ready.instance, ["rpm", "deb"]).plugins == ("pulp-rpm", "pulp-deb")


def test_the_newest_versions_of_the_index_are_in_the_list(ready: World) -> None:
    ready.uv.index["pulp-rpm"] = "3.40.0"
    rows = with_newest(ready.instance, list_plugins(ready.instance)).plugins
    assert {row.name: row.newest for row in rows} == {"pulpcore": "3.115.0", "pulp-rpm": "3.40.0"}
    ready.uv.away.append(True)
    rows = with_newest(ready.instance, list_plugins(ready.instance)).plugins
    assert {row.newest for row in rows} == {None}


def test_what_is_off_is_listed_so(ready: World) -> None:
    text = ready.instance.manifest_text()
    ready.write_manifest(text.replace('pulp-rpm = "*"', "pulp-rpm = {enabled = false}"))
    assert list_plugins(ready.instance).plugins[1].asked == "* (off)"
    # It is turned off at the next start, not by a build.
    assert lock(ready.instance).moves == ()
