"""A switch: the old generation serves until the new one does, and again where that fails."""

from __future__ import annotations

import itertools
import time
from typing import TYPE_CHECKING

import pytest

from launcher.host import files
from launcher.model.errors import (
    EngineFailed,
    GateFailed,
    HostUnfit,
    NotReady,
    SwitchFailed,
    UsageProblem,
)
from launcher.operations.auto_upgrade import DAILY, disable, enable
from launcher.operations.change_plugins import add_plugins, remove_plugins
from launcher.operations.generations import remove
from launcher.operations.lock import lock, update
from launcher.operations.plan import plan
from launcher.operations.rebuild import rebuild
from launcher.operations.resume import resume
from launcher.operations.rollback import look, rollback
from launcher.operations.start import start
from launcher.operations.status import status
from launcher.operations.stop import restart, stop
from launcher.operations.switch_steps import STEPS
from tests.unit.fakes import NO_MIGRATIONS, Journalled, Killed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from launcher.host.podman import Container
    from launcher.operations.instance import Instance
    from tests.unit.fakes import World

ONLINE = {**NO_MIGRATIONS, "pending": ["deb.0001_initial"]}
GUARDED = {**ONLINE, "guards": [["core", "99.0"]]}


@pytest.fixture
def started(world: World) -> World:
    """Have a generation that serves, and a plugin more in the manifest."""
    add_plugins(world.instance, ["rpm"])
    rebuild(world.instance)
    start(world.instance)
    add_plugins(world.instance, ["deb"])
    return world


def generation(world: World) -> int | None:
    """Return the generation that the instance is whole of, in every respect that can be seen."""
    found = status(world.instance)
    assert found.healthy, found.lacks
    assert world.instance.journal() is None
    folder = world.instance.paths.quadlet_dir
    there = {f"{path.stem}.service": path.read_text("utf-8") for path in folder.glob("*.container")}
    assert world.up == there
    front = world.front()
    assert front
    assert front.generation == str(found.generation)
    return found.generation


def stopped_since(world: World, since: int) -> set[str]:
    return {
        unit
        for verb, units in world.systemd.acts[since:]
        if verb in {"stop", "restart"}
        for unit in units
    }


def test_a_rebuild_switches_what_runs(started: World) -> None:
    done = rebuild(started.instance)
    assert done.switched
    assert done.switched.generation == 2
    assert generation(started) == 2


def test_a_rebuild_of_what_is_stopped_only_builds(started: World) -> None:
    stop(started.instance)
    assert rebuild(started.instance).switched is None
    assert not started.up


def test_what_comes_up_since_a_boot_is_not_taken_for_stopped(started: World) -> None:
    started.systemd.coming.add(started.service("api", 1))
    assert rebuild(started.instance).switched
    # The site was never closed in between.
    assert started.systemd.reloads == [started.service("web")]
    assert generation(started) == 2


def test_a_rebuild_can_be_told_not_to_switch(started: World) -> None:
    assert rebuild(started.instance, switching=False).switched is None
    assert generation(started) == 1
    start(started.instance)
    assert generation(started) == 2


def test_what_did_not_change_is_not_restarted(started: World) -> None:
    since = len(started.systemd.acts)
    rebuild(started.instance)
    shared = {started.service(role) for role in ("db", "cache", "web")}
    assert not stopped_since(started, since) & shared
    assert started.systemd.reloads == [started.service("web")]


def test_a_new_platform_replaces_what_stands_on_it(started: World, static: Path) -> None:
    (static / "Containerfile").write_bytes(b"ARG BASE # newer")
    since = len(started.systemd.acts)
    rebuild(started.instance)
    assert {started.service(role) for role in ("db", "cache", "web")} <= (
        stopped_since(started, since)
    )
    assert generation(started) == 2


