"""The host goes down while a rootless Pulp works: the database ends last, and in order.

The kind: systemd gives all units of a user together so much time, and kills what is left then.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.file_flow import check, file_flow
from tests.host.long_task import begin_long_task

if TYPE_CHECKING:
    from tests.host.actor import Actor

pytestmark = [pytest.mark.host, pytest.mark.thorough]

RUNNING = {"waiting", "running", "canceling"}


def said_since(actor: Actor, moment: float) -> str:
    """Return what the database of the actor has said since a time (s since the epoch)."""
    mine = [f"CONTAINER_NAME={actor.prefix}-db", f"--since=@{moment:.0f}"]
    return actor.host.run(["journalctl", "-q", "-o", "cat", *mine]).stdout


def test_a_task_that_does_not_end_costs_the_database_nothing(alice: Actor) -> None:
    kept, task, began = file_flow(alice.pulp()), begin_long_task(alice, 3600), time.time()
    # The user's manager has 120 seconds.
    alice.host.reboot(seconds=180)
    alice.wait_healthy()
    said = said_since(alice, began)
    assert "database system is shut down" in said
    assert "database system was shut down at" in said
    assert "not properly shut down" not in said
    check(kept, alice.host)
    pulp, deadline = alice.pulp(), time.monotonic() + 120
    while pulp("task", "show", "--href", task)["state"] in RUNNING:
        assert time.monotonic() < deadline
        time.sleep(2)


def test_a_stop_for_good_outlives_a_boot(alice: Actor) -> None:
    alice.launcher("stop", "--for-good")
    alice.host.reboot()
    time.sleep(20)
    assert alice.containers() == {}
    alice.launcher("start")
    alice.wait_healthy()
