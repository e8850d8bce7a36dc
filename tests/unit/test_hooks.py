"""Hooks: run with what they have to know, for a while, and never in the way."""

from __future__ import annotations

import errno
import tempfile
import time
from typing import TYPE_CHECKING, NoReturn

import psutil
import pytest
import tomlkit

from launcher.model.errors import Busy, GateFailed, InputInvalid
from launcher.operations import hooks
from launcher.operations.change_plugins import add_plugins
from launcher.operations.hooks import failed, succeeded
from launcher.operations.init import init
from launcher.operations.rebuild import rebuild
from tests.unit.fakes import proof

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.fakes import World

pytestmark = pytest.mark.usefixtures("real_programs")

TELL = "env | grep ^PULP_LAUNCHER_ | sort >{}"


@pytest.fixture
def told(world: World, tmp_path: Path) -> Path:
    """Have hooks that write what they were told to this file."""
    init(world.instance)
    file = tmp_path / "told"
    for event in ("success", "failure"):
        set_hook(world, event, "sh", "-c", TELL.format(file))
    return file


def set_hook(world: World, event: str, *command: str) -> None:
    world.configure(f"{event} = []", f"{event} = {tomlkit.item(command).as_string()}")


def replace_hook(world: World, *command: str) -> None:
    found = world.instance.paths.config.read_text("utf-8").splitlines()
    (line,) = [line for line in found if line.startswith("success = ")]
    world.configure(line, "success = []")
    set_hook(world, "success", *command)


def lines(file: Path) -> list[str]:
    return file.read_text("utf-8").splitlines()


def test_success_is_told(world: World, told: Path) -> None:
    succeeded(world.instance, "it's all\nwell", 3, log="/var/log/x")
    assert lines(told) == [
        "PULP_LAUNCHER_EVENT=success",
        "PULP_LAUNCHER_GENERATION=3",
        "PULP_LAUNCHER_INSTANCE=pulp",
        "PULP_LAUNCHER_LOG=/var/log/x",
        "PULP_LAUNCHER_MESSAGE=it's all",
    ]
    assert world.reporter.steps == ["Running the success hook"]
    assert world.reporter.notes == []


def test_failure_is_told(world: World, told: Path) -> None:
    failed(world.instance, GateFailed("Pulp is not whole"))
    assert lines(told) == [
        "PULP_LAUNCHER_EVENT=failure",
        "PULP_LAUNCHER_GENERATION=",
        "PULP_LAUNCHER_INSTANCE=pulp",
        "PULP_LAUNCHER_LOG=",
        "PULP_LAUNCHER_MESSAGE=Pulp is not whole",
    ]


def test_all_that_is_told_is_documented(world: World, told: Path) -> None:
    succeeded(world.instance, "well", 1)
    assert {line.partition("=")[0] for line in lines(told)} == hooks.VARIABLES.keys()


@pytest.mark.parametrize(("given", "log"), [("", "/its/own"), ("/another", "/another")])
def test_the_log_is_that_of_the_error_or_the_one_given(
    world: World, told: Path, given: str, log: str
) -> None:
    error = GateFailed("no")
    error.log = "/its/own"
    failed(world.instance, error, 4, log=given)
    assert {"PULP_LAUNCHER_GENERATION=4", f"PULP_LAUNCHER_LOG={log}"} < set(lines(told))


def test_another_launcher_at_work_is_no_failure(world: World, told: Path) -> None:
    failed(world.instance, Busy("another one works"))
    assert not told.exists()


def test_a_launcher_that_a_hook_calls_runs_no_hook(
    world: World, told: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULP_LAUNCHER_EVENT", "success")
    succeeded(world.instance, "well", 1)
    assert not told.exists()


def test_without_hooks_nothing_is_run_or_said(world: World) -> None:
    succeeded(world.instance, "without a config", 1)
    init(world.instance)
    succeeded(world.instance, "with one", 1)
    failed(world.instance, GateFailed("no"))
    assert world.reporter.steps == world.reporter.notes == []


def test_a_config_with_a_mistake_is_noted(world: World) -> None:
    init(world.instance)
    world.configure("failure = []", "failure = 5")
    failed(world.instance, InputInvalid("the config"))
    (note,) = world.reporter.notes
    assert note.startswith("No hook was run: ")
    assert str(world.instance.paths.config) in note


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        (("sh", "-c", "echo one; echo why >&2; exit 3"), "sh failed with status 3: why"),
        (("false",), "false failed with status 1"),
        (("no-such-program",), "no-such-program can not be run: No such file or directory"),
        (("/etc",), "/etc can not be run: Permission denied"),
        (("sh", "-c", "kill -9 $$"), "sh failed with status -9"),
        (("sh", "-c", r"printf '\377'; exit 1"), "sh failed with status 1: �"),
        (("printf", r"\377"), ""),
    ],
)
def test_a_hook_that_fails_is_a_note(world: World, command: tuple[str, ...], problem: str) -> None:
    init(world.instance)
    set_hook(world, "success", *command)
    succeeded(world.instance, "well", 1)
    start = "The success hook of config.toml did not work: "
    assert world.reporter.notes == ([start + problem] if problem else [])


