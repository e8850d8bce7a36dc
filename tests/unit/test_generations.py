"""Generations: compared, removed one by one, and let go after a start; never the running one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from launcher.model.errors import Busy, InputInvalid, NotReady, UsageProblem
from launcher.operations.change_plugins import add_plugins
from launcher.operations.changing import reserved
from launcher.operations.compare import Only, difference
from launcher.operations.generations import generation, kept, remove, sbom
from launcher.operations.prune import prune
from launcher.operations.rebuild import rebuild
from launcher.operations.start import start
from tests.unit.fakes import proof

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.fakes import World


@pytest.fixture
def three(world: World) -> World:
    """Have three generations, of which the second runs."""
    add_plugins(world.instance, ["rpm"])
    rebuild(world.instance)
    rebuild(world.instance, force=True)
    start(world.instance)
    add_plugins(world.instance, ["deb"])
    rebuild(world.instance, switching=False)
    return world


def numbers(world: World) -> list[int]:
    return [item.generation.number for item in kept(world.instance)]


def test_the_list_says_which_one_runs(three: World) -> None:
    found = [(item.generation.number, item.running) for item in kept(three.instance)]
    assert found == [(1, False), (2, True), (3, False)]


def test_one_is_found_by_its_number(three: World) -> None:
    assert generation(three.instance, 3).plugins == ("pulp-rpm", "pulp-deb")
    with pytest.raises(UsageProblem, match="no generation 4") as caught:
        generation(three.instance, 4)
    assert "generation list" in caught.value.hint


def test_two_are_compared_by_versions_and_inputs(three: World) -> None:
    found = difference(three.instance, 1, 3)
    assert found.versions == {"pulp-deb": (None, "3.9.1")}
    assert found.inputs == ("plugin-packages.txt changed", "pylock.toml changed")
    found = difference(three.instance, 3, 1)
    assert found.versions == {"pulp-deb": ("3.9.1", None)}
    found = difference(three.instance, 1, 2)
    assert (found.versions, found.system, found.inputs) == ({}, {}, ())
    assert not found.unlisted


@pytest.fixture
def patched(world: World) -> World:
    """Have two generations whose operating system differs, and one of an older launcher."""
    add_plugins(world.instance, ["rpm"])
    world.podman.proof = proof({"libssl3t64": "3.5.1-1", "nginx": "1.26", "tar": "1.35"})
    rebuild(world.instance)
    world.podman.proof = proof({"libssl3t64": "3.5.1-2", "nginx": "1.26", "zip": "3.0"})
    rebuild(world.instance, force=True)
    rebuild(world.instance, force=True)
    (world.instance.paths.generation(3) / "sbom.json").unlink()
    return world


def test_packages_of_the_operating_system_are_compared(patched: World) -> None:
    found = difference(patched.instance, 1, 2)
    assert found.versions == {}
    assert found.system == {
        "libssl3t64": ("3.5.1-1", "3.5.1-2"), "tar": ("1.35", None), "zip": (None, "3.0"),
    }  # fmt: skip


def test_migrations_units_and_settings_are_compared(three: World) -> None:
    paths = three.instance.paths
    paths.migrations(1).write_text("core.0001_initial\nrpm.0001_initial", "utf-8")
    paths.migrations(3).write_text("core.0001_initial\ndeb.0001_initial", "utf-8")
    found = difference(three.instance, 1, 3)
    assert found.migrations == Only(("rpm.0001_initial",), ("deb.0001_initial",))
    assert not found.files
    paths.migrations(3).unlink()
    assert difference(three.instance, 1, 3).migrations == Only((), ())


def test_a_newer_platform_and_a_plugins_settings_are_in_the_units(
    three: World, static: Path
) -> None:
    (static / "Containerfile").write_bytes(b"ARG BASE # newer")
    add_plugins(three.instance, ["python"])
    rebuild(three.instance)
    lines = difference(three.instance, 3, 4).files
    assert "--- pulp-db.container in 3" in lines
    assert [line for line in lines if line.startswith("+Image=localhost/pulp-launcher/pulp:platf")]
    assert "+++ settings.py in 4" in lines
    assert not [line for line in lines if "IMAGE" in line]


@pytest.mark.parametrize(("old", "new"), [(2, 3), (3, 2), (3, 3)])
def test_where_the_system_is_not_known_that_is_told(patched: World, old: int, new: int) -> None:
    found = difference(patched.instance, old, new)
    assert (found.system, found.unlisted) == ({}, (3,))


def test_the_list_of_materials_is_given_as_it_lies_there(patched: World) -> None:
    path = patched.instance.paths.generation(2) / "sbom.json"
    assert sbom(patched.instance, 2) == path.read_text("utf-8")
    with pytest.raises(UsageProblem, match="no generation 4"):
        sbom(patched.instance, 4)
    with pytest.raises(NotReady, match="generation 3 has no SBOM") as caught:
        sbom(patched.instance, 3)
    assert "pulp-launcher rebuild --force" in caught.value.hint


def test_a_damaged_list_of_materials_is_told(patched: World) -> None:
    path = patched.instance.paths.generation(1) / "sbom.json"
    path.write_text("{", "utf-8")
    with pytest.raises(InputInvalid, match="damaged") as caught:
        difference(patched.instance, 1, 2)
    assert str(path) in caught.value.hint


def test_one_is_removed_with_its_image_and_files(three: World) -> None:
    gone = remove(three.instance, 1)
    assert three.podman.image_id(gone.image) is None
    assert not three.instance.paths.generation(1).exists()
    assert numbers(three) == [2, 3]


def test_the_running_one_is_never_removed(three: World) -> None:
    before = three.files()
    with pytest.raises(UsageProblem, match="generation 2 is the one that runs"):
        remove(three.instance, 2)
    assert [item.number for item in prune(three.instance, 1)] == [1]
    assert numbers(three) == [2, 3]
    assert three.files().items() <= before.items()
    current = three.instance.current()
    assert current
    assert three.podman.image_id(current.image)


def test_removing_waits_for_nobody(three: World) -> None:
    with reserved(three.instance), pytest.raises(Busy):
        remove(three.instance, 1)
    assert numbers(three) == [1, 2, 3]


@pytest.mark.parametrize(("keep", "left"), [(1, [3]), (2, [2, 3]), (3, [1, 2, 3]), (9, [1, 2, 3])])
def test_a_start_lets_the_oldest_go(three: World, keep: int, left: list[int]) -> None:
    three.configure("keep = 3", f"keep = {keep}")
    start(three.instance)
    assert numbers(three) == left
    names = {name for name in three.podman.names if "/pulp:" in name}
    there = [item.generation for item in kept(three.instance)]
    assert names == {item.image for item in there} | {item.platform for item in there}


def test_a_start_that_fails_lets_nothing_go(three: World) -> None:
    three.configure("keep = 3", "keep = 1")
    three.workers = 0
    with pytest.raises(Exception, match="not whole"):
        start(three.instance)
    assert numbers(three) == [1, 2, 3]


def test_numbers_go_on_after_the_oldest_are_gone(three: World) -> None:
    remove(three.instance, 1)
    assert rebuild(three.instance, force=True, switching=False).generation.number == 4


def test_a_number_is_never_given_again(three: World) -> None:
    name = remove(three.instance, 3).image
    assert rebuild(three.instance, force=True, switching=False).generation.image != name


def test_a_record_that_is_damaged_is_told(three: World) -> None:
    path = three.instance.paths.generation(1) / "generation.json"
    path.write_text("{", "utf-8")
    with pytest.raises(InputInvalid, match="damaged") as caught:
        kept(three.instance)
    assert str(path.parent) in caught.value.hint
