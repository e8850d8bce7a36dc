"""Whatever stops Pulp, or a part of it: it comes back, with what it had."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.acceptance.file_flow import check, file_flow

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.host.actor import Actor

    AsEach = Callable[[Callable[[Actor], None]], None]

pytestmark = pytest.mark.host

UNTOUCHED = ("pulp-cache", "pulp-web")


def entered(actor: Actor) -> list[str]:
    """Return when each unit came up."""
    units = ["pulp.target", *(f"{name}.service" for name in actor.containers())]
    show = actor.systemctl("show", "--property=Id,ActiveEnterTimestampMonotonic", *units)
    return sorted(show.split("\n\n"))


def test_a_second_start_changes_nothing(actor: Actor) -> None:
    before = actor.containers(), entered(actor)
    actor.launcher("start")
    assert (actor.containers(), entered(actor)) == before


def test_a_second_rebuild_builds_nothing(actor: Actor) -> None:
    before = actor.podman("images", "--all", "--quiet")
    assert "Nothing to build" in actor.launcher("rebuild")
    assert actor.podman("images", "--all", "--quiet") == before


def test_stop_then_start(as_each: AsEach) -> None:
    def stop_and_start(actor: Actor) -> None:
        actor.launcher("stop")
        assert actor.containers() == {}
        actor.launcher("start")
        actor.wait_healthy()

    as_each(stop_and_start)


def test_restart_of_the_database(as_each: AsEach) -> None:
    def restart(actor: Actor) -> None:
        before = actor.containers()
        assert "pulp-db.service" in actor.launcher("restart", "db")
        actor.wait_healthy()
        after = actor.containers()
        # What loses its database may end; systemd starts it again.
        assert before["pulp-db"] != after["pulp-db"]
        assert [before[name] for name in UNTOUCHED] == [after[name] for name in UNTOUCHED]

    as_each(restart)


def test_a_killed_worker_comes_back(as_each: AsEach) -> None:
    def kill(actor: Actor) -> None:
        worker = actor.own("worker", 1)
        before = actor.containers()[worker]
        pid = actor.podman("inspect", "--format", "{{.State.Pid}}", worker).strip()
        actor.host.run(["kill", "-9", pid])
        actor.wait_healthy()
        assert actor.containers()[worker] != before

    as_each(kill)


def test_restart_of_the_target(as_each: AsEach) -> None:
    def restart(actor: Actor) -> None:
        before = actor.containers()
        actor.systemctl("restart", "pulp.target")
        actor.wait_healthy()
        assert not set(before.values()) & set(actor.containers().values())

    as_each(restart)


def test_reboot_of_the_host(actors: dict[str, Actor]) -> None:
    kept = {user: file_flow(actor.pulp()) for user, actor in actors.items()}
    actors["root"].host.reboot()
    for user, actor in actors.items():
        actor.wait_healthy()
        check(kept[user], actor.host)