@pytest.mark.parametrize(
    ("mode", "text", "problem"),
    [
        (0o644, "#!/bin/sh\n", "Permission denied"),
        (0o755, "echo hello\n", "Exec format error"),
        (0o755, "#!/bin/no-such-shell\n", "No such file or directory"),
    ],
)
def test_a_script_that_can_not_be_run_is_a_note(
    world: World, tmp_path: Path, mode: int, text: str, problem: str
) -> None:
    script = tmp_path / "hook"
    script.write_text(text, "utf-8")
    script.chmod(mode)
    init(world.instance)
    set_hook(world, "success", str(script))
    succeeded(world.instance, "well", 1)
    assert world.reporter.notes[0].endswith(f"{script} can not be run: {problem}")


def test_a_hook_that_hangs_is_ended_with_all_that_it_started(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hooks, "SECONDS", 0.5)
    init(world.instance)
    child = tmp_path / "child"
    set_hook(world, "failure", "sh", "-c", f"sleep 60 & echo $! >{child}; wait")
    failed(world.instance, GateFailed("no"))
    assert "no answer within 0.5 seconds" in world.reporter.notes[0]
    assert is_gone(int(child.read_text("ascii")))


def is_gone(number: int) -> bool:
    try:
        process = psutil.Process(number)
        deadline = time.monotonic() + 5
        while process.status() != psutil.STATUS_ZOMBIE and time.monotonic() < deadline:
            time.sleep(0.01)
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_a_full_disk_is_a_note_too(
    world: World, told: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full() -> NoReturn:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    failed(world.instance, GateFailed("no"))
    assert "No space left on device" in world.reporter.notes[0]


def test_what_a_hook_leaves_behind_is_not_waited_for(world: World, tmp_path: Path) -> None:
    init(world.instance)
    set_hook(world, "success", "sh", "-c", f"sleep 5 & echo $! >{tmp_path}/child")
    before = time.monotonic()
    succeeded(world.instance, "well", 1)
    assert time.monotonic() - before < 4
    assert world.reporter.notes == []
    psutil.Process(int((tmp_path / "child").read_text("ascii"))).kill()


def test_a_hook_does_not_get_the_terminal_or_our_folder(world: World, tmp_path: Path) -> None:
    init(world.instance)
    script = f"{{ pwd; cat; echo $$; cut -d ' ' -f 6 /proc/$$/stat; }} >{tmp_path}/said"
    set_hook(world, "success", "sh", "-c", script)
    succeeded(world.instance, "well", 1)
    folder, number, session = (tmp_path / "said").read_text("ascii").split()
    assert folder == "/"
    assert session == number


# Of a rebuild


@pytest.fixture
def ready(world: World, told: Path) -> World:
    del told
    add_plugins(world.instance, ["rpm"])
    return world


def test_a_build_that_ends_well_is_told_once(ready: World, told: Path) -> None:
    rebuilt = rebuild(ready.instance)
    assert {
        "PULP_LAUNCHER_EVENT=success", "PULP_LAUNCHER_GENERATION=1",
        f"PULP_LAUNCHER_LOG={rebuilt.log}", "PULP_LAUNCHER_MESSAGE=generation 1 is built",
    } < set(lines(told))  # fmt: skip
    told.unlink()
    rebuild(ready.instance)
    assert not told.exists()


def test_a_build_that_fails_is_told_with_its_log(ready: World, told: Path) -> None:
    ready.podman.proof = proof({})
    ready.podman.proof.returncode = 1
    with pytest.raises(GateFailed):
        rebuild(ready.instance)
    log = ready.instance.paths.logs / "build-1.log"
    assert log.is_file()
    assert {"PULP_LAUNCHER_EVENT=failure", f"PULP_LAUNCHER_LOG={log}"} < set(lines(told))


def test_a_manifest_with_a_mistake_is_told_without_a_log(ready: World, told: Path) -> None:
    ready.write_manifest("[plugins\n")
    with pytest.raises(InputInvalid):
        rebuild(ready.instance)
    assert {"PULP_LAUNCHER_EVENT=failure", "PULP_LAUNCHER_LOG="} < set(lines(told))


def test_a_hook_finds_the_instance_free(ready: World, told: Path, tmp_path: Path) -> None:
    mutex = ready.instance.paths.mutex
    replace_hook(ready, "flock", "-n", str(mutex), "touch", str(tmp_path / "free"))
    rebuild(ready.instance)
    assert (tmp_path / "free").exists()
    assert ready.reporter.notes[1:] == []


def test_a_hook_that_fails_spoils_no_build(ready: World) -> None:
    replace_hook(ready, "false")
    assert rebuild(ready.instance).built
    assert "did not work" in ready.reporter.notes[-1]
