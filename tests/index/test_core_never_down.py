"""No plugin moves pulpcore down, and none that is empty or a pre-release is taken unseen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from packaging.version import Version

from tests.index.releases import core, plugin

if TYPE_CHECKING:
    from tests.index.site import Site

OLD = plugin("pulp-old", "1.0", "pulpcore>=3.100,<3.115")

REAL = [
    (
        "rust",
        ["pulp-rust is too old", "0.1.0", "pulpcore>=3.100,<3.115", "0.0.1", "Its only releases"],
    ),
    ("pulp_rust>=0.1", ["pulp-rust 0.1.0 needs >=3.100,<3.115"]),
    ("galaxy_ng", ["galaxy-ng is too old", "4.9.2", "pulpcore>=3.100,<3.101", "4.2.0"]),
    ("2to3_migration", ["pulp-2to3-migration is too old", "0.17.0", "<3.106", "0.10.0"]),
    ("cookbook", ["pulp-cookbook", "only pre-releases", "plugin add 'pulp-cookbook==0.1.0b9'"]),
]


@pytest.mark.parametrize(("text", "words"), REAL, ids=[text for text, _ in REAL])
def test_the_real_cases_on_a_fresh_instance(fresh: Site, text: str, words: list[str]) -> None:
    problem = fresh.refused("plugin", "add", text)
    for word in words:
        assert word in problem.text
    assert "3.119.0" in problem.text or "pre-release" in problem.text


@pytest.mark.parametrize(("text", "words"), REAL[:3], ids=[text for text, _ in REAL[:3]])
def test_the_real_cases_on_a_running_instance(ready: Site, text: str, words: list[str]) -> None:
    ready.running("3.118.0", pulp_rpm="3.39.0")
    problem = ready.refused("plugin", "add", text)
    for word in words:
        assert word in problem.text


@pytest.mark.parametrize("running", [False, True])
def test_a_pulpcore_of_one_s_own_has_a_local_version(ready: Site, *, running: bool) -> None:
    """A lower bound can not name one (PEP 440)."""
    ready.index.publish([core("3.120.0+corp1")])
    if running:
        ready.running("3.120.0+corp1", pulp_rpm="3.39.0")
    ready.run("plugin", "add", "pulpcore==3.120.0+corp1")
    assert ready.versions["pulpcore"] == "3.120.0+corp1"
    ready.run("plugin", "add", "rpm")
    assert ready.versions["pulpcore"] == "3.120.0+corp1"


def test_whoever_knows_better_can_pin_it(ready: Site) -> None:
    ready.run(*ready.refused("plugin", "add", "cookbook").command)
    assert ready.versions["pulp-cookbook"] == "0.1.0b9"
    assert ready.versions["pulpcore"] == "3.119.0"


def test_an_empty_release_is_no_plugin_even_if_it_is_asked_for(site: Site) -> None:
    problem = site.refused("plugin", "add", "rust==0.0.1")
    assert "pulp-rust 0.0.1 is not a Pulp plugin" in problem.message
    assert "entry point" in problem.details


def test_a_fresh_instance_gets_the_newest_core_or_a_refusal(fresh: Site) -> None:
    fresh.index.publish([OLD])
    problem = fresh.refused("plugin", "add", "pulp-old")
    assert "needs pulpcore >=3.119.0; pulp-old 1.0 needs >=3.100,<3.115" in problem.details
    assert "you lose what came since" in problem.hint
    fresh.run(*problem.command)
    assert fresh.versions["pulpcore"] == "3.114.0"
    assert fresh.versions["pulp-old"] == "1.0"


def test_the_core_of_the_database_stays_and_no_command_is_proposed(ready: Site) -> None:
    ready.index.publish([OLD])
    ready.running("3.119.0", pulp_rpm="3.39.0")
    problem = ready.refused("plugin", "add", "pulp-old")
    assert "the running instance needs pulpcore >=3.119.0" in problem.details
    assert "the database can not go back" in problem.hint
    assert "pulp-launcher" not in problem.hint


def test_the_locked_core_stays_above_an_older_running_one(ready: Site) -> None:
    ready.index.publish([OLD])
    ready.running("3.105.0")
    problem = ready.refused("plugin", "add", "pulp-old")
    assert "pulp-old 1.0 needs >=3.100,<3.115" in problem.details
    assert "the running instance needs pulpcore >=3.119.0" not in problem.details
    assert "with pulpcore 3.114.0 in place of 3.119.0" in problem.hint
    ready.run(*problem.command)
    assert ready.versions["pulpcore"] == "3.114.0"


def test_the_running_core_stays_above_an_older_locked_one(ready: Site) -> None:
    ready.run("plugin", "add", "pulpcore<3.115")
    ready.edit('version = "<3.115"', 'version = "*"')
    ready.running("3.118.0")
    ready.run("plugin", "add", "deb")
    assert Version(ready.versions["pulpcore"]) >= Version("3.118.0")


@pytest.mark.parametrize("words", [["add", "pulpcore<3.118"], ["add", "pulpcore==3.114.0", "deb"]])
def test_a_range_below_the_database_is_refused(ready: Site, words: list[str]) -> None:
    ready.running("3.118.0", pulp_rpm="3.39.0")
    problem = ready.refused("plugin", *words)
    assert "3.118.0" in problem.message
    assert "older pulpcore" in problem.details
    assert "3.118.0 or newer" in problem.hint


@pytest.mark.parametrize("words", [["lock"], ["plugin", "remove", "rpm"]])
def test_a_range_below_the_database_by_hand_is_refused_too(ready: Site, words: list[str]) -> None:
    ready.running("3.118.0", pulp_rpm="3.39.0")
    ready.edit('version = "*"', 'version = "<3.118"')
    assert "3.118.0" in ready.refused(*words).message


def test_a_range_that_the_manifest_names_is_the_administrators_choice(ready: Site) -> None:
    ready.run("plugin", "add", "pulpcore<3.118")
    assert ready.versions["pulpcore"] == "3.114.0"
    assert ready.versions["pulp-rpm"] == "3.38.0"


def test_a_pre_release_is_taken_only_when_asked_for(ready: Site) -> None:
    ready.index.publish([plugin("pulp-pre", "2.0rc1", "pulpcore"), core("3.120.0rc1")])
    problem = ready.refused("plugin", "add", "pulp-pre")
    assert "only a pre-release that fits: 2.0rc1" in problem.message
    ready.run(*problem.command)
    assert ready.versions["pulp-pre"] == "2.0rc1"
    assert ready.versions["pulpcore"] == "3.119.0"


def test_a_pre_release_beside_an_old_release_is_taken_when_asked_for(ready: Site) -> None:
    ready.index.publish(
        [plugin("pulp-pre", "1.0", "pulpcore<3.115"), plugin("pulp-pre", "2.0rc1", "pulpcore")]
    )
    problem = ready.refused("plugin", "add", "pulp-pre")
    assert "pre-release" in problem.text
    ready.run(*problem.command)
    assert ready.versions["pulp-pre"] == "2.0rc1"


def test_a_pre_release_of_the_core_is_never_picked_by_itself(ready: Site) -> None:
    ready.index.publish([core("3.120.0rc1")])
    ready.run("lock", "--upgrade")
    assert ready.versions["pulpcore"] == "3.119.0"
