"""The lock, and what it was made for."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from launcher.model.errors import InputInvalid
from launcher.model.lock import Lock, stamped
from launcher.model.manifest import Manifest
from launcher.model.toml import parse
from tests.unit.fakes import lock_text

PATH = Path("/etc/pulp-launcher/pulp/pylock.toml")
TEXT = lock_text({"pulpcore": "3.115.0", "pulp-rpm": "3.39.0"})


def manifest(text: str = "[plugins]\npulp-rpm = '*'\n") -> Manifest:
    return parse(text, Path("plugins.toml"), Manifest)


def test_who_knows_of_advisories_has_no_say_in_it() -> None:
    assert "advisories" not in stamped(TEXT, manifest())
    other = manifest("[plugins]\npulp-rpm = '*'\n[index]\nadvisories = ''\n")
    assert Lock.parse(stamped(TEXT, manifest()), PATH).fits(other)


def test_the_versions_are_by_canonical_name() -> None:
    text = TEXT.replace('name = "pulpcore"', 'name = "pulp.core"').replace(".core", "core")
    assert Lock.parse(text, PATH).versions == {"pulpcore": "3.115.0", "pulp-rpm": "3.39.0"}


def test_a_stamped_lock_fits_the_manifest_that_it_was_made_for() -> None:
    lock = Lock.parse(stamped(TEXT, manifest()), PATH)
    assert lock.fits(manifest())
    assert lock.versions == Lock.parse(TEXT, PATH).versions


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[plugins]\npulp-rpm = '>=3'\n",
        "[plugins]\npulp-rpm = {extras = ['x']}\n",
        "[plugins]\npulp-rpm = '*'\npulp-deb = '*'\n",
        "[plugins]\npulp-rpm = '*'\n[core]\nversion = '>=3'\n",
        "[plugins]\npulp-rpm = '*'\n[core]\nextras = ['s3']\n",
        "[plugins]\npulp-rpm = '*'\n[image]\npython = '3.14'\n",
    ],
)
def test_it_does_not_fit_where_anything_else_is_asked_for(text: str) -> None:
    assert not Lock.parse(stamped(TEXT, manifest()), PATH).fits(manifest(text))


@pytest.mark.parametrize(
    "text",
    [
        "# [plugins]\n[plugins]\nPulp_RPM = '*' # any\n",
        "[image]\npackages = ['git']\nbase = 'debian:13'\n[plugins]\npulp-rpm = ''\n",
    ],
)
def test_it_fits_where_only_the_rest_differs(text: str) -> None:
    assert Lock.parse(stamped(TEXT, manifest()), PATH).fits(manifest(text))


def test_a_lock_of_another_tool_fits_nothing() -> None:
    assert not Lock.parse(TEXT, PATH).fits(manifest())


def test_it_does_not_fit_where_something_else_need_not_be_in_it() -> None:
    lock = Lock.parse(stamped(TEXT, manifest(), ("pygobject",)), PATH)
    assert lock.fits(manifest(), ("pygobject",))
    assert not lock.fits(manifest())
    assert not Lock.parse(stamped(TEXT, manifest()), PATH).fits(manifest(), ("pygobject",))


def test_the_stamp_depends_on_nothing_but_its_input() -> None:
    one = manifest("[plugins]\npulp-rpm = '*'\npulp-deb = '*'\n")
    other = manifest("[plugins]\npulp-deb = '*'\npulp-rpm = '*'\n")
    assert stamped(TEXT, one) == stamped(TEXT.rstrip(), other)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[[packages]\n",
        "lock-version = '1.0'\n",
        TEXT.replace('"1.0"', '"99.0"'),
        TEXT.replace('version = "3.39.0"', "version = 3"),
        "packages = 'all'\n",
    ],
)
def test_what_is_no_lock_is_told_with_the_way_out(text: str) -> None:
    with pytest.raises(InputInvalid) as caught:
        Lock.parse(text, PATH)
    assert str(PATH) in caught.value.message
    assert "pulp-launcher lock" in caught.value.hint


def test_it_does_not_fit_where_another_index_is_asked() -> None:
    text = "[plugins]\npulp-rpm = '*'\n[index]\nurl = 'https://index.example/'\n"
    assert not Lock.parse(stamped(TEXT, manifest()), PATH).fits(manifest(text))


def test_it_does_not_fit_where_other_ranges_hold() -> None:
    text = "[plugins]\npulp-rpm = '*'\n[image]\nconstraints = ['django<5']\n"
    assert not Lock.parse(stamped(TEXT, manifest()), PATH).fits(manifest(text))


@pytest.mark.parametrize(("old", "new"), [("files.example", "evil.example"), ("sha256", "sha512")])
def test_what_somebody_changed_by_hand_fits_nothing(old: str, new: str) -> None:
    lock = Lock.parse(stamped(TEXT, manifest()).replace(old, new, 1), PATH)
    assert lock.edited
    assert not lock.fits(manifest())


def test_of_an_edited_lock_only_the_versions_are_kept() -> None:
    whole = stamped(TEXT, manifest())
    assert Lock.parse(whole, PATH).pins == whole
    pins = Lock.parse(whole.replace("files.example", "evil.example"), PATH).pins
    packages = [
        {"name": "pulp-rpm", "version": "3.39.0"},
        {"name": "pulpcore", "version": "3.115.0"},
    ]
    assert tomllib.loads(pins)["packages"] == packages


def test_a_stamp_that_somebody_changed_shows() -> None:
    other = manifest("[plugins]\npulp-rpm = '*'\n[image]\npython = '3.14'\n")
    lock = Lock.parse(stamped(TEXT, manifest()).replace("3.13", "3.14"), PATH)
    assert not lock.fits(other)


def test_what_is_not_from_the_index_is_told_apart_by_its_origin() -> None:
    commit = "0b2f26d" + "0" * 33
    text = lock_text({"pulpcore": "3.115.0", "pulp-own": f"git+https://git.example/own@{commit}"})
    assert Lock.parse(text, PATH).labels == {"pulpcore": "3.115.0", "pulp-own": "(0b2f26d)"}
