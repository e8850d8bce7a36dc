"""A build that is cut off leaves nothing half done, and two launchers do not meet."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from tests.host.snapshot import snapshot

if TYPE_CHECKING:
    from tests.host.actor import Actor

pytestmark = pytest.mark.host

# The shell's job control gives the build a process group of its own, as a terminal does.
CUT = """
user=$1 target=$2 signal=$3; shift 3
set -m
"$@" & pid=$!
for ((i = 0; i < 600; i++)); do
    ! pgrep -u "$user" -f '^uv pip sync' >/dev/null || break
    kill -0 $pid; sleep 0.1
done
pulp-launcher --instance cut --json rebuild && exit 99
sleep 1
case $target in group) target=-$pid ;; process) target=$pid ;; esac
kill -s "$signal" -- "$target"
wait $pid && exit 98 || echo "status $?"
"""
BUILDERS = "podman build|uv pip sync|mmdebstrap"


def cut(actor: Actor, target: str, signal: str) -> str:
    """Interrupt a rebuild while uv installs; meanwhile, another launcher is told to wait."""
    argv = ["bash", "-ec", CUT, "bash", actor.user, target, signal, *actor.argv("rebuild")]
    done = actor.try_(*argv)
    assert done.returncode == 0, done.stdout + done.stderr
    envelope, _, status = done.stdout.rpartition("status ")
    (error,) = json.loads(envelope)["errors"]
    assert error["code"] == "busy"
    assert error["message"].startswith("another pulp-launcher (process ")
    return f"{status.strip()} {done.stderr}"


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
