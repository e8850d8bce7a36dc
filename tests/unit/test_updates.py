"""Newer Debian packages are found, named to a build, and asked for without harm."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from launcher.host import machine
from launcher.model.errors import BuildFailed, SwitchFailed
from launcher.model.lock import Move
from launcher.model.updates import Update, merged
from launcher.operations.change_plugins import add_plugins
from launcher.operations.pending_updates import Pending, pending_updates
from launcher.operations.plan import plan
from launcher.operations.rebuild import rebuild
from launcher.operations.rollback import look as look_back
from launcher.operations.rollback import rollback
from launcher.operations.start import start
from launcher.operations.status import status
from launcher.operations.upgrade import look, upgrade
from tests.unit.fakes import newer

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.fakes import World

SHARED = ("db", "cache", "web")
OPENSSL = newer("openssl", "3.5.1", "3.5.2", security=True)
HOSTNAME = newer("hostname", "3.24", "3.25")


@pytest.fixture
def started(world: World) -> World:
    add_plugins(world.instance, ["rpm"])
    rebuild(world.instance)
    start(world.instance)
    return world


@pytest.fixture
def published(started: World) -> World:
    """Have a generation that serves, and newer Debian packages in the archive."""
    started.publish(OPENSSL, HOSTNAME)
    return started


def listed(world: World) -> str:
    path = world.instance.paths.updates
    return path.read_text("utf-8") if path.exists() else ""


def update(name: str, old: str | None, new: str) -> Update:
    return Update(name=name, old=old, new=new, security=False)


def test_a_list_is_sorted_and_the_newest_counts() -> None:
    once = merged("", [update("b", "1", "2"), update("a+", None, "1")])
    assert once == "a+ - 1\nb 1 2\n"
    assert merged(once, [update("b", "2", "3")]) == "a+ - 1\nb 2 3\n"


def test_an_older_image_that_lacks_the_same_changes_no_list() -> None:
    text = "b 2 3\n"
    assert merged(text, [update("b", "1", "3")]) == text
    assert merged(text, []) == text


def test_a_plan_shows_what_moves_and_what_restarts(published: World) -> None:
    before = published.files()
    found = look(published.instance).plan
    assert found.due
    assert found.system == (
        Move("openssl", "3.5.1", "3.5.2", ("security",)),
        Move("hostname", "3.24", "3.25"),
    )
    assert "debian-updates.txt changed" in found.changes[0].why
    restarted = {change.what for change in found.changes if change.act == "restart"}
    assert restarted == {published.service(role) for role in SHARED}
    assert published.files() == before


def test_the_build_gets_the_list_and_the_generation_keeps_it(published: World) -> None:
    done = upgrade(published.instance, look(published.instance))
    assert done.rebuilt
    assert done.rebuilt.switched
    text = "hostname 3.24 3.25\nopenssl 3.5.1 3.5.2\n"
    kept = published.instance.paths.generation(2) / "debian-updates.txt"
    assert (published.podman.builds[1].context / kept.name).read_text("utf-8") == text
    assert listed(published) == kept.read_text("utf-8") == text
    assert not (kept.parent.parent / "1" / kept.name).read_text("utf-8")


def test_what_came_once_is_built_once(published: World) -> None:
    upgrade(published.instance, look(published.instance))
    published.publish()
    assert not look(published.instance).due
    assert not plan(published.instance).due
    assert not rebuild(published.instance).built


def test_a_generation_that_was_left_is_taken_again_and_not_built_again(published: World) -> None:
    """Packages of two upgrades are pending in the older image, and are in the newest."""
    upgrade(published.instance, look(published.instance))
    published.publish(newer("curl", "1", "2"))
    upgrade(published.instance, look(published.instance))
    rollback(published.instance, look_back(published.instance, 1), restore=False)
    published.publish(OPENSSL, HOSTNAME, newer("curl", "1", "2"))
    assert look(published.instance, unattended=True).left == 3
    upgrade(published.instance, look(published.instance))
    assert status(published.instance).generation == 3
    assert len(published.podman.builds) == 3


@pytest.mark.parametrize("lists", ["", "curl 1 2\n"])
def test_where_the_build_fails_the_list_is_as_before(published: World, lists: str) -> None:
    if lists:
        published.instance.paths.updates.write_text(lists, "utf-8")
        rebuild(published.instance)
    before = published.files()
    published.podman.failure = BuildFailed("openssl is still 3.5.1")
    with pytest.raises(BuildFailed):
        upgrade(published.instance, look(published.instance))
    assert published.files() == before


def test_where_the_switch_fails_the_list_is_as_before(published: World) -> None:
    published.systemd.broken.add(published.service("api", 2))
    with pytest.raises(SwitchFailed):
        upgrade(published.instance, look(published.instance))
    assert listed(published) == ""
    assert look(published.instance, unattended=True).left == 2
    assert not plan(published.instance).due


def test_an_archive_that_does_not_answer_is_a_note(started: World) -> None:
    said = "Error: first\nFailed to fetch http://deb.example\n"
    started.podman.pending = subprocess.CompletedProcess([], 1, "", said)
    found = look(started.instance)
    assert not found.due
    (note,) = found.plan.notes
    assert note == "What Debian has newer is not known: Failed to fetch http://deb.example"
    started.uv.index["pulp-rpm"] = "3.40.0"
    upgrade(started.instance, look(started.instance))
    assert listed(started) == ""


@pytest.mark.parametrize("said", ["", "[]", "{}", "<html>", '{"problem": 1}'])
def test_an_answer_that_is_none_is_a_note(started: World, said: str) -> None:
    started.podman.pending = subprocess.CompletedProcess([], 0, said, "")
    assert "no answer" in pending_updates(started.instance).note


def test_nothing_is_asked_before_there_is_an_image(world: World) -> None:
    add_plugins(world.instance, ["rpm"])
    assert pending_updates(world.instance) == Pending()
    assert not world.podman.runs


def test_it_is_asked_of_the_image_that_serves(started: World) -> None:
    serving = started.instance.current()
    add_plugins(started.instance, ["deb"])
    rebuild(started.instance, switching=False)
    pending_updates(started.instance)
    assert serving
    image, words = started.podman.runs[-1]
    assert (image, words[-2:]) == (serving.image, ("--user=root", "pending-updates"))
    assert {"--read-only", "--cap-drop=all"} < set(words)
    assert not [word for word in words if word.startswith(("--network", "--volume"))]


def test_it_trusts_what_the_host_trusts(
    started: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bundle = tmp_path / "bundle.crt"
    bundle.write_text("-", "utf-8")
    monkeypatch.setattr(machine, "ca_bundle", lambda: bundle)
    pending_updates(started.instance)
    (volume,) = [word for word in started.podman.runs[-1][1] if word.startswith("--volume=")]
    assert volume.endswith("/ca:/run/secrets/ca:ro,z")
    assert str(bundle) not in volume
