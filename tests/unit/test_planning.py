"""A plan says what will be done, and does none of it."""

from __future__ import annotations

import itertools
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from launcher.model.errors import NotReady, SwitchFailed
from launcher.model.lock import Move
from launcher.model.plan import Act, Plan
from launcher.operations.change_plugins import add_plugins, remove_plugins
from launcher.operations.foresee_start import UNKNOWN
from launcher.operations.plan import plan, plan_rebuild, plan_start
from launcher.operations.rebuild import rebuild
from launcher.operations.start import start
from launcher.operations.stop import stop
from tests.unit.fakes import NO_MIGRATIONS, Killed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.unit.fakes import World

ONLINE = {**NO_MIGRATIONS, "pending": ["deb.0001_initial"]}
GUARDED = {**ONLINE, "guards": [["core", "99.0"]]}
SHARED = ("db", "cache", "web")


@pytest.fixture
def ready(world: World) -> World:
    add_plugins(world.instance, ["rpm"])
    return world


@pytest.fixture
def started(ready: World) -> World:
    rebuild(ready.instance)
    start(ready.instance)
    return ready


@pytest.fixture
def wanting(started: World) -> World:
    """Have a generation that serves, and a plugin more in the manifest."""
    add_plugins(started.instance, ["deb"])
    return started


def touched(world: World) -> tuple[Any, ...]:
    """Return all that a plan may not change."""
    podman, systemd = world.podman, world.systemd
    files = world.files()
    return files, dict(podman.names), len(podman.builds), list(systemd.acts), dict(systemd.running)


def untouching(world: World, ask: Callable[[], Plan]) -> Plan:
    before = touched(world)
    found = ask()
    assert touched(world) == before
    return found


def named(found: Plan, act: Act) -> list[str]:
    return [change.what for change in found.changes if change.act is act]


def acts(found: Plan) -> list[Act]:
    return list(dict.fromkeys(change.act for change in found.changes))


def away(found: Plan) -> dict[str, int | None]:
    return {pause.role: pause.seconds for pause in found.pauses if pause.seconds != 0}


def test_the_first_plan_is_everything(ready: World) -> None:
    found = untouching(ready, lambda: plan(ready.instance))
    assert found.due
    assert (found.serving, found.generation) == (None, 1)
    assert acts(found) == [Act.BUILD, Act.WRITE, Act.START, Act.MIGRATE]
    assert found.changes[0].why == "nothing is built yet"
    moves = (Move("pulp-rpm", None, "3.39.0"), Move("pulpcore", None, "3.115.0"))
    assert found.packages == moves
    assert found.pauses == ()
    assert found.disk
    assert found.disk.free == ready.free


def test_nothing_to_do_is_said(started: World) -> None:
    for ask in (plan, plan_rebuild, plan_start):
        found = ask(started.instance)
        assert not found.due
        assert (found.changes, found.packages, found.disk) == ((), (), None)


def test_what_it_says_is_what_comes_to_pass(wanting: World) -> None:
    found = untouching(wanting, lambda: plan(wanting.instance))
    running = dict(wanting.systemd.running)
    rebuild(wanting.instance)
    kept = {unit for unit, text in wanting.up.items() if running.get(unit) == text}
    assert kept == set(found.untouched)
    assert set(named(found, Act.START)) == set(wanting.up) - set(running)
    assert set(named(found, Act.STOP)) == {unit for unit in running if unit not in (
        wanting.systemd.running)}  # fmt: skip
    assert not plan(wanting.instance).due


def test_a_switch_interrupts_nothing(wanting: World) -> None:
    found = plan(wanting.instance)
    assert acts(found) == [Act.BUILD, Act.MIGRATE, Act.START, Act.RELOAD, Act.STOP]
    assert found.packages == (Move("pulp-deb", None, "3.9.1"),)
    assert found.untouched == tuple(wanting.service(role) for role in SHARED)
    assert away(found) == {}
    assert {pause.role for pause in found.pauses} == {*SHARED, "api", "content", "worker"}
    assert "pylock.toml changed" in found.changes[0].why
    assert found.migrations
    assert found.migrations.kind is None
    assert "when the image is built" in found.migrations.why
    assert UNKNOWN in found.notes


def test_a_new_platform_restarts_what_stands_on_it(started: World, static: Path) -> None:
    (static / "Containerfile").write_bytes(b"ARG BASE # newer")
    found = plan(started.instance)
    assert named(found, Act.RESTART) == [started.service(role) for role in SHARED]
    assert {change.why for change in found.changes if change.act is Act.RESTART} == {
        "what is below Pulp changed"
    }
    assert away(found) == dict.fromkeys(SHARED, 2)
    assert found.untouched == ()


