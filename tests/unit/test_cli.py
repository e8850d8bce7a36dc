"""The command line: options, exit codes, the JSON envelope, and texts shown as they are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from launcher import __version__
from launcher.cli import session as sessions
from launcher.cli.app import app, hoisted
from launcher.model import errors
from launcher.model.errors import LauncherError
from launcher.operations import init as initialising
from tests.unit.fakes import FakeUv

if TYPE_CHECKING:
    from typer.testing import Result

COMMANDS = [
    "", "init", "plugin", "plugin add", "plugin remove", "plugin list", "lock", "rebuild", "start",
    "stop", "restart", "status", "up", "destroy", "logs", "admin-password",
]  # fmt: skip
ENVELOPE = {"version", "command", "status", "data", "errors"}
RUNNER = CliRunner()


@pytest.fixture(autouse=True)
def _index(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "Uv", FakeUv)


def call(line: str, *more: str, typed: str | None = None) -> Result:
    return RUNNER.invoke(app, [*line.split(), *more], input=typed, prog_name="pulp-launcher")


def envelope(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(result.stdout)
    assert found.keys() == ENVELOPE
    assert found["version"] == 1
    return found


def raises(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(initialising, "init", fail)


def manifest() -> Path:
    return Path.home() / "config" / "pulp-launcher" / "pulp" / "plugins.toml"


def test_the_version_is_said() -> None:
    result = call("--version")
    assert (result.exit_code, result.stdout) == (0, f"pulp-launcher {__version__}\n")


@pytest.mark.parametrize("option", ["--help", "-h"])
@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str, option: str) -> None:
    result = call(command, option)
    assert result.exit_code == 0
    assert "Usage: pulp-launcher" in result.stdout


def test_the_commands_are_those_that_are_documented() -> None:
    out = call("--help").stdout
    for command in (*filter(None, COMMANDS), "shell", "manager"):
        assert command.split()[0] in out


@pytest.mark.xfail(reason="the role is taken to be --help", strict=True)
def test_shell_has_help() -> None:
    assert call("shell --help").exit_code == 0


@pytest.mark.parametrize(
    "line",
    ["frobnicate", "plugin frobnicate", "plugin add", "init --frobnicate", "init --port x",
     "logs --lines -1", "--instance"],
)  # fmt: skip
def test_what_makes_no_sense_is_a_usage_error(line: str) -> None:
    result = call(line)
    assert result.exit_code == 2
    assert "Error" in result.stderr
    assert result.stdout == ""


def test_init_then_list() -> None:
    result = call("init --hostname pulp.example")
    assert result.exit_code == 0
    assert f"Wrote {manifest()}" in result.stdout
    assert result.stderr == ""
    assert "are there already" in call("init").stdout
    assert "pulpcore" in call("plugin list").stdout


def test_adding_tells_what_changed_and_the_next_step() -> None:
    result = call("plugin add rpm file")
    assert result.exit_code == 0
    assert "Added pulp-rpm 3.39.0" in result.stdout
    assert "pulp-file is part of pulpcore" in result.stdout
    assert "Next: pulp-launcher rebuild" in result.stdout
    assert "Resolving plugins" in result.stderr


def test_quiet_says_only_results() -> None:
    result = call("plugin add rpm --quiet")
    assert "Added pulp-rpm" in result.stdout
    assert result.stderr == ""


@pytest.mark.xfail(reason="a table in a pipe is 80 characters wide", strict=True)
def test_known_plugins_are_shown_whole() -> None:
    result = call("plugin list --known")
    assert "…" not in result.stdout
    assert "Python distributions: a package index for pip and uv" in result.stdout


@pytest.mark.parametrize("line", ["--json plugin list", "plugin --json list", "plugin list --json"])
def test_global_options_stand_anywhere(line: str) -> None:
    call("init")
    result = call(line)
    assert result.exit_code == 0
    assert envelope(result)["status"] == "success"


@pytest.mark.parametrize("option", ["-i second", "--instance second", "--instance=second"])
def test_the_instance_may_be_named_anywhere(option: str) -> None:
    assert call(f"init {option}").exit_code == 0
    assert (manifest().parents[1] / "second" / "plugins.toml").is_file()
    assert not manifest().exists()


@pytest.mark.parametrize(
    ("line", "first", "rest"),
    [
        ("plugin list --json -q", "--json -q", "plugin list"),
        ("status -i a --instance=b", "-i a --instance=b", "status"),
        ("manager --json x -i y", "", "manager --json x -i y"),
        ("-i a manager -q", "-i a", "manager -q"),
        ("--debug shell api ls -q", "--debug", "shell api ls -q"),
        ("status -- --json", "", "status -- --json"),
        ("-i manager status --json", "-i manager --json", "status"),
    ],
)
def test_global_options_come_first_but_for_those_of_another_program(
    line: str, first: str, rest: str
) -> None:
    assert hoisted(line.split()) == [*first.split(), *rest.split()]


@pytest.mark.parametrize("line", ["plugin list", "init", "plugin add rpm", "plugin list --known"])
def test_success_is_one_envelope(line: str) -> None:
    call("init")
    result = call(f"{line} --json")
    found = envelope(result)
    assert (found["status"], found["errors"]) == ("success", [])
    assert found["command"] == line.split(maxsplit=1)[0]
    assert found["data"]
    assert result.stderr == ""


def test_failure_is_one_envelope() -> None:
    result = call("plugin list --json")
    found = envelope(result)
    assert (result.exit_code, found["status"], found["data"]) == (1, "error", None)
    (error,) = found["errors"]
    assert error.keys() == {"code", "message", "details", "hint"}
    assert error["code"] == "not-ready"
    assert result.stderr == ""


ERRORS = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, LauncherError)
]


@pytest.mark.parametrize("kind", ERRORS)
def test_an_error_has_its_exit_code_and_its_word(
    monkeypatch: pytest.MonkeyPatch, kind: type[LauncherError]
) -> None:
    raises(monkeypatch, kind("what", details="said", hint="do"))
    result = call("init")
    assert result.exit_code == kind.exit_code
    assert result.stdout == ""
    assert result.stderr == "Error: what\n  said\n→ do\n"
    assert envelope(call("init --json"))["errors"][0]["code"] == kind.code


def test_codes_and_exit_codes_are_stable() -> None:
    assert {kind.code: kind.exit_code for kind in ERRORS} == {
        "failed": 1, "usage": 2, "input-invalid": 2, "resolution-failed": 1,
        "index-unreachable": 1, "build-failed": 1, "gate-failed": 1, "engine-failed": 1,
        "unit-failed": 1, "host-unfit": 4, "busy": 1, "not-ready": 1, "interrupted": 130,
    }  # fmt: skip


def test_an_interruption_has_its_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    raises(monkeypatch, KeyboardInterrupt())
    result = call("init")
    assert result.exit_code == 130
    assert "run the command again" in result.stderr


def test_debug_shows_where_it_came_from(monkeypatch: pytest.MonkeyPatch) -> None:
    failure = LauncherError("what")
    raises(monkeypatch, failure)
    assert call("init --debug").exception is failure


MARKUP = "[red]a[/red] [/] [link=x]b :smile: \\[c]"


def test_texts_of_others_are_no_markup(monkeypatch: pytest.MonkeyPatch) -> None:
    raises(monkeypatch, LauncherError(MARKUP, details=MARKUP, hint=MARKUP))
    assert call("init").stderr == f"Error: {MARKUP}\n  {MARKUP}\n→ {MARKUP}\n"


def test_long_texts_are_not_wrapped(monkeypatch: pytest.MonkeyPatch) -> None:
    long = "word " * 100 + "end"
    raises(monkeypatch, LauncherError(long, details=long, hint=long))
    assert call("init").stderr == f"Error: {long}\n  {long}\n→ {long}\n"


def test_a_text_of_the_user_comes_back_as_it_is() -> None:
    result = call("plugin add", "[bold]rpm[/bold]")
    assert result.exit_code == 2
    assert "'[bold]rpm[/bold]'" in result.stderr
    call("init")
    manifest().write_text("[plugins]\n'pulp-x[y]' = '*'\n", "utf-8")
    assert "pulp-x[y]" in call("plugin list").stdout + call("plugin list").stderr


def test_a_bad_instance_is_a_usage_problem() -> None:
    result = call("init -i ../x")
    assert result.exit_code == 2
    assert "'../x' can not be the name of an instance" in result.stderr


def test_nothing_is_destroyed_without_a_yes() -> None:
    call("init")
    result = call("destroy", typed="n\n")
    assert result.exit_code == 2
    assert "--yes" in result.stderr
    assert envelope(call("destroy --json"))["errors"][0]["code"] == "usage"
    assert manifest().is_file()


@pytest.mark.parametrize("content", [b"\xff\xfe", b"hostname = '\xe4.de'\n"])
@pytest.mark.xfail(reason="what is not UTF-8 ends in a traceback", strict=True)
def test_a_file_that_is_no_text_is_told(content: bytes) -> None:
    call("init")
    manifest().write_bytes(content)
    result = call("plugin list")
    assert result.exit_code == 2
    assert str(manifest()) in result.stderr


@pytest.mark.xfail(reason="the command is told without its second word", strict=True)
def test_the_envelope_names_the_whole_command() -> None:
    assert envelope(call("plugin list --json"))["command"] == "plugin list"
