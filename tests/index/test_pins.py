"""What is locked stays until somebody asks for more; and it is the same everywhere."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tests.index.releases import core, library, plugin
from tests.index.site import Site

if TYPE_CHECKING:
    from pathlib import Path

    from tests.index.conftest import Locked

NEWER = (
    core("3.120.0"),
    library("django", "5.3"),
    library("solv", "0.8"),
    plugin("pulp-rpm", "3.40.0", "pulpcore>=3.119,<3.130", "solv>=0.7"),
    plugin("pulp_deb", "3.12.0", "pulpcore>=3.120,<3.130"),
)
"""What appears on the index some weeks later."""


@pytest.fixture
def later(locked: Locked) -> Site:
    """Return a site that locked pulp-rpm and pulp-deb some weeks ago."""
    site = locked("rpm", "deb")
    site.index.publish(NEWER)
    return site


def rows(found: Any) -> dict[str, tuple[str | None, str | None]]:
    return {row["name"]: (row["old"], row["new"]) for row in found["moves"]}


def test_two_hosts_lock_the_same_bytes(
    ready: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready.run("plugin", "add", "deb", "python")
    first = ready.lock.text
    for word in ("CONFIG", "STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{word}_HOME", str(tmp_path / "other" / word.lower()))
    other = Site(tmp_path / "other", ready.index)
    other.run("init")
    other.edit("[core]", f'[index]\nurl = "{ready.index.url}"\n\n[core]')
    other.run("plugin", "add", "python", "rpm", "pulp_deb")
    assert other.lock.text == first


def test_a_lock_from_scratch_is_the_same(ready: Site) -> None:
    before = ready.files()
    ready.instance.paths.lock.unlink()
    shutil.rmtree(ready.home / "cache")
    ready.run("lock")
    assert ready.files() == before


def test_an_upgrade_with_nothing_new_is_the_same(ready: Site) -> None:
    before = ready.files()
    ready.run("lock", "--upgrade")
    assert ready.files() == before


def test_pins_stay_when_there_is_something_newer(later: Site) -> None:
    before = later.versions
    later.run("lock")
    assert later.versions == before
    changed = later.data("plugin", "add", "python")
    assert rows(changed) == {"pulp-python": (None, "3.37.0")}
    assert later.versions == {**before, "pulp-python": "3.37.0"}


def test_pins_stay_when_a_plugin_is_removed(later: Site) -> None:
    before = later.versions
    assert rows(later.data("plugin", "remove", "deb")) == {"pulp-deb": ("3.11.0", None)}
    assert later.versions == {
        name: version for name, version in before.items() if name != "pulp-deb"
    }


def test_an_update_of_one_plugin_moves_what_it_must(later: Site) -> None:
    found = later.data("plugin", "update", "rpm")
    assert rows(found) == {"pulp-rpm": ("3.39.0", "3.40.0")}


def test_an_update_moves_the_core_only_if_it_has_to(later: Site) -> None:
    found = later.data("plugin", "update", "pulp_deb")
    assert rows(found) == {"pulp-deb": ("3.11.0", "3.12.0"), "pulpcore": ("3.119.0", "3.120.0")}


def test_an_update_of_all_is_that_of_the_core_and_the_plugins(later: Site) -> None:
    assert rows(later.data("plugin", "update")) == {
        "pulp-deb": ("3.11.0", "3.12.0"),
        "pulp-rpm": ("3.39.0", "3.40.0"),
        "pulpcore": ("3.119.0", "3.120.0"),
    }


def test_lock_upgrade_moves_everything_and_outdated_says_so_before(later: Site) -> None:
    expected = {
        "django": ("5.2", "5.3"),
        "pulp-deb": ("3.11.0", "3.12.0"),
        "pulp-rpm": ("3.39.0", "3.40.0"),
        "pulpcore": ("3.119.0", "3.120.0"),
        "solv": ("0.7.1", "0.8"),
    }
    before = later.files()
    assert rows(later.data("outdated")) == expected
    assert later.files() == before
    assert rows(later.data("lock", "--upgrade")) == expected


def test_an_update_of_what_is_not_asked_for_is_refused(later: Site) -> None:
    problem = later.refused("plugin", "update", "pulp_dep", status=2)
    assert "pulp-dep is not in the manifest; did you mean '" in problem.message


def test_outdated_names_who_holds_what_back(ready: Site) -> None:
    holder = plugin("pulp-holder", "1.0", "pulpcore>=3.105,<3.120", "solv<0.8")
    ready.index.publish([holder])
    ready.run("plugin", "add", "pulp-holder")
    ready.index.publish(NEWER)
    found = ready.data("outdated")
    held = {row["name"]: row for row in found["held"]}
    assert held["pulpcore"]["newest"] == "3.120.0"
    assert held["pulpcore"]["held_by"] == ["pulp-holder 1.0"]
    assert "pulpcore stays at 3.119.0, though there is 3.120.0: held by pulp-holder 1.0" in (
        ready.run("outdated")
    )


def test_outdated_names_the_range_of_the_manifest(ready: Site) -> None:
    ready.run("plugin", "add", "deb<3.11")
    (row,) = ready.data("outdated")["held"]
    assert (row["name"], row["locked"], row["newest"]) == ("pulp-deb", "3.10.0", "3.11.0")
    (holder,) = row["held_by"]
    assert holder.startswith("the manifest")
    assert "or something" not in holder


def test_outdated_says_when_all_is_new(ready: Site) -> None:
    assert ready.run("outdated") == "Everything is up to date.\n"


def test_outdated_without_a_lock_tells_the_next_step(fresh: Site) -> None:
    problem = fresh.refused("outdated")
    assert problem.message == "nothing is locked yet"
    assert "pulp-launcher lock" in problem.hint


def test_why_names_the_chain_up_to_the_manifest(ready: Site) -> None:
    assert ready.data("plugin", "why", "solv") == ["solv ← pulp-rpm", "pulp-rpm ← the manifest"]
    problem = ready.refused("plugin", "why", "slov", status=2)
    assert "slov is not in the lock; did you mean 'solv'?" in problem.message


def test_why_names_the_manifest_beside_a_plugin(ready: Site) -> None:
    ready.run("plugin", "add", "pulp-base", "pulp-upon")
    (first, *_) = ready.data("plugin", "why", "pulp-base")
    assert "pulp-upon" in first
    assert "the manifest" in first


@pytest.mark.parametrize("name", ["solv", "django", "boto", "pulpcore", "pulp-own"])
def test_why_asks_nobody_once_all_was_fetched(ready: Site, name: str) -> None:
    own = plugin("pulp-own", "1.0", "pulpcore>=3.105", "solv>=0.7")
    ready.edit("extras = []", 'extras = ["s3"]')
    ready.run("plugin", "add", str(ready.folder("checkout", own.project())), "pulp-upon")
    said = ready.data("plugin", "why", name)
    ready.fetch()
    ready.index.asked.clear()
    ready.index.mood = 500
    assert ready.data("plugin", "why", name) == said
    assert ready.index.asked == []


def test_why_of_a_lock_that_is_not_the_manifests_asks_the_index(ready: Site) -> None:
    ready.fetch()
    ready.edit("[plugins]\n", '[plugins]\npulp-deb = "*"\n')
    assert ready.data("plugin", "why", "pulpcore")[0] == (
        "pulpcore ← the manifest, pulp-deb, pulp-rpm"
    )


def test_another_index_is_another_lock(ready: Site) -> None:
    ready.run("lock", "--check")
    ready.edit("[index]\n", '[index]\nextra = ["https://index.example/simple/"]\n')
    assert ready.refused("lock", "--check", status=3).code == "drift"
