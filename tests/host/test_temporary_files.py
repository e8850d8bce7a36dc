"""Temporary files of Pulp: on the disk of the content, never in memory, gone with their maker."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.host.actor import HEALTHY_SECONDS

if TYPE_CHECKING:
    from tests.host.actor import Actor

pytestmark = pytest.mark.host

# A plugin's, and what Pulp itself works on.
_LEFT = "echo half >$TMPDIR/upload; echo half >$TMPDIR/pulp/upload"
_PLACE = "python3 -c 'import tempfile; print(tempfile.gettempdir())'"


def test_temporary_files_are_where_the_content_is(actor: Actor) -> None:
    for role, numbers in (("api", ()), ("content", ()), ("worker", (1,))):
        container = actor.own(role, *numbers)
        script = f"d=$({_PLACE}); echo $d; stat -c %d $d /var/lib/pulp/media /tmp"
        said = actor.podman("exec", container, "sh", "-euc", script).split()
        folder, temporary, content, memory = said
        assert folder == f"/var/lib/pulp/scratch/{container}"
        assert temporary == content != memory


def test_what_a_killed_worker_left_is_gone_when_it_is_back(actor: Actor) -> None:
    worker = actor.own("worker", 2)
    killed = actor.containers()[worker]
    actor.podman("exec", worker, "sh", "-euc", _LEFT)
    actor.podman("kill", worker)
    deadline = time.monotonic() + HEALTHY_SECONDS
    while actor.containers().get(worker, killed) == killed and time.monotonic() < deadline:
        time.sleep(1)
    actor.wait_healthy()
    assert not actor.podman("exec", worker, "sh", "-euc", "find $TMPDIR -type f")
