"""An upgrade moves everything to the newest, or leaves everything as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from launcher.model.errors import (
    BuildFailed,
    GateFailed,
    IndexUnreachable,
    Interrupted,
    LauncherError,
    NotReady,
    SwitchFailed,
)
from launcher.model.limits import only_patches, within_api
from launcher.model.lock import Move
from launcher.operations import hooks
from launcher.operations.change_plugins import add_plugins
from launcher.operations.plan import plan, plan_start
from launcher.operations.rebuild import rebuild
from launcher.operations.rollback import look as look_back
from launcher.operations.rollback import rollback
from launcher.operations.start import start
from launcher.operations.status import status
from launcher.operations.stop import stop
from launcher.operations.upgrade import look, upgrade
from tests.unit.fakes import NO_MIGRATIONS, Killed, World

GUARDED = {**NO_MIGRATIONS, "pending": ["rpm.0001_x"], "guards": [["core", "99.0"]]}

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def started(world: World) -> World:
    add_plugins(world.instance, ["rpm"])
    rebuild(world.instance)
    start(world.instance)
    return world


@pytest.fixture
def released(started: World) -> World:
    """Have a generation that serves, and a newer release of its plugin in the index."""
    started.uv.index["pulp-rpm"] = "3.40.0"
    return started


RPM = Move("pulp-rpm", "3.39.0", "3.40.0")


def versions(world: World) -> tuple[str, ...]:
    """Return pulp-rpm's version in the lock and in what serves, which is whole."""
    found = status(world.instance)
    assert found.healthy, found.lacks
    lock = world.instance.lock()
    assert lock
    return lock.versions["pulp-rpm"], found.versions["pulp-rpm"]


def test_it_looks_without_touching_anything(released: World) -> None:
    before, acts = released.files(), list(released.systemd.acts)
    found = look(released.instance)
    assert found.due
    assert found.plan.packages == (RPM,)
    assert (released.files(), released.systemd.acts) == (before, acts)


def test_it_locks_builds_and_switches_in_one(released: World) -> None:
    done = upgrade(released.instance, look(released.instance))
    assert done.rebuilt
    assert done.rebuilt.switched
    assert versions(released) == ("3.40.0", "3.40.0")
    assert not plan(released.instance).due


def test_where_nothing_is_newer_nothing_is_done(started: World) -> None:
    before = started.files()
    found = look(started.instance)
    assert not found.due
    assert upgrade(started.instance, found).rebuilt is None
    assert started.files() == before


def test_what_is_stopped_is_built_and_stays_stopped(released: World) -> None:
    stop(released.instance)
    done = upgrade(released.instance, look(released.instance))
    assert done.rebuilt
    assert done.rebuilt.switched is None
    assert not released.up


def build_fails(world: World) -> None:
    world.podman.failure = BuildFailed("the image could not be built")


def unit_fails(world: World) -> None:
    world.systemd.broken.add(world.service("api", 2))


def guarded_unit_fails(world: World) -> None:
    world.podman.trial = dict(GUARDED)
    unit_fails(world)


def trial_fails(world: World) -> None:
    world.podman.trial = {**GUARDED, "problem": "relation exists"}


@pytest.mark.parametrize(
    ("sabotage", "error"),
    [
        (build_fails, BuildFailed),
        (unit_fails, SwitchFailed),
        (guarded_unit_fails, SwitchFailed),
        (trial_fails, GateFailed),
    ],
)
def test_where_it_fails_all_agree_again(
    released: World, sabotage: Callable[[World], None], error: type[LauncherError]
) -> None:
    before = released.instance.paths.lock.read_text("utf-8")
    sabotage(released)
    with pytest.raises(error):
        upgrade(released.instance, look(released.instance))
    assert released.instance.paths.lock.read_text("utf-8") == before
    assert "The lock is again what it was" in released.reporter.notes[-1]
    assert versions(released) == ("3.39.0", "3.39.0")
    assert status(released.instance).pending == ()
    assert not plan(released.instance).due
    assert not rebuild(released.instance).built
    assert not plan_start(released.instance).due


def test_what_failed_is_tried_again_where_somebody_says_so(released: World) -> None:
    unit_fails(released)
    with pytest.raises(SwitchFailed):
        upgrade(released.instance, look(released.instance))
    released.systemd.broken.clear()
    found = look(released.instance, unattended=True)
    assert (found.due, found.left) == (False, 2)
    assert upgrade(released.instance, found).rebuilt is None
    upgrade(released.instance, look(released.instance))
    assert versions(released) == ("3.40.0", "3.40.0")
    assert len(released.podman.builds) == 2


def test_what_an_administrator_went_back_from_is_not_brought_again(released: World) -> None:
    upgrade(released.instance, look(released.instance))
    rollback(released.instance, look_back(released.instance, None), restore=False)
    assert look(released.instance, unattended=True).left == 2
    assert look(released.instance).due


