"""Interrupt a build in the middle."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.host.actor import Actor

# The shell's job control gives the build a process group of its own, as a terminal does.
CUT = """
user=$1 instance=$2 target=$3 signal=$4; shift 4
set -m
"$@" & pid=$!
for ((i = 0; i < 600; i++)); do
    ! pgrep -u "$user" -f '^uv pip sync' >/dev/null || break
    kill -0 $pid; sleep 0.1
done
pulp-launcher --instance "$instance" --json rebuild && exit 99
sleep 1
case $target in group) target=-$pid ;; process) target=$pid ;; esac
kill -s "$signal" -- "$target"
wait $pid && exit 98 || echo "status $?"
"""


def cut(actor: Actor, target: str, signal: str) -> str:
    """Interrupt a rebuild while uv installs; meanwhile, another launcher is told to wait."""
    words = (actor.user, actor.instance, target, signal)
    done = actor.try_("bash", "-ec", CUT, "bash", *words, *actor.argv("rebuild"))
    assert done.returncode == 0, done.stdout + done.stderr
    envelope, _, status = done.stdout.rpartition("status ")
    (error,) = json.loads(envelope)["errors"]
    assert error["code"] == "busy"
    assert error["message"].startswith("another pulp-launcher (process ")
    return f"{status.strip()} {done.stderr}"
