"""The manifest: what the commands write into it, what it steers, and what they leave alone."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from launcher.model import manifest_edit
from launcher.model.requirement import PluginRequest
from tests.index.releases import plugin

if TYPE_CHECKING:
    from pathlib import Path

    from tests.index.server import Server
    from tests.index.site import Site

BY_HAND = """\
# ours since 2021, ask Kim

[index]
url = "{url}"   # the mirror

[plugins] # alphabetical, please
Pulp_Deb = ">=3.10"     # for the build farm

[core]
version = '*'
"""
TEXTS = st.sampled_from(
    [
        BY_HAND,
        "[plugins]\n",
        "[core]\nversion = '*'\n\n[plugins]\npulp-deb = '*' # last line\n",
        "[plugins]\n\n# a note below\n\n[image]\npackages = []\n",
        "[plugins]\r\npulp-deb = '*'\r\n",
        "[plugins]\npulp-deb = {version = '*', packages = ['git']}\n\n[index]\n",
        "plugins.pulp-deb = '*'\n",
        "[plugins]\npulp-deb = '*'",
        "[plugins]\npulp-deb = '*'\n# the end",
    ]
)
NAMES = ["pulp-rpm", "pulp-maven", "pulp-gem", "pulp-npm", "galaxy-ng"]
SOURCES = st.sampled_from(
    [
        {},
        {"version": ">=3,<4"},
        {"extras": ("a", "b")},
        {"extras": ("a",), "version": "==1"},
        {"git": "https://git.example/x.git", "rev": "main"},
        {"url": "https://files.example/x-1.0.tar.gz"},
        {"path": "/srv/x"},
    ]
)


@settings(deadline=None)
@given(
    text=TEXTS,
    sources=st.lists(SOURCES, min_size=1, max_size=len(NAMES)),
    added=st.permutations(NAMES),
    data=st.data(),
)
def test_adding_and_removing_leaves_every_byte(
    text: str, sources: list[dict[str, Any]], added: list[str], data: st.DataObject
) -> None:
    """Whatever was added, and in whatever order it is taken out again, also in between."""
    changed, there = text, list[str]()
    for name, source in zip(added, sources, strict=False):
        changed = manifest_edit.add(changed, PluginRequest(name, **source))
        there.append(name)
        for gone in data.draw(st.sets(st.sampled_from(there), max_size=2)):
            there.remove(gone)
            changed = manifest_edit.remove(changed, gone)
    for name in data.draw(st.permutations(there)):
        changed = manifest_edit.remove(changed, name)
    assert changed == text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("", "[plugins]\n"),
        ("[core]\nversion = '*'\n", "[core]\nversion = '*'\n\n[plugins]\n"),
        (
            "[plugins.pulp-deb]\nversion = '*'\n",
            "[plugins]\n\n[plugins.pulp-deb]\nversion = '*'\n",
        ),
    ],
)
def test_a_header_that_had_to_be_made_stays(text: str, left: str) -> None:
    """An empty one is what a new manifest has, so nothing tells whose it is."""
    changed = manifest_edit.add(text, PluginRequest("pulp-rpm"))
    assert manifest_edit.remove(changed, "pulp-rpm") == left


def test_adding_and_removing_by_command_leaves_every_byte(site: Site) -> None:
    text = BY_HAND.format(url=site.index.url)
    site.instance.paths.manifest.write_text(text, "utf-8")
    site.run("lock")
    before = site.files()
    site.run("plugin", "add", "rpm<4", "python", "pulp-upon")
    head, _, tail = text.partition("build farm\n")
    added = 'pulp-rpm = "<4"\npulp-python = "*"\npulp-upon = "*"\n'
    assert site.manifest == f"{head}build farm\n{added}{tail}"
    site.run("plugin", "remove", "python")
    site.run("plugin", "remove", "pulp_upon", "pulp_RPM")
    assert site.files() == before


@pytest.mark.parametrize("text", ["rpm", "pulp_rpm", "pulp-rpm", "Pulp.RPM", "pulp-rpm[]"])
def test_every_spelling_is_the_same_plugin(ready: Site, text: str) -> None:
    before = ready.files()
    ready.run("plugin", "add", text)
    assert ready.files() == before


@pytest.mark.parametrize("text", ["file", "pulp_file", "pulp-certguard"])
def test_what_is_part_of_pulpcore_is_told_and_accepted(ready: Site, text: str) -> None:
    before = ready.files()
    assert "is part of pulpcore; it is always there" in ready.run("plugin", "add", text)
    assert ready.files() == before


def test_adding_again_keeps_what_was_written_by_hand(ready: Site) -> None:
    ready.edit(
        'pulp-rpm = "*"', 'pulp-rpm = {version = "<3.39", enabled = false, packages = ["git"]}'
    )
    ready.run("plugin", "add", "rpm>=3.38")
    plugin = ready.instance.manifest().plugins["pulp-rpm"]
    assert plugin.version == ">=3.38"
    assert plugin.packages == ("git",)
    assert not plugin.enabled


# Dry runs


def test_a_dry_run_shows_the_change_and_makes_none(ready: Site) -> None:
    before = ready.files()
    out = ready.run("plugin", "add", "pulp-upon", "--dry-run")
    assert ready.files() == before
    assert "DISTRIBUTION" in out
    assert "Nothing was changed." in out
    shown = {line.split()[0]: line.split()[1:] for line in out.splitlines() if "pulp-" in line}
    assert shown["pulp-base"] == ["-", "1.0", "pulp-upon"]
    assert shown["pulp-upon"] == ["-", "2.0", "the", "manifest"]


def test_a_dry_run_of_a_removal(ready: Site) -> None:
    before = ready.files()
    out = ready.run("plugin", "remove", "rpm", "--dry-run")
    assert ready.files() == before
    assert "solv" in out
    assert "Nothing was changed." in out


@pytest.fixture
def untouched(fresh: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """Return a site without any file of an instance."""
    shutil.rmtree(fresh.instance.paths.config_dir)
    monkeypatch.setenv("UV_DEFAULT_INDEX", fresh.index.url)
    return fresh


def test_a_dry_run_is_no_beginning(untouched: Site) -> None:
    assert "3.39.0" in untouched.run("plugin", "add", "rpm", "--dry-run")
    assert not untouched.files()


def test_a_failure_is_no_beginning(untouched: Site) -> None:
    untouched.refused("plugin", "add", "pulp-nowhere")


# What else the manifest steers


def test_more_requirements_and_constraints(site: Site) -> None:
    site.edit(
        "[image]\n", '[image]\nrequirements = ["boto"]\nconstraints = ["django<5.2", "solv<1"]\n'
    )
    site.run("plugin", "add", "deb")
    assert site.versions == {
        "boto": "1.40",
        "django": "5.1",
        "pulp-deb": "3.11.0",
        "pulpcore": "3.119.0",
    }


@pytest.mark.parametrize("key", ["requirements", "constraints"])
def test_one_that_does_not_parse_is_named(ready: Site, key: str) -> None:
    ready.edit("[image]\n", f'[image]\n{key} = ["boto <"]\n')
    problem = ready.refused("lock", status=2)
    assert f"image.{key}.0: 'boto <' is no requirement" in problem.details


def test_a_key_that_nobody_knows_is_named_with_the_nearest(ready: Site) -> None:
    ready.edit("[image]\n", '[image]\nrequirement = ["boto"]\n')
    problem = ready.refused("lock", status=2)
    assert "image.requirement: unknown key; did you mean 'requirements'?" in problem.details


def test_extras_of_pulpcore_and_of_a_plugin(site: Site) -> None:
    site.edit("extras = []", 'extras = ["s3"]')
    site.run("plugin", "add", "deb")
    assert site.versions["boto"] == "1.40"
    assert site.data("plugin", "why", "boto")[0].startswith("boto ← pulpcore")


def test_a_folder_of_wheels_beside_the_index(site: Site) -> None:
    ours = plugin("pulp-ours", "1.0", "pulpcore")
    folder = site.folder("wheels", {ours.wheel_name: ours.wheel()})
    site.edit("[index]\n", f'[index]\nfind_links = ["{folder}"]\n')
    site.run("plugin", "add", "pulp-ours")
    assert site.versions["pulp-ours"] == "1.0"
    assert ours.wheel_name in [wheel.filename for wheel in site.fetch()]


def test_a_page_of_wheels_beside_the_index(site: Site) -> None:
    ours = plugin("pulp-ours", "1.0", "pulpcore")
    site.index.publish([ours])
    page = f"{site.index.url}pulp-ours/"
    site.edit(f'url = "{site.index.url}"', f'url = "{site.index.url}"\nfind_links = ["{page}"]')
    site.run("plugin", "add", "pulp-ours")
    assert ours.wheel_name in [wheel.filename for wheel in site.fetch()]


def test_a_second_index_is_looked_at_first(site: Site, server: Server) -> None:
    private = server.index([plugin("pulp-rpm", "3.38.5", "pulpcore")])
    site.edit("[index]\n", f'[index]\nextra = ["{private.url}"]\n')
    site.run("plugin", "add", "rpm")
    assert site.versions["pulp-rpm"] == "3.38.5"
    assert site.versions["pulpcore"] == "3.119.0"
    assert len(site.fetch()) == 3


def test_no_settings_are_taken_from_above_the_folder_of_the_resolver(
    fresh: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It is in /tmp, where anybody may write some."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    for name, text in (("uv.toml", ""), ("pyproject.toml", "[tool.uv]\n")):
        (folder / name).write_text(f"{text}exclude-newer = '2001-01-01'\n", "utf-8")
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    fresh.run("plugin", "add", "rpm")
    assert fresh.versions["pulp-rpm"]
