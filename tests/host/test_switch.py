"""Updates of a Pulp that is used: nothing is lost, and where one fails, the old one serves on."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from tests.host.load import Load
from tests.host.long_task import begin_long_task
from tests.host.pair import assert_refused, assert_whole, pin
from tests.host.trial import FAULTS, Trial

if TYPE_CHECKING:
    from tests.acceptance.file_flow import Download
    from tests.host.actor import Actor
    from tests.host.pair import Both

pytestmark = pytest.mark.host

SLOW_SECONDS = 60
MANY = 100


def test_updates_lose_no_request_and_no_task(
    both: Both, capsys: pytest.CaptureFixture[str]
) -> None:
    """Twenty requests a second, and a task that takes longer than the switch."""

    def go_on(actor: Actor, kept: Download) -> None:
        actor.launcher("plugin", "add", Trial("pulp-useful").put(actor))
        update(actor, kept, "a plugin more", capsys)
        pin(actor, "*")
        actor.launcher("lock", "--upgrade")
        update(actor, kept, "a newer pulpcore", capsys)

    both(go_on)


def update(actor: Actor, kept: Download, what: str, capsys: pytest.CaptureFixture[str]) -> None:
    task, before = begin_long_task(actor, SLOW_SECONDS), actor.containers()
    with Load({"content": kept.url, "api": f"{actor.url}/pulp/api/v3/status/"}) as load:
        actor.launcher("rebuild")
    after = actor.containers()
    with capsys.disabled():
        print(f"\n{actor}, {what}: {load.report('content')}; {load.report('api')}")
    assert all(len(answers) > MANY for answers in load.answers.values())
    lost = {name: load.lost(name) for name in load.urls if load.lost(name)}
    assert not lost
    for role in ("db", "cache", "web"):
        assert before[f"{actor.prefix}-{role}"] == after[f"{actor.prefix}-{role}"]
    assert_whole(actor, kept)
    wait_for(actor, task)


def wait_for(actor: Actor, task: str) -> None:
    pulp, deadline = actor.pulp(), time.monotonic() + 2 * SLOW_SECONDS
    while (found := pulp("task", "show", "--href", task))["state"] in {"waiting", "running"}:
        assert time.monotonic() < deadline
        time.sleep(2)
    assert found["state"] == "completed", found


def test_what_fails_leaves_the_old_generation_serving(both: Both) -> None:
    """Each user has half of the faults; make thorough gives all of them to both."""

    def fail(actor: Actor, kept: Download) -> None:
        for fault in FAULTS[actor.is_root :: 2]:
            assert_refused(actor, kept, fault)

    both(fail)


def test_rollback_without_migrations(both: Both, capsys: pytest.CaptureFixture[str]) -> None:
    def go_back(actor: Actor, kept: Download) -> None:
        before = actor.generation()
        actor.launcher("rebuild", "--force")
        assert actor.generation() > before
        began = time.monotonic()
        actor.launcher("rollback")
        with capsys.disabled():
            print(f"\n{actor}: rollback in {time.monotonic() - began:.0f} s")
        assert actor.generation() == before
        assert_whole(actor, kept)
        assert json.loads(actor.launcher("--json", "start"))["data"]["restarted"] == []

    both(go_back)
