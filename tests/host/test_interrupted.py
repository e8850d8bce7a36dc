"""A build that is cut off leaves nothing half done, and two launchers do not meet."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.host.cut import cut
from tests.host.snapshot import snapshot

if TYPE_CHECKING:
    from tests.host.actor import Actor

pytestmark = pytest.mark.host

BUILDERS = "podman build|uv pip sync|mmdebstrap"


def assert_clean(actor: Actor, before: list[str]) -> None:
    deadline = time.monotonic() + 20
    while actor.try_("pgrep", "-u", actor.user, "-f", BUILDERS).returncode == 0:
        assert time.monotonic() < deadline, "the build goes on"
        time.sleep(0.5)
    # A launcher that was killed leaves the note that lets the next one tidy up.
    assert [line for line in snapshot(actor) if not line.endswith("/building")] == before
    assert "generation.json" not in actor.run("find", actor.state_dir)


@pytest.mark.parametrize(
    "actor", ["alice", pytest.param("root", marks=pytest.mark.thorough)], indirect=True
)
def test_interrupted_builds(actor: Actor) -> None:
    spare = actor.other("cut")
    spare.init()
    spare.launcher("lock")
    before = snapshot(spare)
    said = cut(spare, "group", "INT")
    assert said.startswith("130 ")
    assert "Error: interrupted" in said
    assert "Traceback" not in said
    assert_clean(spare, before)
    assert cut(spare, "process", "KILL").startswith("137 ")
    assert_clean(spare, before)
    assert "Built generation 1" in spare.launcher("rebuild")
    spare.launcher("destroy", "--purge", "--yes")
