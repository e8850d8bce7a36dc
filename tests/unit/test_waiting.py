"""Waiting for units: for what podman and systemd say together, not without end, not in silence.

The kind of fault: one source's word is waited for alone, and it never comes, or comes too early.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from launcher.model.errors import UnitFailed
from launcher.model.starting import (
    DEATHS,
    REFUSED,
    REFUSED_SECONDS,
    UNTOLD_SECONDS,
    Seen,
    Verdict,
    judge,
)
from launcher.operations import waiting
from launcher.operations.change_plugins import add_plugins
from launcher.operations.rebuild import rebuild
from launcher.operations.start import start
from launcher.operations.waiting import start_units, stop_units

if TYPE_CHECKING:
    from collections.abc import Sequence

    from launcher.host.systemd import UnitState
    from tests.unit.fakes import World

STARTING = Seen("activating", "start", health="starting", job=True)
UP = Seen("active", "running", health="healthy")


@pytest.fixture
def built(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(waiting, "_POLL", 0)
    add_plugins(world.instance, ["rpm"])
    rebuild(world.instance)
    return world


@pytest.mark.parametrize(
    ("seen", "verdict"),
    [
        (UP, Verdict.UP),
        (replace(UP, health=""), Verdict.UP),
        (replace(UP, health="unhealthy"), Verdict.UP),
        (replace(UP, deaths=DEATHS), Verdict.UP),
        # A restart that was asked for and has not begun.
        (replace(UP, job=True), Verdict.WAITING),
        # podman 4: a role is active as soon as it runs.
        (replace(UP, health="starting"), Verdict.WAITING),
        (replace(UP, health="starting", waited=301), Verdict.FAILED),
        (STARTING, Verdict.WAITING),
        (replace(STARTING, waited=3000), Verdict.WAITING),
        (replace(STARTING, health="healthy"), Verdict.WAITING),
        (replace(STARTING, health="healthy", untold=UNTOLD_SECONDS), Verdict.UNTOLD),
        (replace(STARTING, refused=REFUSED_SECONDS), Verdict.FAILED),
        (replace(STARTING, deaths=DEATHS - 1), Verdict.WAITING),
        (replace(STARTING, deaths=DEATHS), Verdict.FAILED),
        # Whose database is away may end as often as it does.
        (replace(STARTING, deaths=99, refused=999, patient=True), Verdict.WAITING),
        (Seen("activating", "auto-restart", "exit-code"), Verdict.WAITING),
        (Seen("activating", "auto-restart", "timeout"), Verdict.FAILED),
        # It waits for its turn.
        (Seen("inactive", job=True), Verdict.WAITING),
        (Seen("inactive"), Verdict.FAILED),
        (Seen("failed", result="exit-code"), Verdict.FAILED),
        (Seen("failed", result="exit-code", job=True), Verdict.WAITING),
    ],
)
def test_what_is_thought_of_a_unit(seen: Seen, verdict: Verdict) -> None:
    found, why = judge(seen)
    assert found is verdict
    assert bool(why) == (verdict is Verdict.FAILED)


def test_systemd_is_told_what_it_did_not_hear(
    built: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("launcher.model.starting.UNTOLD_SECONDS", 0)
    db = built.service("db")
    built.systemd.deaf.add(db)
    start(built.instance)
    assert ("tell", (db,)) in built.systemd.acts
    assert ("restart", (db,)) not in built.systemd.acts


def test_where_that_does_not_help_the_role_is_started_again(
    built: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("launcher.model.starting.UNTOLD_SECONDS", 0)
    monkeypatch.setattr(type(built.systemd), "tell_ready", lambda *_: None)
    db = built.service("db")
    built.systemd.deaf.add(db)
    start(built.instance)
    assert ("restart", (db,)) in built.systemd.acts


@pytest.mark.parametrize("version", [(4, 6), (4, 9), (5, 4)])
def test_nothing_uses_a_database_before_it_is_healthy(
    built: World, monkeypatch: pytest.MonkeyPatch, version: tuple[int, int]
) -> None:
    """An older podman calls a unit active before its role is healthy."""
    built.podman.version = version
    db = built.instance.names.container("db")
    built.podman.looks[db] = 3
    begin = type(built.systemd).start

    def watched(self: object, units: Sequence[str], *, wait: bool = True) -> None:
        if built.service("migrate") in units:
            assert built.podman.looks[db] == 0
        begin(built.systemd, units, wait=wait)

    monkeypatch.setattr(type(built.systemd), "start", watched)
    start(built.instance)
    assert built.podman.looks[db] == 0


def test_the_user_hears_what_is_waited_for(built: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "_FIRST_WORD", 0)
    db = built.instance.names.container("db")
    built.podman.looks[db], built.podman.said[db] = 3, "no response\n"
    start(built.instance)
    said = f"{db}.service is not healthy yet; check it: no response"
    assert [note for note in built.reporter.notes if note.startswith(said)]


def test_what_ends_again_and_again_is_given_up(
    built: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(built.instance)
    api, deaths = built.service("api", 1), itertools.count(7)
    there = type(built.systemd).states

    def states(self: object, units: Sequence[str]) -> list[UnitState]:
        return [
            replace(state, restarts=next(deaths), active="activating", sub="auto-restart")
            if state.unit == api
            else state
            for state in there(built.systemd, units)
        ]

    monkeypatch.setattr(type(built.systemd), "states", states)
    monkeypatch.setattr(waiting, "stop_units", lambda *_: None)
    with pytest.raises(UnitFailed, match=api) as caught:
        start_units(built.instance, [api])
    assert f"it ended by itself {DEATHS} times" in caught.value.details
    assert f"last words of {api}" in caught.value.details


def test_what_answers_its_check_with_an_error_is_given_up(
    built: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("launcher.model.starting.REFUSED_SECONDS", 0.001)
    monkeypatch.setattr(waiting, "_FIRST_WORD", 0)
    monkeypatch.setattr(waiting, "_LONGEST_SILENCE", 0)
    start(built.instance)
    content = built.instance.names.container("content", 1)
    built.podman.looks[content] = 10**9
    built.podman.said[content] = f"{REFUSED} The requested URL returned error: 404"
    with pytest.raises(UnitFailed, match=content) as caught:
        start_units(built.instance, [f"{content}.service"])
    assert "error: 404" in caught.value.details


def test_who_starts_again_what_is_stopped_is_not_waited_for(
    built: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(built.instance)
    monkeypatch.setattr(type(built.systemd), "stop", lambda *_, **__: None)
    with pytest.raises(UnitFailed, match="started again"):
        stop_units(built.instance, [built.service("api", 1)])
