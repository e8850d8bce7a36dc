"""Asking the lock, the catalogue and the index; moving to newer versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from launcher.model.errors import DriftFound, NotReady, UsageProblem
from launcher.model.lock import Move
from launcher.operations.change_plugins import add_plugins
from launcher.operations.known_plugins import preset, presets, search, show
from launcher.operations.lock import Holder, check_lock, lock, outdated, update
from launcher.operations.why import why

if TYPE_CHECKING:
    from tests.unit.fakes import World


@pytest.fixture
def ready(world: World) -> World:
    """Have rpm and deb locked, and newer versions of all in the index."""
    world.uv.index["django"] = "5.1"
    world.uv.needs["pulpcore"] = ("django>=5",)
    add_plugins(world.instance, ["rpm", "deb"])
    world.uv.index.update({"pulp-rpm": "3.40.0", "pulp-deb": "3.10.0", "django": "5.2"})
    return world


RPM, DEB = Move("pulp-rpm", "3.39.0", "3.40.0"), Move("pulp-deb", "3.9.1", "3.10.0")


def test_what_is_locked_stays(ready: World) -> None:
    ready.write_manifest(ready.instance.manifest_text() + "pulp-python = '*'\n")
    assert lock(ready.instance).moves == (Move("pulp-python", None, "3.27.0"),)


@pytest.mark.parametrize(
    ("names", "moves"), [(["rpm"], (RPM,)), (["pulp_deb", "rpm"], (DEB, RPM)), ([], (DEB, RPM))]
)
def test_plugins_move_to_the_newest(
    ready: World, names: list[str], moves: tuple[Move, ...]
) -> None:
    assert update(ready.instance, names).moves == moves
    assert update(ready.instance, names).moves == ()


def test_only_what_is_there_can_move(ready: World) -> None:
    with pytest.raises(UsageProblem, match="did you mean 'rpm'"):
        update(ready.instance, ["pulp-rmp"])


def test_an_upgrade_moves_all(ready: World) -> None:
    found = lock(ready.instance, upgrade=("*",))
    assert found.moves == (Move("django", "5.1", "5.2"), DEB, RPM)


def test_a_check_tells_drift_and_writes_nothing(ready: World) -> None:
    assert check_lock(ready.instance).versions["pulp-rpm"] == "3.39.0"
    ready.write_manifest(ready.instance.manifest_text() + "pulp-python = '*'\n")
    before, asked = ready.files(), len(ready.uv.asked)
    with pytest.raises(DriftFound) as caught:
        check_lock(ready.instance)
    assert caught.value.exit_code == 3
    assert ready.files() == before
    assert len(ready.uv.asked) == asked


def test_what_an_upgrade_would_change_is_told_and_not_done(ready: World) -> None:
    before = ready.files()
    assert outdated(ready.instance).moves == (Move("django", "5.1", "5.2"), DEB, RPM)
    assert outdated(ready.instance).held == ()
    assert ready.files() == before


def test_who_holds_a_plugin_back_is_named(ready: World) -> None:
    text = ready.instance.manifest_text().replace('pulp-rpm = "*"', 'pulp-rpm = "<3.40"')
    ready.write_manifest(text)
    lock(ready.instance)
    # The fake has but the newest version of what nobody pins.
    ready.uv.index["pulp-rpm"] = "3.39.5"
    assert outdated(ready.instance).held == ()
    ready.uv.newest["pulp-rpm"] = "3.40.0"
    assert outdated(ready.instance).held == (
        Holder("pulp-rpm", "3.39.5", "3.40.0", ("the manifest",)),
    )


def test_the_chain_goes_up_to_the_manifest(ready: World) -> None:
    assert why(ready.instance, "Django") == (
        "django ← pulpcore",
        "pulpcore ← the manifest, pulp-deb, pulp-rpm",
        "pulp-deb ← the manifest",
        "pulp-rpm ← the manifest",
    )
    assert why(ready.instance, "rpm") == ("pulp-rpm ← the manifest",)


def test_what_is_not_locked_has_no_chain(ready: World) -> None:
    with pytest.raises(UsageProblem, match="did you mean 'django'"):
        why(ready.instance, "djagno")


def test_before_anything_is_locked_the_next_step_is_told(world: World) -> None:
    for ask in (lambda: why(world.instance, "django"), lambda: outdated(world.instance)):
        with pytest.raises(NotReady) as caught:
            ask()
        assert "pulp-launcher" in caught.value.hint


def test_known_plugins_are_found_by_a_word(world: World) -> None:
    names = [row.name for row in search(world.instance, "")]
    assert names == sorted(names)
    assert [row.name for row in search(world.instance, "DNF")] == ["pulp-rpm"]
    assert {row.state for row in search(world.instance, "rust")} == {"can not be installed today"}
    assert search(world.instance, "zzz") == ()


def test_what_the_index_says_is_shown_too(world: World) -> None:
    shown = show(world.instance, "rpm")
    assert (shown.name, shown.newest, shown.needs) == ("pulp-rpm", "3.39.0", ("pulpcore>=3.100",))
    assert shown.packages == ("libglib2.0-0", "rpm")
    assert show(world.instance, "ostree").packages == ("gir1.2-ostree-1.0", "python3-gi")


def test_without_the_index_the_catalogue_is_shown(world: World) -> None:
    world.uv.away.append(True)
    shown = show(world.instance, "rpm")
    assert (shown.newest, shown.needs) == ("", ())
    assert shown.summary


def test_what_is_part_of_pulpcore_is_not_looked_up(world: World) -> None:
    assert show(world.instance, "file").notes == "part of pulpcore, always there"
    assert world.uv.asked == []


def test_what_nobody_knows_is_told(world: World) -> None:
    with pytest.raises(UsageProblem, match="no plugin 'rmp' is known; did you mean 'rpm'"):
        show(world.instance, "rmp")


def test_presets_are_found_by_name() -> None:
    assert preset("minimal").plugins == ()
    assert {item.name for item in presets()} >= {"minimal", "katello", "everything"}
    with pytest.raises(UsageProblem, match="did you mean 'katello'"):
        preset("katelo")
