"""Processes that were killed leave rows in the database; a migration is not to count them.

The kind of fault: Pulp takes for alive what ended without a word, by its grace, for memory, by a
power cut, and what asks the database whether anything older runs is told yes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.host.pair import assert_whole
from tests.host.steps import at
from tests.host.trial import GUARDS, Trial

if TYPE_CHECKING:
    from tests.acceptance.file_flow import Download
    from tests.host.actor import Actor
    from tests.host.pair import Both

pytestmark = [pytest.mark.host, pytest.mark.thorough]

_ROWS = "SELECT name FROM core_appstatus WHERE name ~ '-{generation}(-1)?$'"


def rows(actor: Actor, generation: int) -> list[str]:
    psql = ("with-database", "psql", "-XqAtc", _ROWS.format(generation=generation))
    return actor.podman("exec", f"{actor.prefix}-db", *psql).split()


def test_a_guarded_switch_outlives_the_killed(both: Both) -> None:
    def go_on(actor: Actor, kept: Download) -> None:
        before = actor.generation()
        actor.launcher("plugin", "add", Trial("pulp-killed", GUARDS).put(actor))
        killed = f"{actor.own('api')} {actor.own('worker', 1)}"
        done = at(actor, "retire", f"podman kill --signal KILL {killed} >&2 || true", "rebuild")
        assert done.returncode == 0, done.stdout + done.stderr
        assert "Pulp did not answer for" in done.stderr, done.stderr
        assert actor.generation() > before
        assert not rows(actor, before)
        assert_whole(actor, kept)

    both(go_on)
