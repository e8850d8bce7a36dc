"""The command line: options, exit codes, the JSON envelope, and texts shown as they are."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from launcher import __version__
from launcher.cli import session as sessions
from launcher.cli.app import app, hoisted
from launcher.host.podman import Podman
from launcher.host.systemd import Systemd
from launcher.model import errors
from launcher.model.errors import LauncherError
from launcher.model.generation import Generation
from launcher.operations import destroy as destroying
from launcher.operations import init as initialising
from launcher.operations.destroy import Destroyed, Piece
from tests.unit.fakes import FakeUv

if TYPE_CHECKING:
    from typer.testing import Result

COMMANDS = [
    "", "init", "plugin", "plugin add", "plugin remove", "plugin update", "plugin list",
    "plugin search", "plugin show", "plugin why", "preset", "preset list", "lock", "outdated",
    "rebuild", "generation", "generation list", "generation show", "generation sbom",
    "generation diff", "generation remove", "start", "stop", "restart", "status", "up", "destroy",
    "logs", "shell", "admin-password", "plan", "upgrade", "auto-upgrade", "auto-upgrade enable",
    "auto-upgrade disable", "auto-upgrade status", "signing", "signing add", "signing list",
    "signing export", "signing remove",
]  # fmt: skip
ENVELOPE = {"version", "command", "status", "data", "errors"}
RUNNER = CliRunner()
COMMAND = functools.cache(get_command)


@pytest.fixture(autouse=True)
def _index(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "Uv", FakeUv)
    # To make the command takes longer than most of what it does here.
    monkeypatch.setattr("typer.testing._get_command", COMMAND)


def call(line: str, *more: str, typed: str | None = None) -> Result:
    words = [*line.split(), *more]
    return RUNNER.invoke(app, words, input=typed, prog_name="pulp-launcher")


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


@pytest.mark.parametrize("command", [*COMMANDS, "-h", "plugin -h", "plugin add -h"])
def test_every_command_has_help(command: str) -> None:
    result = call(command, *(() if command.endswith("-h") else ("--help",)))
    assert result.exit_code == 0
    assert "Usage: pulp-launcher" in result.stdout


def test_the_commands_are_those_that_are_documented() -> None:
    out = call("--help").stdout
    for command in (*filter(None, COMMANDS), "manager"):
        assert command.split()[0] in out


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


def test_known_plugins_are_shown_whole() -> None:
    result = call("plugin search")
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
    assert hoisted(line.split()) == (first.split(), rest.split())


@pytest.mark.parametrize(
    "line",
    [
        "plugin list",
        "init",
        "plugin add rpm",
        "plugin search",
        "plugin search rpm",
        "plugin show rpm",
        "preset list",
        "lock",
    ],
)
def test_success_is_one_envelope(line: str) -> None:
    call("init")
    result = call(f"{line} --json")
    found = envelope(result)
    assert (found["status"], found["errors"]) == ("success", [])
    assert line.startswith(found["command"])
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
        "unit-failed": 1, "host-unfit": 4, "busy": 1, "not-ready": 1, "drift": 3,
        "interrupted": 130, "switch-failed": 1, "start-failed": 1, "internal": 1,
    }  # fmt: skip


def test_an_interruption_has_its_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    raises(monkeypatch, KeyboardInterrupt())
    result = call("init")
    assert result.exit_code == 130
    assert "run the command again" in result.stderr


def test_debug_shows_where_it_came_from(monkeypatch: pytest.MonkeyPatch) -> None:
    raises(monkeypatch, LauncherError("what"))
    result = call("init --debug")
    assert result.exit_code == 1
    assert "Traceback" in result.stderr
    assert result.stderr.endswith("Error: what\n")


@pytest.mark.parametrize("error", [KeyError("x"), ValueError("no JSON"), OSError("no disk")])
def test_what_nobody_thought_of_is_told_too(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    raises(monkeypatch, error)
    result = call("--json init")
    assert result.exit_code == 1
    (told,) = json.loads(result.stdout)["errors"]
    assert told["code"] == "internal"
    assert type(error).__name__ in told["message"]
    assert "test_cli.py" in told["details"]
    assert "Traceback" not in call("init").stderr


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


def test_what_was_destroyed_is_told_with_its_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = Destroyed((Piece("unit", "pulp.target"),), (Piece("volume", "pulp-pulp"),))
    monkeypatch.setattr(destroying, "destroy", lambda *_, **__: gone)
    told = "Removed unit pulp.target\nKept volume pulp-pulp\n"
    assert call("destroy --yes").stdout == told
    assert envelope(call("destroy --yes --json"))["data"]["kept"] == [
        {"kind": "volume", "name": "pulp-pulp"}
    ]
    monkeypatch.setattr(destroying, "destroy", lambda *_, **__: Destroyed((), ()))
    assert call("destroy --yes --purge").stdout == "There was nothing to remove.\n"


def test_what_a_kept_folder_needs_is_told_before_the_question() -> None:
    call("init")
    config = manifest().with_name("config.toml")
    text = config.read_text("utf-8")
    config.write_text(text.replace('database = ""', f'database = "{Path.home()}"'), "utf-8")
    result = call("destroy --purge", typed="n\n")
    assert result.stderr.index("save the key first") < result.stderr.index("Remove the instance")
    assert f"AND ALL DATA, but for {Path.home()}?" in result.stderr
    assert "key" not in call("destroy", typed="n\n").stderr


@pytest.mark.parametrize("content", [b"\xff\xfe", b"hostname = '\xe4.de'\n"])
def test_a_file_that_is_no_text_is_told(content: bytes) -> None:
    call("init")
    manifest().write_bytes(content)
    result = call("plugin list")
    assert result.exit_code == 2
    assert str(manifest()) in result.stderr


def test_the_envelope_names_the_whole_command() -> None:
    assert envelope(call("plugin list --json"))["command"] == "plugin list"


@pytest.mark.parametrize(
    ("line", "command"),
    [("status --frobnicate", "status"), ("plugin add", "plugin add"), ("init --port x", "init"),
     ("generation show x", "generation show"), ("plugin frobnicate", "plugin")],
)  # fmt: skip
def test_a_usage_error_is_one_envelope(line: str, command: str) -> None:
    result = call(f"{line} --json")
    found = envelope(result)
    assert (result.exit_code, found["status"], found["command"]) == (2, "error", command)
    assert found["errors"][0]["code"] == "usage"
    assert result.stderr == ""


@pytest.mark.parametrize("line", ["--json frobnicate", "--json --instance"])
def test_a_usage_error_of_the_first_word_is_one_envelope(line: str) -> None:
    assert envelope(call(line))["errors"][0]["code"] == "usage"


def test_an_instance_may_be_called_like_a_command() -> None:
    assert envelope(call("--json -i start plugin search"))["command"] == "plugin search"


def test_a_lock_is_checked_by_exit_status() -> None:
    call("init")
    assert call("lock --check").exit_code == 3
    call("lock")
    assert call("lock --check").exit_code == 0
    manifest().write_text(manifest().read_text("utf-8") + "pulp-rpm = '*'\n", "utf-8")
    result = call("lock --check --json")
    assert (result.exit_code, envelope(result)["errors"][0]["code"]) == (3, "drift")


def test_a_lock_is_checked_or_moved() -> None:
    assert call("lock --check --upgrade").exit_code == 2


def test_a_dry_run_tells_what_would_move_and_why() -> None:
    result = call("plugin add rpm --dry-run")
    assert "Nothing was changed." in result.stdout
    line = next(line for line in result.stdout.splitlines() if line.startswith("pulpcore"))
    assert "3.115.0" in line
    assert "pulp-rpm" in line
    assert not manifest().exists()


def test_what_is_there_already_is_said_to_stay() -> None:
    call("plugin add rpm")
    assert "pulp-launcher plugin update pulp-rpm" in call("plugin add rpm").stdout


def test_a_preset_is_added_at_the_first_step() -> None:
    result = call("init --preset minimal")
    assert result.exit_code == 0
    result = call("init --preset katelo")
    assert result.exit_code == 2
    assert "did you mean 'katello'" in result.stderr


def test_all_that_is_known_of_a_plugin_is_shown() -> None:
    out = call("plugin show rpm").stdout
    for word in ("pulp-rpm: RPM packages", "Newest: 3.39.0", "Needs: pulpcore>=3.100",
                 "Debian packages: libglib2.0-0", "Docs: https://"):  # fmt: skip
        assert word in out


def test_hints_name_the_instance_at_hand() -> None:
    assert "pulp-launcher --instance second init" in call("-i second plugin list").stderr


def test_a_host_without_generations_has_an_empty_list() -> None:
    assert envelope(call("generation list --json"))["data"] == []
    result = call("generation show 3")
    assert result.exit_code == 2
    assert "pulp-launcher generation list" in result.stderr


def built(number: int, *, sbom: str | None = None) -> Path:
    """Keep a generation by hand."""
    folder = Path.home() / f"state/pulp-launcher/pulp/generations/{number}"
    folder.mkdir(parents=True)
    record = Generation(
        number=number, image=f"x:{number}", image_id="1d", platform="x:p", fingerprint="f00",
        inputs={}, plugins=(), versions={"pulpcore": "3.115"}, built_at="2026-01-06T10:00:00+00:00",
    )  # fmt: skip
    (folder / "generation.json").write_text(record.model_dump_json(), "utf-8")
    if sbom is not None:
        (folder / "sbom.json").write_text(sbom, "utf-8")
    return folder


def listing(version: str) -> str:
    part = {"name": "tar", "version": version, "purl": f"pkg:deb/debian/tar@{version}"}
    return json.dumps({"components": [part]}) + "\n"


def test_the_list_of_materials_is_printed_as_it_is() -> None:
    folder = built(1, sbom=listing("1.35"))
    assert f"SBOM: {folder}/sbom.json" in call("generation show 1").stdout
    assert call("generation sbom 1").stdout == listing("1.35")
    assert envelope(call("generation sbom 1 --json"))["data"] == json.loads(listing("1.35"))


@pytest.fixture
def an_instance(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Podman, "check", lambda *_: (5, 4))
    monkeypatch.setattr(Podman, "secret_ids", lambda _: {})
    monkeypatch.setattr(Systemd, "shutdown_seconds", lambda _: 0)
    assert call("init").exit_code == 0


@pytest.mark.usefixtures("an_instance")
def test_a_generation_without_a_list_of_materials_is_shown_all_the_same() -> None:
    built(1)
    built(2, sbom=listing("1.35"))
    assert "SBOM: none" in call("generation show 1").stdout
    result = call("generation sbom 1")
    assert result.exit_code == 1
    assert "pulp-launcher rebuild --force" in result.stderr
    assert call("generation diff 1 2").stdout.splitlines() == [
        "The system packages of generation 1 are not known: it has no SBOM.",
        "Nothing else differs.",
    ]


@pytest.mark.usefixtures("an_instance")
def test_packages_of_the_system_are_in_the_difference() -> None:
    built(1, sbom=listing("1.35"))
    built(2, sbom=listing("1.36"))
    lines = call("generation diff 1 2").stdout.splitlines()
    assert [line.split() for line in lines] == [
        ["SYSTEM", "PACKAGE", "IN", "1", "IN", "2"],
        ["tar", "1.35", "1.36"],
    ]
    found = envelope(call("generation diff 1 2 --json"))["data"]
    assert (found["system"], found["unlisted"]) == ({"tar": ["1.35", "1.36"]}, [])