def test_the_old_generation_stands_until_the_new_one_answers(started: World) -> None:
    started.podman.trial = dict(ONLINE)
    since = len(started.systemd.acts)
    rebuild(started.instance)
    acts = started.systemd.acts[since:]
    front = acts.index(("reload", (started.service("web"),)))
    gone = next(
        number for number, (verb, units) in enumerate(acts)
        if verb == "stop" and started.service("api", 1) in units
    )  # fmt: skip
    assert front < gone


def test_migrations_that_require_newer_code_wait_for_the_old_to_end(started: World) -> None:
    started.podman.trial = dict(GUARDED)
    since = len(started.systemd.acts)
    rebuild(started.instance)
    acts = started.systemd.acts[since:]
    gone = next(n for n, (verb, units) in enumerate(acts) if started.service("api", 1) in units)
    migrated = acts.index(("start", (started.service("migrate"),)))
    assert gone < migrated
    assert generation(started) == 2


@pytest.mark.parametrize(("trial", "count"), [(NO_MIGRATIONS, 0), (ONLINE, 1), (GUARDED, 1)])
def test_a_snapshot_is_taken_where_the_database_changes(
    started: World, trial: dict[str, object], count: int
) -> None:
    started.podman.trial = dict(trial)
    rebuild(started.instance)
    assert len(started.podman.dumps) == count
    assert not started.podman.loaded


def test_migrations_that_fail_on_a_copy_touch_nothing(started: World) -> None:
    started.podman.trial = {**ONLINE, "problem": "relation exists"}
    running = dict(started.systemd.running)
    with pytest.raises(GateFailed, match="was not touched") as caught:
        rebuild(started.instance)
    assert caught.value.details == "relation exists"
    assert started.systemd.running == running
    assert generation(started) == 1


def test_with_no_space_for_a_snapshot_nothing_is_begun(started: World) -> None:
    started.podman.trial = dict(ONLINE)
    rebuild(started.instance, switching=False)
    before = started.files()
    started.free = 1024**2
    with pytest.raises(HostUnfit, match="there is no space") as caught:
        start(started.instance)
    assert "nothing was begun" in caught.value.message
    assert {path for path in started.files() if path not in before} <= {
        path for path in started.files() if "/etc/2/" in path
    }
    assert generation(started) == 1


