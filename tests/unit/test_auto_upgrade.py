"""A timer upgrades the instance by itself, as long as it is there."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from launcher.cli.app import app
from launcher.cli.session import Session
from launcher.model.errors import HostUnfit, NotReady, UsageProblem
from launcher.model.names import Names
from launcher.model.paths import Paths
from launcher.operations.auto_upgrade import DAILY, disable, enable, status
from launcher.operations.destroy import destroy
from launcher.operations.init import init
from launcher.operations.start import start
from launcher.operations.up import up
from launcher.render.timer import Upgrading, schedule_of, timer_units

if TYPE_CHECKING:
    from typer.testing import Result

    from tests.unit.fakes import World

SERVICE, TIMER = "pulp-upgrade.service", "pulp-upgrade.timer"


@pytest.fixture
def ready(world: World) -> World:
    init(world.instance)
    return world


def unit(world: World, name: str) -> str:
    return (world.instance.paths.unit_dir / name).read_text("utf-8")


def test_the_timer_calls_the_launcher(ready: World) -> None:
    found = enable(ready.instance, schedule="Sun 03:00", only_patch=False)
    assert (found.enabled, found.schedule, found.only_patch) == (True, "Sun 03:00", False)
    assert "OnCalendar=Sun 03:00\n" in unit(ready, TIMER)
    command = f"{sys.executable} -P -m launcher --instance pulp upgrade --yes --unattended"
    assert f"ExecStart={command}\n" in unit(ready, SERVICE)
    assert TIMER in ready.systemd.enabled
    assert TIMER in ready.systemd.running
    assert SERVICE not in ready.systemd.running


def test_another_schedule_takes_the_place_of_the_first(ready: World) -> None:
    enable(ready.instance, schedule=DAILY, only_patch=False)
    found = enable(ready.instance, schedule="weekly", only_patch=True)
    assert (found.schedule, found.only_patch) == ("weekly", True)
    assert ready.systemd.running[TIMER] == unit(ready, TIMER)
    assert "--only-patch" in unit(ready, SERVICE)


def test_the_service_is_told_how_far_to_go(ready: World) -> None:
    found = enable(ready.instance, schedule=DAILY, security_only=True)
    assert (found.only_patch, found.security_only) == (False, True)
    assert unit(ready, SERVICE).rstrip().splitlines()[-2].endswith("--unattended --security-only")
    found = enable(ready.instance, schedule=DAILY, only_patch=True, security_only=True)
    assert (found.only_patch, found.security_only) == (True, True)


def test_what_is_no_schedule_changes_nothing(ready: World) -> None:
    before = ready.files()
    with pytest.raises(UsageProblem, match="no schedule"):
        enable(ready.instance, schedule="now and then", only_patch=False)
    assert ready.files() == before


def test_it_needs_an_instance(world: World) -> None:
    with pytest.raises(NotReady):
        enable(world.instance, schedule=DAILY, only_patch=False)


def test_it_needs_to_outlive_the_login(ready: World) -> None:
    ready.systemd.lingering.clear()
    with pytest.raises(HostUnfit, match="end with the login"):
        enable(ready.instance, schedule=DAILY, only_patch=False)


def test_it_can_be_taken_back(ready: World) -> None:
    before = ready.files()
    assert disable(ready.instance) == ()
    enable(ready.instance, schedule=DAILY, only_patch=False)
    assert disable(ready.instance) == (TIMER, SERVICE)
    assert ready.files() == before
    assert not ready.systemd.enabled
    assert not ready.systemd.running
    assert not status(ready.instance).enabled


def test_it_goes_with_the_instance(world: World) -> None:
    up(world.instance, ["rpm"], base="docker.io/library/debian:trixie-slim", hostname=None,
       port=None)  # fmt: skip
    enable(world.instance, schedule=DAILY, only_patch=False)
    start(world.instance)
    removed = {piece.name for piece in destroy(world.instance, purge=False).removed}
    assert {SERVICE, TIMER} <= removed
    assert not list(world.instance.paths.unit_dir.iterdir())
    assert not world.systemd.enabled


def test_how_it_went_is_told(ready: World) -> None:
    enable(ready.instance, schedule=DAILY, only_patch=False)
    found = status(ready.instance)
    assert (found.last, found.result) == ("Mon 2025-01-06 03:00:00", "success")
    assert found.said == f"last words of {SERVICE}"


def units(*program: str, variables: dict[str, str] | None = None) -> str:
    wanted = Upgrading(
        Names("a"), program, "daily", only_patch=False, security_only=False, variables=variables
    )
    return timer_units(wanted)["pulp-a-upgrade.service"]


def test_odd_paths_are_quoted() -> None:
    odd = units('/opt/my $ "python', "-m", "launcher")
    assert 'ExecStart="/opt/my $$ \\"python" -m launcher' in odd
    assert 'ExecStart="/opt/100%%/python" ' in units("/opt/100%/python")


def test_root_has_a_home_and_a_user_the_folders_of_their_shell() -> None:
    assert "User=root\n" in units("/usr/bin/python3")
    odd = Paths.of_user("a", Path("/home/al"), 1000, {"XDG_STATE_HOME": "/srv/my state"})
    text = units("/usr/bin/python3", variables=odd.variables)
    assert "User=" not in text
    assert 'Environment="XDG_STATE_HOME=/srv/my state"\n' in text
    again = dict(
        line.split("=", 1) for line in re.findall(r'^Environment="?([^"\n]*)', text, re.MULTILINE)
    )
    assert Paths.of_user("a", Path("/home/al"), 1000, again) == odd


def test_a_schedule_is_read_back() -> None:
    assert schedule_of("[Timer]\nOnCalendar=*-*-* 03:00\n") == "*-*-* 03:00"


def call(line: str) -> Result:
    return CliRunner().invoke(app, line.split(), prog_name="pulp-launcher")


def test_the_commands_say_it_in_words(ready: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Session, "instance", ready.instance)
    assert "Not enabled" in call("auto-upgrade status").stdout
    assert "was not enabled" in call("auto-upgrade disable").stdout
    assert call("auto-upgrade enable --schedule daily --only-patch").stdout.splitlines() == [
        "Upgraded by itself: daily, patches of pulpcore and the plugins",
        "Next: Tue 2025-01-07 03:00:00",
        "Last: Mon 2025-01-06 03:00:00, success",
        f"  last words of {SERVICE}",
    ]
    found = json.loads(call("auto-upgrade status --json").stdout)["data"]
    assert found["enabled"] is True
    assert (found["only_patch"], found["security_only"]) == (True, False)
    both = call("auto-upgrade enable --only-patch --security-only").stdout
    assert "what mends a known vulnerability, patches of pulpcore and the plugins\n" in both
    assert ": *-*-* 03:00, all that fits\n" in call("auto-upgrade enable").stdout
    assert f"Removed {TIMER}" in call("auto-upgrade disable").stdout
