"""A lock that is not that of the manifest, or that somebody changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.index.releases import core, library

if TYPE_CHECKING:
    from tests.index.site import Site

ADDED = """
[[packages]]
name = "evil"
version = "1.0"
wheels = [{ url = "https://files.example/evil-1.0-py3-none-any.whl", hashes = { sha256 = "00" } }]
"""

EDITS = {
    "version": ("3.39.0", "3.38.0"),
    "digest": ('sha256 = "', 'sha256 = "00'),
    "package": ("\n[tool.pulp-launcher]", f"{ADDED}\n[tool.pulp-launcher]"),
    "address": ("http://127.0.0.1", "http://127.0.0.2"),
}


@pytest.fixture(params=EDITS)
def edited(ready: Site, request: pytest.FixtureRequest) -> Site:
    ready.edit_lock(*EDITS[request.param])
    return ready


def test_check_tells_by_its_status(ready: Site) -> None:
    assert ready.run("lock", "--check") == "The lock is that of the manifest.\n"
    ready.edit("[plugins]\n", '[plugins]\npulp-deb = "*"\n')
    problem = ready.refused("lock", "--check", status=3)
    assert problem.message == "the lock is not that of the manifest"
    assert "pulp-launcher lock" in problem.hint
    ready.run("lock")
    ready.run("lock", "--check")


def test_check_without_a_lock(fresh: Site) -> None:
    assert fresh.refused("lock", "--check", status=3).code == "drift"


def test_check_asks_nobody(ready: Site) -> None:
    ready.run("lock", "--check")
    assert ready.index.asked == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[plugins]\n", "# the plugins\n[plugins]\n"),
        ("packages = []", 'packages = ["git"]'),
        ("pulp-rpm", "Pulp_RPM"),
    ],
)
def test_what_does_not_change_the_lock_keeps_it(ready: Site, old: str, new: str) -> None:
    ready.edit(old, new)
    ready.run("lock", "--check")


def test_a_changed_lock_is_found_refused_and_healed(edited: Site) -> None:
    assert edited.refused("lock", "--check", status=3).code == "drift"
    problem = edited.refused("rebuild", status=2)
    assert "was changed by hand" in problem.message
    assert str(edited.instance.paths.lock) in problem.message
    assert "plugins.toml" in problem.hint
    edited.run("lock")
    assert edited.run("lock", "--check")
    assert "evil" not in edited.lock.text
    assert "127.0.0.2" not in edited.lock.text
    assert len(edited.fetch()) == len(edited.versions)


def test_healing_moves_nothing(edited: Site) -> None:
    asked = {name: text for name, text in edited.versions.items() if name != "evil"}
    edited.index.publish([core("3.120.0"), library("django", "5.3"), library("solv", "0.8")])
    edited.run("lock")
    assert edited.versions.items() <= asked.items()


def test_healing_is_said(edited: Site) -> None:
    answer = edited.call("lock")
    assert f"{edited.instance.paths.lock} was changed by hand: its versions stay" in answer.err
    assert "by hand" not in edited.call("lock").err


def test_a_version_that_does_not_exist_is_not_kept(ready: Site) -> None:
    ready.edit_lock("3.39.0", "3.39.7")
    ready.run("lock")
    assert ready.versions["pulp-rpm"] == "3.39.0"


def test_an_upgrade_keeps_nothing_and_says_nothing(edited: Site) -> None:
    assert "by hand" not in edited.call("lock", "--upgrade").err
    assert edited.versions["pulp-rpm"] == "3.39.0"


def test_what_is_appended_is_a_change_too(ready: Site) -> None:
    ready.instance.paths.lock.write_text(ready.lock.text + ADDED, "utf-8")
    assert ready.refused("lock", "--check", status=3).code == "drift"
    assert "was changed by hand" in ready.refused("rebuild", status=2).message


def test_a_lock_without_its_digest_is_a_changed_one(ready: Site) -> None:
    lines = ready.lock.text.splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith('sha256 = "')]
    assert len(kept) == len(lines) - 1
    ready.instance.paths.lock.write_text("".join(kept), "utf-8")
    assert ready.refused("lock", "--check", status=3).code == "drift"
    assert "was changed by hand" in ready.refused("rebuild", status=2).message


@pytest.mark.parametrize("words", [["lock"], ["lock", "--check"], ["rebuild"], ["plugin", "list"]])
@pytest.mark.parametrize("text", ["not [ toml", "", 'lock-version = "9.0"\n'])
def test_what_is_no_lock_at_all_is_named_with_the_way_out(
    ready: Site, text: str, words: list[str]
) -> None:
    ready.instance.paths.lock.write_text(text, "utf-8")
    problem = ready.refused(*words, status=2)
    assert f"{ready.instance.paths.lock} is not a valid lock" in problem.message
    assert "pulp-launcher lock" in problem.hint


def test_a_rebuild_locks_a_changed_manifest_by_itself(ready: Site) -> None:
    """Here it ends where the image would be built: no engine."""
    ready.edit("[plugins]\n", '[plugins]\npulp-nowhere = "*"\n')
    problem = ready.refused("rebuild")
    assert "there is no plugin 'pulp-nowhere'" in problem.message
