"""Starts that fail, and what systemd is not told: no waiting for minutes, and a way back.

The kind of fault: a start waits for a word that never comes, in silence, and leaves half of it.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.host.actor import Actor

pytestmark = pytest.mark.host

# Ends the podman that waits for a role to be healthy, which is who tells systemd.
LOSE_THE_WORD = """
unit=$1; shift
for try in 1 2 3 4 5; do
    "$@" stop "$unit"
    "$@" start --no-block "$unit"
    until [ "$(podman inspect --format '{{.State.Running}}' "$unit" 2>&1)" = true ]; do :; done
    pkill -9 -u "$(id -u)" -f "podman run --name $unit " || continue
    sleep 3
    state=$("$@" show --property=ActiveState --value "$unit")
    health=$(podman inspect --format '{{.State.Health.Status}}' "$unit" || true)
    [ "$state $health" != 'activating healthy' ] || exit 0
done
exit 1
"""
BROKEN = "MIDDLEWARE = ['no.such.middleware']"
REASONABLE = 150
"""Seconds for a start that fails and goes back, on a busy machine."""


def test_what_podman_calls_healthy_is_not_waited_for(
    as_each: Callable[[Callable[[Actor], None]], None],
) -> None:
    def lose_and_start(actor: Actor) -> None:
        unit = f"{actor.prefix}-cache"
        actor.shell(LOSE_THE_WORD, unit, "systemctl", *([] if actor.is_root else ["--user"]))
        done = actor.try_(*actor.argv("start"))
        assert done.returncode == 0, done.stderr
        assert "systemd was not told" in done.stderr
        assert actor.is_healthy()

    as_each(lose_and_start)


@pytest.mark.thorough
def test_a_config_that_does_not_work_gives_way_to_the_one_before(
    as_each: Callable[[Callable[[Actor], None]], None],
) -> None:
    def break_and_mend(actor: Actor) -> None:
        path = f"{actor.config_dir}/config.toml"
        actor.run("sed", "-i", rf"s/^\[settings\]/&\n{BROKEN}/", path)
        began = time.monotonic()
        failed = actor.try_(*actor.argv("start"))
        assert time.monotonic() - began < REASONABLE
        assert failed.returncode == 1
        assert "The config of before serves again" in failed.stderr
        assert "no.such" in failed.stderr, failed.stderr
        assert actor.is_healthy()
        assert BROKEN in actor.run("cat", path)
        actor.run("sed", "-i", "/^MIDDLEWARE/d", path)
        actor.launcher("start")
        assert actor.is_healthy()

    as_each(break_and_mend)