def test_a_full_disk_does_not_stand_in_the_way_back(
    started: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only while the reserve is there nothing can be written."""
    reserve, write = started.instance.paths.reserve, files.write_all
    started.podman.trial = dict(ONLINE)
    rebuild(started.instance, switching=False)

    def full(texts: Mapping[Path, str], mode: int) -> None:
        if reserve.exists() and f'"step":"{STEPS[-2].name}"' in (
            files.read(started.instance.paths.journal) or ""
        ):
            raise HostUnfit("no space left")
        write(texts, mode)

    monkeypatch.setattr(files, "write_all", full)
    with pytest.raises(SwitchFailed, match=r"no space left\. Generation 1 serves again"):
        start(started.instance)
    assert generation(started) == 1
    assert not reserve.exists()


def unit_fails(role: str, *numbers: int) -> Callable[[World, pytest.MonkeyPatch], None]:
    def sabotage(world: World, _: pytest.MonkeyPatch) -> None:
        world.systemd.broken.add(world.service(role, *numbers))

    return sabotage


def no_workers(world: World, _: pytest.MonkeyPatch) -> None:
    original = world.answer

    def answer(number: int) -> dict[str, object] | None:
        found = original(number)
        return {**found, "online_workers": []} if found and number == 2 else found

    world.answer = answer  # type: ignore[method-assign]


def no_snapshot(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def save(container: str, command: Sequence[str], path: Path) -> None:
        raise EngineFailed(f"no space for {path}, {container}, {command}")

    monkeypatch.setattr(world.podman, "save", save)


@pytest.mark.parametrize("trial", [ONLINE, GUARDED], ids=["online", "guarded"])
@pytest.mark.parametrize(
    "sabotage",
    [
        no_snapshot,
        unit_fails("migrate"),
        unit_fails("api", 2),
        unit_fails("content", 2),
        unit_fails("worker", 2, 1),
        no_workers,
    ],
)
def test_where_a_step_fails_the_old_generation_serves_again(
    started: World,
    monkeypatch: pytest.MonkeyPatch,
    trial: dict[str, object],
    sabotage: Callable[[World, pytest.MonkeyPatch], None],
) -> None:
    started.podman.trial = dict(trial)
    rebuild(started.instance, switching=False)
    before = started.files()
    sabotage(started, monkeypatch)
    if started.service("migrate") in started.systemd.broken:
        started.systemd.broken_images.add(started.instance.generations()[-1].image)
    with pytest.raises(SwitchFailed, match="Generation 1 serves again") as caught:
        start(started.instance)
    assert "pulp-launcher" in caught.value.hint
    assert generation(started) == 1
    changed = {path for path, text in started.files().items() if before.get(path) != text}
    assert {path.rpartition("/")[2] for path in changed} == {"current.json"}
    migrated = trial is GUARDED and sabotage is not no_snapshot
    assert len(started.podman.loaded) == (1 if migrated else 0)


def test_what_failed_is_not_started_again_by_itself(started: World) -> None:
    started.systemd.broken.add(started.service("api", 2))
    with pytest.raises(SwitchFailed):
        rebuild(started.instance)
    start(started.instance)
    assert generation(started) == 1
    assert not [line for line in status(started.instance).pending if "not started" in line]
    started.systemd.broken.clear()
    rebuild(started.instance)
    assert generation(started) == 2


@pytest.mark.parametrize("trial", [ONLINE, GUARDED], ids=["online", "guarded"])
@pytest.mark.parametrize("step", [step.name for step in STEPS if step.name != "restore"])
def test_killed_at_a_step_the_next_command_ends_whole(
    started: World, monkeypatch: pytest.MonkeyPatch, step: str, trial: dict[str, object]
) -> None:
    started.podman.trial = dict(trial)
    killed = Journalled(started, step, monkeypatch).run(lambda: rebuild(started.instance))
    assert killed
    assert any("did not end" in line for line in status(started.instance).pending)
    start(started.instance)
    assert generation(started) == 2


CHANGING: dict[str, Callable[[Instance], object]] = {
    "start": start,
    "stop": stop,
    "restart": lambda instance: restart(instance, None),
    "resume": resume,
    "rebuild": rebuild,
    "rollback": lambda instance: look(instance, 1),
    "plugin add": lambda instance: add_plugins(instance, ["python"]),
    "plugin remove": lambda instance: remove_plugins(instance, ["deb"]),
    "plugin update": lambda instance: update(instance, []),
    "lock": lock,
    "generation remove": lambda instance: remove(instance, 1),
    "auto-upgrade enable": lambda instance: enable(instance, schedule=DAILY, only_patch=False),
    "auto-upgrade disable": disable,
}


@pytest.mark.parametrize("command", CHANGING.values(), ids=CHANGING)
def test_any_command_that_changes_something_ends_the_switch_first(
    started: World, monkeypatch: pytest.MonkeyPatch, command: Callable[[Instance], object]
) -> None:
    started.podman.trial = dict(GUARDED)
    assert Journalled(started, "migrate", monkeypatch).run(lambda: rebuild(started.instance))
    command(started.instance)
    assert started.instance.journal() is None
    assert bool(started.up) == (command is not stop)
    start(started.instance)
    assert generation(started) == 2


def test_what_only_looks_leaves_the_switch_alone(
    started: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Journalled(started, "migrate", monkeypatch).run(lambda: rebuild(started.instance))
    before, acts = started.files(), len(started.systemd.acts)
    add_plugins(started.instance, ["python"], dry_run=True)
    status(started.instance)
    plan(started.instance)
    assert started.files() == before
    assert len(started.systemd.acts) == acts


@pytest.mark.parametrize("command", ["start", "resume", "plugin add"])
@pytest.mark.parametrize("trial", [NO_MIGRATIONS, ONLINE, GUARDED], ids=["none", "on", "guarded"])
def test_killed_at_any_act_the_next_command_ends_whole(
    started: World, trial: dict[str, object], command: str
) -> None:
    """Every act on a unit is a place to be killed at, forward and on the way back."""
    for act in itertools.count():
        started.podman.trial = dict(trial)
        rebuild(started.instance, force=True, switching=False)
        started.systemd.acts.left = act
        try:
            start(started.instance)
        except Killed:
            started.systemd.acts.left = None
            begun = started.instance.journal()
            CHANGING[command](started.instance)
            newest = started.instance.newest()
            assert newest
            if begun or command == "start":
                assert generation(started) == newest.number
        else:
            started.systemd.acts.left = None
            assert act > len(STEPS)
            return


def test_killed_on_the_way_back_it_goes_on_going_back(started: World) -> None:
    started.podman.trial = dict(GUARDED)
    rebuild(started.instance, switching=False)
    for act in itertools.count():
        started.systemd.broken.add(started.service("api", 2))
        started.systemd.acts.left = act
        try:
            rebuild(started.instance)
        except Killed:
            started.systemd.acts.left = None
            try:
                start(started.instance)
            except SwitchFailed:
                start(started.instance)
            assert generation(started) == 1
        except SwitchFailed:
            started.systemd.acts.left = None
            assert generation(started) == 1
            return


def containers(world: World) -> list[Container]:
    return world.podman.containers(world.instance.names.labels)


def test_a_web_server_that_is_about_to_be_up_gets_the_new_site_too(
    started: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a boot: it has read the file of before, and takes no reload yet."""
    assert Journalled(started, "front", monkeypatch).run(lambda: rebuild(started.instance))
    started.systemd.coming.add(started.service("web"))
    start(started.instance)
    assert started.systemd.reloads == [started.service("web")]
    assert generation(started) == 2


def test_migrations_of_a_boot_that_are_under_way_are_not_those_of_the_new_generation(
    started: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    started.podman.trial = dict(ONLINE)
    assert Journalled(started, "migrate", monkeypatch).run(lambda: rebuild(started.instance))
    started.systemd.coming.add(started.service("migrate"))
    start(started.instance)
    assert generation(started) == 2


def test_rollback_goes_to_the_generation_before(started: World) -> None:
    rebuild(started.instance)
    going = look(started.instance, None)
    assert (going.old.number, going.new.number, going.loss) == (2, 1, ())
    rollback(started.instance, going, restore=False)
    assert generation(started) == 1
    assert start(started.instance).restarted == ()
    assert generation(started) == 1
    assert {item.image for item in containers(started) if "api" in item.name} == {going.new.image}


def test_where_only_the_platform_differs_no_migrations_are_looked_for(
    started: World, static: Path
) -> None:
    rebuild(started.instance)
    (static / "Containerfile").write_bytes(b"ARG BASE # newer")
    began = len(started.podman.runs)
    rebuild(started.instance)
    rollback(started.instance, look(started.instance, 2), restore=False)
    assert generation(started) == 2
    assert not [words for _, words in started.podman.runs[began:] if "try-migrations" in words]


def test_a_rollback_that_is_killed_at_its_end_is_not_undone(
    started: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    rebuild(started.instance)
    remove = files.remove

    def killing(path: Path) -> None:
        remove(path)
        if path == started.instance.paths.journal:
            raise Killed

    going = look(started.instance, None)
    with monkeypatch.context() as context:
        context.setattr(files, "remove", killing)
        with pytest.raises(Killed):
            rollback(started.instance, going, restore=False)
    start(started.instance)
    assert generation(started) == 1


def test_rollback_after_migrations_says_what_it_costs(started: World) -> None:
    started.podman.trial = dict(ONLINE)
    rebuild(started.instance)
    started.podman.ahead = {going.image: ["deb.0001_initial"]
                            for going in started.instance.generations()[:1]}  # fmt: skip
    started.podman.trial = dict(NO_MIGRATIONS)
    going = look(started.instance, 1)
    assert "deb.0001_initial" in going.loss[0]
    assert "since then came: 3 content units" in going.loss[1]
    assert going.dump == started.podman.dumps[0]
    rollback(started.instance, going, restore=True)
    assert started.podman.loaded == [going.dump]
    assert generation(started) == 1


def test_rollback_needs_somewhere_to_go(started: World) -> None:
    with pytest.raises(NotReady, match="no generation that served before 1"):
        look(started.instance, None)
    with pytest.raises(UsageProblem, match="not earlier"):
        look(started.instance, 1)


def test_taking_the_culprit_out_again_needs_no_build(started: World) -> None:
    started.systemd.broken.add(started.service("api", 2))
    with pytest.raises(SwitchFailed):
        rebuild(started.instance)
    remove_plugins(started.instance, ["deb"])
    done = rebuild(started.instance)
    assert (done.generation.number, done.built, done.switched) == (1, False, None)
    assert status(started.instance).pending == ()


def test_a_snapshot_of_an_earlier_switch_is_never_put_back(
    started: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    started.podman.trial = dict(GUARDED)
    rebuild(started.instance)
    started.podman.ahead = {started.instance.generations()[0].image: ["deb.0001_initial"]}
    going = look(started.instance, 1)
    rollback(started.instance, going, restore=True)
    assert len(started.podman.loaded) == 1
    no_snapshot(started, monkeypatch)
    with pytest.raises(SwitchFailed):
        rebuild(started.instance)
    assert len(started.podman.loaded) == 1
    assert generation(started) == 1


def test_the_snapshot_of_the_last_time_is_the_one_to_go_back_to(
    started: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    moments = itertools.count(1_700_000_000)
    monkeypatch.setattr(time, "time", lambda: next(moments))
    started.podman.trial = dict(ONLINE)
    rebuild(started.instance)
    started.podman.ahead = {started.instance.generations()[0].image: ["deb.0001_initial"]}
    rollback(started.instance, look(started.instance, 1), restore=True)
    rebuild(started.instance)
    assert look(started.instance, 1).dump == started.podman.dumps[-1]


def test_the_generation_that_an_unfinished_switch_goes_to_is_not_removed(
    started: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Journalled(started, "beside", monkeypatch).run(lambda: rebuild(started.instance))
    with pytest.raises(UsageProblem, match="the one that runs"):
        remove(started.instance, 2)
    assert generation(started) == 2


def test_a_rollback_that_was_thought_over_too_long_changes_nothing(started: World) -> None:
    rebuild(started.instance)
    going = look(started.instance, 1)
    rollback(started.instance, going, restore=False)
    with pytest.raises(NotReady, match="meanwhile"):
        rollback(started.instance, going, restore=False)


def test_what_failed_does_not_push_out_what_one_can_go_back_to(started: World) -> None:
    for number in (2, 3, 4):
        started.systemd.broken.add(started.service("api", number))
        with pytest.raises(SwitchFailed):
            rebuild(started.instance, force=True)
    rebuild(started.instance, force=True)
    assert generation(started) == 5
    assert [item.number for item in started.instance.generations()] == [1, 4, 5]
    rollback(started.instance, look(started.instance, None), restore=False)
    assert generation(started) == 1


def test_rollback_passes_over_what_never_served(started: World) -> None:
    started.systemd.broken.add(started.service("api", 2))
    with pytest.raises(SwitchFailed):
        rebuild(started.instance)
    started.systemd.broken.clear()
    add_plugins(started.instance, ["python"])
    rebuild(started.instance)
    assert generation(started) == 3
    going = look(started.instance, None)
    assert going.new.number == 1
    rollback(started.instance, going, restore=False)
    with pytest.raises(NotReady):
        look(started.instance, None)
