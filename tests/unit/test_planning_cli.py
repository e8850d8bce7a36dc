"""The commands `plan` and `upgrade`: what is shown, asked, and told by exit codes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from launcher.cli.app import app
from launcher.cli.session import Session
from launcher.operations.change_plugins import add_plugins
from launcher.operations.rebuild import rebuild
from launcher.operations.start import start

if TYPE_CHECKING:
    from typer.testing import Result

    from tests.unit.fakes import World


@pytest.fixture
def started(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """Have a generation that serves, which the command line works on."""
    monkeypatch.setattr(Session, "instance", world.instance)
    add_plugins(world.instance, ["rpm"])
    rebuild(world.instance)
    start(world.instance)
    return world


def call(line: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(app, line.split(), input=typed, prog_name="pulp-launcher")


def data(result: Result) -> Any:
    return json.loads(result.stdout)["data"]


PLANS = ["plan", "rebuild --plan", "start --plan"]


@pytest.mark.parametrize("line", [*PLANS, "rebuild --check", "start --check", "plan --check"])
def test_nothing_to_do_ends_well(started: World, line: str) -> None:
    result = call(line)
    assert (result.exit_code, result.stdout) == (0, "Nothing to do.\n")


@pytest.mark.parametrize("line", ["plan", "rebuild", "rebuild --plan", "upgrade"])
def test_a_check_tells_by_exit_status(started: World, line: str) -> None:
    add_plugins(started.instance, ["deb"])
    result = call(f"{line} --check")
    assert (result.exit_code, started.podman.builds[1:]) == (3, [])
    assert "generation 2" in result.stdout
    result = call(f"{line} --check --json")
    assert (result.exit_code, data(result)["due"]) == (3, True)


def test_a_start_has_a_check_of_its_own(started: World) -> None:
    started.configure("port = 8080", "port = 8081")
    assert call("rebuild --check").exit_code == 0
    assert call("start --check").exit_code == 3
    assert call("start --plan").exit_code == 0


def test_a_plan_is_shown_whole(started: World) -> None:
    add_plugins(started.instance, ["deb"])
    lines = call("plan").stdout.splitlines()
    rows = [" ".join(line.split()) for line in lines]
    assert rows[0] == "To do, to come from generation 1 to 2:"
    for row in (
        "ACT WHAT WHY",
        "build generation 2 plugin-packages.txt changed, pylock.toml changed",
        "start pulp-api-2.service generation 2 starts beside generation 1",
        "reload pulp-web.service generation 2 shall answer",
        "pulp-deb - 3.9.1",
        "Migrations: their kind is known when the image is built",
        "Runs on untouched: pulp-db.service, pulp-cache.service, pulp-web.service",
        "api no",
        "Disk: a build needs 3.0 GB, /var/lib/containers/storage has 100.0 GB free",
    ):
        assert row in rows


def test_a_pause_is_shown(started: World) -> None:
    started.configure("port = 8080", "port = 8081")
    rows = [" ".join(line.split()) for line in call("start --plan").stdout.splitlines()]
    assert "web about 2 s" in rows
    assert "db no" in rows


def test_too_little_space_is_shown(started: World) -> None:
    started.free = 1024**3
    assert "Disk: NOT ENOUGH, a build needs 3.0 GB" in call("rebuild --force --plan").stdout


def test_a_plan_is_one_envelope(started: World) -> None:
    add_plugins(started.instance, ["deb"])
    found = data(call("plan --json"))
    assert found["changes"][0] == {
        "act": "build", "what": "generation 2",
        "why": "plugin-packages.txt changed, pylock.toml changed",
    }  # fmt: skip
    assert {"role": "web", "seconds": 0} in found["pauses"]
    assert found["disk"]["needed"] == 3 * 1024**3


def test_nothing_newer_is_said(started: World) -> None:
    result = call("upgrade")
    assert (result.exit_code, result.stdout) == (0, "Everything is up to date.\n")


@pytest.fixture
def released(started: World) -> World:
    started.uv.index["pulp-rpm"] = "3.40.0"
    return started


@pytest.mark.parametrize("line", ["upgrade", "upgrade --json"])
def test_without_a_terminal_a_yes_is_needed(released: World, line: str) -> None:
    result = call(line, typed="y\n")
    assert result.exit_code == 2
    assert "--yes" in result.stdout + result.stderr
    assert len(released.podman.builds) == 1


@pytest.mark.parametrize(("typed", "code"), [("y\n", 0), ("n\n", 2)])
def test_on_a_terminal_it_asks(
    released: World, monkeypatch: pytest.MonkeyPatch, typed: str, code: int
) -> None:
    monkeypatch.setattr(Session, "can_answer", True)
    result = call("upgrade", typed=typed)
    assert result.exit_code == code
    assert "3.39.0" in result.stderr
    assert len(released.podman.builds) == 2 - bool(code)


def test_the_plan_is_shown_first(released: World) -> None:
    result = call("upgrade --yes")
    assert result.exit_code == 0
    (row,) = [line.split() for line in result.stderr.splitlines() if "pulp-rpm" in line]
    assert row == ["pulp-rpm", "3.39.0", "3.40.0"]
    assert "Built generation 2" in result.stdout
    assert "Pulp answers at http://pulp.example:8080/ (generation 2)." in result.stdout


def test_what_was_done_is_one_envelope(released: World) -> None:
    result = call("upgrade --yes --json")
    found = data(result)
    assert found["plan"]["packages"] == [
        {"name": "pulp-rpm", "old": "3.39.0", "new": "3.40.0", "why": []}
    ]
    assert found["rebuilt"]["switched"]["generation"] == 2
    assert result.stderr == ""


def test_a_plan_of_an_upgrade_changes_nothing(released: World) -> None:
    before = released.files()
    assert "3.40.0" in call("upgrade --plan").stdout
    assert call("upgrade --check").exit_code == 3
    assert released.files() == before


def test_what_was_left_is_said(released: World) -> None:
    released.systemd.broken.add(released.service("api", 2))
    assert call("upgrade --unattended").exit_code == 1
    result = call("upgrade --unattended")
    assert result.exit_code == 0
    assert "left before" in result.stdout
