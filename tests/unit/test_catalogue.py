"""The catalogue's data file."""

from __future__ import annotations

import re

import pytest
from packaging.utils import canonicalize_name

from launcher import catalogue
from launcher.model.catalogue import Catalogue, KnownSet, presets
from launcher.model.config import Config
from launcher.model.pulp_settings import OURS
from launcher.model.requirement import BUILT_IN, plugin_name

CATALOGUE = Catalogue(catalogue.plugins())
PRESETS = presets(catalogue.presets())
NAMES = pytest.mark.parametrize("name", CATALOGUE.plugins)
CONFIG = Config(
    hostname="pulp.example", port=8443, settings={"CONTENT_PATH_PREFIX": "/files/", "X": "{origin}"}
)


@NAMES
def test_names_are_those_that_the_manifest_and_the_command_use(name: str) -> None:
    assert name == canonicalize_name(name) == plugin_name(name, CATALOGUE.plugins)


@NAMES
def test_every_entry_tells_what_it_is_for_and_where_more_is(name: str) -> None:
    known = CATALOGUE.plugins[name]
    assert known.summary
    assert "\n" not in known.summary
    assert known.docs.startswith("https://")


@NAMES
def test_packages_are_names_of_debian_packages(name: str) -> None:
    for package in CATALOGUE.plugins[name].needed:
        assert re.fullmatch(r"[a-z0-9][a-z0-9+.-]+", package)


@NAMES
def test_what_a_package_provides_has_its_canonical_name(name: str) -> None:
    assert all(item == canonicalize_name(item) for item in CATALOGUE.plugins[name].provided)


@NAMES
def test_settings_are_filled_in_and_not_ours(name: str) -> None:
    settings = CATALOGUE.settings([name], CONFIG)
    assert not settings.keys() & OURS.keys()
    assert all(re.fullmatch(r"[A-Z][A-Z0-9_]*", key) for key in settings)
    assert not any("{" in str(value) for value in settings.values())


@NAMES
def test_what_can_not_be_installed_has_the_reason_and_nothing_else(name: str) -> None:
    known = CATALOGUE.plugins[name]
    assert bool(known.state) == (known.built_in or not known.fits)
    if not known.fits:
        assert known.notes
        assert not known.needed
        assert not known.settings


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_presets_are_of_plugins_that_can_be_added(preset: KnownSet) -> None:
    assert preset.summary
    assert len(set(preset.plugins)) == len(preset.plugins)
    assert not [name for name in preset.plugins if CATALOGUE.plugins[name].state]


def test_everything_is_everything_that_can_be_added() -> None:
    wanted = {name for name, known in CATALOGUE.plugins.items() if not known.state}
    assert set(PRESETS["everything"].plugins) == wanted


def test_what_is_part_of_pulpcore_is_marked_so() -> None:
    assert {name for name, known in CATALOGUE.plugins.items() if known.built_in} == set(BUILT_IN)


def test_settings_follow_the_config() -> None:
    settings = CATALOGUE.settings(["pulp-ansible", "pulp-container"], CONFIG)
    assert settings["ANSIBLE_CONTENT_HOSTNAME"] == "http://pulp.example:8443/files"
    assert settings["TOKEN_SERVER"].startswith("http://pulp.example:8443/")


def test_packages_of_several_plugins_are_sorted_and_told_once() -> None:
    text = "".join(
        f'[{name}]\nsummary = ""\ndocs = ""\npackages = {packages}\n'
        for name, packages in (("a", ["z", "b"]), ("c", ["b", "a"]), ("d", ["never"]))
    )
    assert Catalogue(text).packages(["c", "a", "unknown"]) == ("a", "b", "z")


def test_what_packages_provide_is_that_of_the_plugins_at_hand() -> None:
    assert CATALOGUE.provided(["pulp-rpm", "pulp-ostree"]) == {"pygobject": "python3-gi"}
    assert CATALOGUE.provided(["pulp-rpm", "unknown"]) == {}
    assert "python3-gi" in CATALOGUE.packages(["pulp-ostree"])


def test_unknown_plugins_have_no_settings() -> None:
    assert CATALOGUE.settings(["pulp-of-our-own"], CONFIG) == {}


def test_a_plugin_that_is_not_known_has_a_nearest() -> None:
    assert "'python'" in CATALOGUE.nearest("pulp-pyton")
    assert "'rpm'" in CATALOGUE.nearest("rmp")
    assert CATALOGUE.nearest("zzz") == ""