@pytest.mark.parametrize(
    ("trial", "kind", "first"),
    [
        (NO_MIGRATIONS, "none", Act.MIGRATE),
        (ONLINE, "online", Act.MIGRATE),
        (GUARDED, "guarded", Act.STOP),
    ],
)
def test_migrations_of_what_is_built_are_looked_at(
    wanting: World, trial: dict[str, Any], kind: str, first: Act
) -> None:
    rebuild(wanting.instance, switching=False)
    # A trial would tell this, and take long.
    wanting.podman.trial = {**trial, "problem": "it was tried"}
    found = untouching(wanting, lambda: plan(wanting.instance))
    assert found.migrations
    assert found.migrations.kind == kind
    assert found.migrations.pending == tuple(trial["pending"])
    assert acts(found)[0] is first
    gone = ("api", "content", "worker") if kind == "guarded" else ()
    assert away(found) == dict.fromkeys(gone)
    assert UNKNOWN not in found.notes


def test_an_image_that_can_not_tell_its_migrations_is_no_end(
    wanting: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    rebuild(wanting.instance, switching=False)
    failed = subprocess.CompletedProcess([], 1, "", "boom")
    monkeypatch.setattr(wanting.podman, "run", lambda *_: failed)
    found = plan_start(wanting.instance)
    assert found.migrations
    assert found.migrations.kind is None
    assert "can not be looked at" in found.migrations.why


def test_migrations_wait_for_the_database(wanting: World) -> None:
    rebuild(wanting.instance, switching=False)
    stop(wanting.instance)
    found = plan_start(wanting.instance)
    assert found.migrations
    assert found.migrations.why == "their kind is known when the database runs"
    assert found.pauses == ()


@pytest.mark.parametrize(
    ("old", "new", "concerned"),
    [
        ("port = 8080", "port = 8081", {"web": 2, "api": 15, "content": 15, "worker": 15}),
        ("[settings]", "[settings]\nANALYTICS = false", {"api": 15, "content": 15, "worker": 15}),
        ("[api]\nprocesses = 2", "[api]\nprocesses = 3", {"api": 15}),
        ("count = 2", "count = 3", {}),
        ("count = 2", "count = 1", {}),
    ],
)
def test_a_changed_config_restarts_what_reads_it(
    started: World, old: str, new: str, concerned: dict[str, int]
) -> None:
    started.configure(old, new)
    found = untouching(started, lambda: plan_start(started.instance))
    assert found.due
    assert away(found) == concerned
    assert not plan_rebuild(started.instance).due
    done = start(started.instance)
    assert set(named(found, Act.RESTART)) == set(done.restarted)
    assert not plan_start(started.instance).due


def test_a_unit_edited_by_hand_is_written_anew(started: World) -> None:
    path = started.instance.paths.quadlet_dir / "pulp-web.container"
    path.write_text(f"# mine\n{path.read_text('utf-8')}", "utf-8")
    found = plan_start(started.instance)
    assert [(change.act, change.what) for change in found.changes] == [(Act.WRITE, path.name)]


def test_a_rebuild_of_what_is_stopped_only_builds(wanting: World) -> None:
    stop(wanting.instance)
    assert acts(plan_rebuild(wanting.instance)) == [Act.BUILD]
    assert Act.START in acts(plan(wanting.instance))


def test_a_rebuild_can_be_told_not_to_switch(wanting: World) -> None:
    found = plan_rebuild(wanting.instance, switching=False)
    assert acts(found) == [Act.BUILD]
    assert (found.serving, found.generation) == (1, 2)


def test_a_start_builds_nothing(wanting: World) -> None:
    assert not plan_start(wanting.instance).due
    rebuild(wanting.instance, switching=False)
    found = plan_start(wanting.instance)
    assert (found.serving, found.generation) == (1, 2)
    assert found.packages == (Move("pulp-deb", None, "3.9.1"),)


def test_a_start_of_nothing_is_no_plan(ready: World) -> None:
    with pytest.raises(NotReady, match="nothing is built yet"):
        plan_start(ready.instance)


def test_force_is_a_reason(started: World) -> None:
    found = plan_rebuild(started.instance, force=True)
    assert found.changes[0].why == "asked for"
    assert found.generation == 2


def test_an_image_that_is_gone_is_a_reason(started: World) -> None:
    newest = started.instance.newest()
    assert newest
    started.podman.remove_image(newest.image)
    assert plan(started.instance).changes[0].why == f"the image {newest.image} is gone"


def test_a_manifest_edited_by_hand_is_resolved_in_memory(started: World) -> None:
    started.write_manifest(started.instance.manifest_text() + "pulp-deb = '*'\n")
    found = untouching(started, lambda: plan(started.instance))
    assert acts(found)[:2] == [Act.LOCK, Act.BUILD]
    assert found.packages == (Move("pulp-deb", None, "3.9.1"),)


def test_a_base_that_is_not_there_is_not_fetched(started: World) -> None:
    started.podman.names.pop("docker.io/library/debian:trixie-slim")
    found = untouching(started, lambda: plan(started.instance))
    assert [change.act for change in found.changes] == [Act.FETCH]
    assert found.notes == ("Whether the image differs by its base shows when that is fetched.",)


def test_it_is_quick_where_nothing_has_to_be_resolved(wanting: World) -> None:
    asked = len(wanting.uv.asked)
    plan(wanting.instance)
    assert len(wanting.uv.asked) == asked


def test_an_interrupted_switch_is_part_of_it(wanting: World) -> None:
    wanting.podman.trial = dict(GUARDED)
    rebuild(wanting.instance, switching=False)
    wanting.systemd.acts.left = 4
    with pytest.raises(Killed):
        start(wanting.instance)
    wanting.systemd.acts.left = None
    assert wanting.instance.journal()
    for ask in (plan, plan_rebuild, plan_start):
        found = untouching(wanting, lambda ask=ask: ask(wanting.instance))  # type: ignore[misc]
        assert acts(found)[0] is Act.FINISH
        assert "it goes on" in found.changes[0].why
        assert found.generation == 2
        assert found.migrations
        assert found.migrations.kind == "guarded"
    start(wanting.instance)
    assert not plan(wanting.instance).due


@pytest.mark.parametrize("broken", [False, True], ids=["forward", "back"])
@pytest.mark.parametrize("trial", [NO_MIGRATIONS, ONLINE, GUARDED], ids=["none", "on", "guarded"])
def test_killed_at_any_act_it_knows_where_the_next_start_ends(
    wanting: World, trial: dict[str, Any], *, broken: bool
) -> None:
    wanting.podman.trial = dict(trial)
    for act in itertools.count():
        newest = rebuild(wanting.instance, force=True, switching=False).generation.number
        if broken:
            wanting.systemd.broken.add(wanting.service("api", newest))
        wanting.systemd.acts.left = act
        try:
            start(wanting.instance)
        except Killed:
            wanting.systemd.acts.left = None
            assert_foreseen(wanting)
        except SwitchFailed:
            break
        else:
            break
    assert act > 5


def assert_foreseen(world: World) -> None:
    """Start, and find what the plan said, or what was before where that fails."""
    found, ended, journal = plan_start(world.instance), True, world.instance.journal()
    assert found.due
    try:
        start(world.instance)
    except SwitchFailed:
        # That it goes back is no surprise where it was on the way back.
        ended = journal is not None and journal.back
    current = world.instance.current()
    assert current
    assert (current.number == found.generation) == ended
    assert not plan_start(world.instance).due


def test_what_failed_is_tried_again_by_a_rebuild_alone(wanting: World) -> None:
    wanting.systemd.broken.add(wanting.service("api", 2))
    with pytest.raises(Exception, match="serves again"):
        rebuild(wanting.instance)
    assert not plan_start(wanting.instance).due
    assert plan_rebuild(wanting.instance).generation == 2


def test_a_manifest_that_is_back_to_what_runs_needs_nothing(wanting: World) -> None:
    rebuild(wanting.instance, switching=False)
    remove_plugins(wanting.instance, ["deb"])
    assert plan_start(wanting.instance).generation == 2
    for ask in (plan, plan_rebuild):
        assert not untouching(wanting, lambda ask=ask: ask(wanting.instance)).due  # type: ignore[misc]
    rebuild(wanting.instance)
    assert not plan_start(wanting.instance).due


def test_roles_that_stand_still_are_not_away(started: World) -> None:
    found = plan_start(started.instance)
    assert {pause.role for pause in found.pauses} == {*SHARED, "api", "content", "worker"}
    assert {pause.seconds for pause in found.pauses} == {0}
