"""Instances that are updated: with a file in them, of Pulp alone, and not of the newest."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.acceptance.file_flow import Download, check, file_flow
from tests.host.actor import SECONDS
from tests.host.trial import Trial

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.host.actor import Actor

    Pair = dict[Actor, Download]
    Both = Callable[[Callable[[Actor, Download], object]], None]


def bring_up(actor: Actor) -> Download:
    actor.init()
    newest = next(
        row["newest"]
        for row in actor.data("plugin", "list")["plugins"]
        if row["name"] == "pulpcore"
    )
    pin(actor, f"<{newest}")
    actor.launcher("rebuild")
    actor.launcher("start")
    return file_flow(actor.pulp())


def pin(actor: Actor, version: str) -> None:
    path = f"{actor.config_dir}/plugins.toml"
    actor.run("sed", "-i", f's/^version = ".*"/version = "{version}"/', path)


def is_switching(actor: Actor) -> bool:
    """Tell whether a switch is under way, or was cut short."""
    return actor.try_("test", "-e", f"{actor.state_dir}/switch.json").returncode == 0


def wait_for_the_guard(actor: Actor) -> None:
    """Type nothing, and see how the switch that was cut short ends."""
    deadline = time.monotonic() + SECONDS
    while is_switching(actor):
        said = actor.systemctl("show", f"{actor.prefix}-resume.service")
        assert time.monotonic() < deadline, said
        time.sleep(1)


def assert_whole(actor: Actor, kept: Download) -> None:
    actor.wait_healthy()
    assert not is_switching(actor), actor.launcher("status")
    check(kept, actor.host)
    there = actor.generation()
    names = {name for name in actor.containers() if name[-1].isdigit()}
    assert {name.removeprefix(f"{actor.prefix}-").split("-")[1] for name in names} == {str(there)}


def assert_refused(actor: Actor, kept: Download, fault: str) -> None:
    """Add a plugin that fails, see it fail, and take it out again."""
    name = f"pulp-bad-{fault}"
    generation = actor.generation()
    actor.launcher("plugin", "add", Trial(name, fault).put(actor))
    done = actor.try_(*actor.argv("rebuild"))
    said = f"{actor}, {fault}: exit status {done.returncode}\n{done.stdout}{done.stderr}"
    assert done.returncode == 1, said
    assert "\nError: " in done.stderr, said
    assert "\n→ " in done.stderr, said
    assert actor.generation() == generation, said
    assert_whole(actor, kept)
    actor.launcher("plugin", "remove", name)
    assert "Nothing to build" in actor.launcher("rebuild"), said
