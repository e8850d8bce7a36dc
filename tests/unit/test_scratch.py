"""Temporary files of Pulp never go through memory, and never outlive who made them.

`containers/bin/with-scratch`, without an image.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

import pytest

SCRIPT = Path(__file__).resolve().parent.parent.parent / "containers/bin/with-scratch"


def run(folder: Path, *command: str) -> str:
    environment = {**os.environ, "TMPDIR": str(folder)}
    argv = ["sh", "-eu", str(SCRIPT), *command]
    return subprocess.run(
        argv, env=environment, check=True, capture_output=True, text=True, timeout=30
    ).stdout


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Path]:
    """Give the folder of a role that runs, with a file in it."""
    folder = tmp_path / "api-1"
    argv = ["sh", "-eu", str(SCRIPT), "sh", "-c", "touch $TMPDIR/busy; echo up; exec sleep 60"]
    with subprocess.Popen(
        argv, env={**os.environ, "TMPDIR": str(folder)}, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield folder
        process.kill()


def test_the_folder_is_made_and_is_what_programs_take(tmp_path: Path) -> None:
    folder = tmp_path / "scratch" / "api-1"
    code = "import tempfile; print(tempfile.gettempdir())"
    assert run(folder, "python3", "-c", code).strip() == str(folder)


def test_what_a_killed_predecessor_left_is_gone(tmp_path: Path) -> None:
    folder = tmp_path / "api-1"
    (folder / "sub").mkdir(parents=True)
    (folder / "sub/.half").write_text("an upload")
    assert run(folder, "ls", "-A", str(folder)) == "pulp\n"


def test_pulp_s_own_are_beside_those_of_plugins(tmp_path: Path) -> None:
    """What lies below its working directory Pulp moves away; a plugin's file is not to be."""
    folder = tmp_path / "api-1"
    said = run(folder, "sh", "-c", "echo $PULP_WORKING_DIRECTORY $PULP_FILE_UPLOAD_TEMP_DIR")
    own = f"{folder}/pulp"
    assert said.split() == [own, own]
    assert run(folder, "sh", "-c", "cd $PULP_WORKING_DIRECTORY && pwd").strip() == own


def test_a_lock_that_is_taken_away_meanwhile_is_taken_anew(tmp_path: Path) -> None:
    """Somebody sweeps a large leftover of the same name while its role comes up again."""
    folder, lock = tmp_path / "api-1", tmp_path / "api-1.lock"
    lock.touch()
    sweep = f"echo up; sleep 1; rm -rf {folder} {lock}"
    with subprocess.Popen(
        ["flock", str(lock), "sh", "-c", sweep], stdout=subprocess.PIPE
    ) as sweeping:
        assert sweeping.stdout is not None
        sweeping.stdout.readline()
        # Nobody else gets the lock that is there, as long as the command runs.
        again = f"! flock --nonblock {lock} true && ls -d {folder}/pulp"
        assert run(folder, "sh", "-c", again).strip() == f"{folder}/pulp"


def test_what_a_killed_generation_left_is_gone_with_its_folder(
    tmp_path: Path, running: Path
) -> None:
    running.with_name("left").mkdir()
    running.with_name("left.lock").touch()
    run(tmp_path / "api-2", "true")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "api-1", "api-1.lock", "api-2", "api-2.lock",
    ]  # fmt: skip


def test_files_of_another_that_runs_stay(tmp_path: Path, running: Path) -> None:
    run(tmp_path / "api-2", "true")
    assert (running / "busy").exists()


def test_without_a_place_the_role_starts_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = subprocess.run(
        ["sh", "-eu", str(SCRIPT), "sh", "-c", "echo ${TMPDIR:-none}"],
        env={**os.environ, "TMPDIR": str(tmp_path / "file" / "api-1")},
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert done.stdout == "none\n"
    assert "memory" in done.stderr