@pytest.mark.parametrize("security", [False, True])
def test_after_going_back_over_a_break_of_the_api_nobody_goes_there_unasked(
    started: World, *, security: bool
) -> None:
    started.uv.index["pulpcore"] = "3.130.0"
    upgrade(started.instance, look(started.instance))
    rollback(started.instance, look_back(started.instance, None), restore=False)
    found = look(started.instance, unattended=True, security=security)
    assert (found.due, found.left) == (False, 2)
    upgrade(started.instance, found)
    assert status(started.instance).generation == 1


def test_what_was_built_and_waits_is_not_left_because_another_build_failed(
    released: World,
) -> None:
    add_plugins(released.instance, ["deb"])
    rebuild(released.instance, switching=False)
    build_fails(released)
    with pytest.raises(BuildFailed):
        upgrade(released.instance, look(released.instance))
    assert plan_start(released.instance).generation == 2


def test_killed_on_the_way_forward_the_new_lock_stays(
    released: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that serves, or will, has the lock of what it is made of."""
    found = look(released.instance)
    begin = released.systemd.start

    def interrupted(units: Any, *, wait: bool) -> None:
        if released.service("api", 2) in units:
            raise KeyboardInterrupt
        begin(units, wait=wait)

    with monkeypatch.context() as context:
        context.setattr(
            type(released.systemd), "start", lambda _, units, wait: interrupted(units, wait=wait)
        )
        with pytest.raises(Interrupted, match="goes on in the background"):
            upgrade(released.instance, found)
    assert released.instance.journal()
    start(released.instance)
    assert versions(released) == ("3.40.0", "3.40.0")


@pytest.mark.parametrize("then", ["rebuild", "start"])
def test_killed_before_anything_of_it_serves_the_lock_of_before_is_back(
    released: World, monkeypatch: pytest.MonkeyPatch, then: str
) -> None:
    """A session that is closed, a reboot at night: the next rebuild brings nothing unasked."""
    before, found = released.instance.paths.lock.read_text("utf-8"), look(released.instance)

    def build(*_: object) -> NoReturn:
        raise Killed

    with monkeypatch.context() as context:
        context.setattr(released.podman, "build", build)
        with pytest.raises(Killed):
            upgrade(released.instance, found)
    assert released.instance.paths.lock.read_text("utf-8") != before
    if then == "rebuild":
        rebuild(released.instance)
    else:
        start(released.instance)
    assert released.instance.paths.lock.read_text("utf-8") == before
    assert versions(released) == ("3.39.0", "3.39.0")
    assert not released.instance.paths.trial.exists()
    upgrade(released.instance, look(released.instance))
    assert versions(released) == ("3.40.0", "3.40.0")


def test_a_manifest_that_changed_meanwhile_is_looked_at_again(released: World) -> None:
    found = look(released.instance)
    add_plugins(released.instance, ["deb"])
    before = released.files()
    with pytest.raises(NotReady, match="changed since"):
        upgrade(released.instance, found)
    assert released.files() == before


def test_unattended_the_hooks_are_told_what_can_not_be_resolved(
    released: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(hooks, "failed", lambda _, error: told.append(error.message))
    released.uv.away.append(True)
    for unattended in (False, True):
        with pytest.raises(IndexUnreachable):
            look(released.instance, unattended=unattended)
    assert told == ["the package index does not answer"]


def constraints(world: World) -> tuple[str, ...]:
    return next(item.constraints for item in world.uv.asked if item.upgrade == ("*",))


def test_unattended_it_stays_below_the_next_break(released: World) -> None:
    look(released.instance, unattended=True)
    assert "pulpcore<3.130" in constraints(released)


def test_only_patches_stay_at_their_minor(released: World) -> None:
    released.uv.index["pulp-rpm"], released.uv.newest["pulp-rpm"] = "3.39.5", "3.40.0"
    assert look(released.instance).lock.versions["pulp-rpm"] == "3.40.0"
    assert look(released.instance, patches=True).lock.versions["pulp-rpm"] == "3.39.5"


def test_a_limit_is_for_once(released: World) -> None:
    found = look(released.instance, unattended=True)
    assert found.lock.fits(released.instance.manifest())


@pytest.mark.parametrize(
    ("core", "limit"),
    [("3.99.4", "3.100"), ("3.100.0", "3.115"), ("3.114.9", "3.115"), ("3.115.0", "3.130"),
     ("3.122.2", "3.130"), ("3.130.0", "3.145"), ("4.0.1", "4.10")],
)  # fmt: skip
def test_the_api_breaks_every_fifteen_versions(core: str, limit: str) -> None:
    assert within_api(core) == f"pulpcore<{limit}"


def test_a_patch_is_within_a_minor_version() -> None:
    assert only_patches({"a": "3.39.4", "b": "7", "c": "1.2.dev3"}) == ("a<3.40", "b<7.1", "c<1.3")
