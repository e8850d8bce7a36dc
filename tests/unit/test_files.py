"""Files are whole or not there, and one launcher works at a time."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NoReturn

import pytest

from launcher.host import files
from launcher.model.errors import Busy, HostUnfit, InputInvalid

HOLD = """
import fcntl, os, sys
file = open(sys.argv[1], "a+")
fcntl.flock(file, fcntl.LOCK_EX)
file.write(str(os.getpid()))
file.flush()
print("held", flush=True)
sys.stdin.read()
"""


def failing(number: int) -> Any:
    def fail(*_: object, **__: object) -> NoReturn:
        raise OSError(number, os.strerror(number))

    return fail


def test_a_file_is_written_with_its_folders_and_for_all_to_read(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "file"
    files.write(path, "größe\n")
    assert files.read(path) == "größe\n"
    assert path.stat().st_mode & 0o777 == 0o644
    assert [item.name for item in path.parent.iterdir()] == ["file"]


def test_a_link_stays_one_and_fewer_readers_stay_fewer(tmp_path: Path) -> None:
    """The manifest may be kept in a repository, and be nobody else's business."""
    there = tmp_path / "repository" / "plugins.toml"
    files.write(there, "old")
    there.chmod(0o640)
    link = tmp_path / "plugins.toml"
    link.symlink_to(there)
    files.write(link, "new")
    assert link.is_symlink()
    assert there.read_text("utf-8") == "new"
    assert there.stat().st_mode & 0o777 == 0o640
    files.write(link, "secret", files.PRIVATE)
    assert there.stat().st_mode & 0o777 == 0o600


def test_no_file_is_no_text(tmp_path: Path) -> None:
    assert files.read(tmp_path / "nothing") is None


@pytest.mark.parametrize("step", ["os.fsync", "pathlib.Path.replace"])
def test_a_crash_while_writing_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    path = tmp_path / "file"
    files.write(path, "old")

    def killed(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(step, killed)
    with pytest.raises(KeyboardInterrupt):
        files.write(path, "new")
    assert [item.name for item in tmp_path.iterdir()] == ["file"]
    assert files.read(path) == "old"


def test_what_is_in_place_is_on_the_disk_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    replace = Path.replace

    def note(self: Path, target: Path) -> Path:
        order.append("replace")
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", lambda _: order.append("sync"))
    monkeypatch.setattr(Path, "replace", note)
    files.write(tmp_path / "file", "new")
    # Its content, its name, and that it has that name.
    assert order == ["sync", "replace", "sync"]
    order.clear()
    files.appear(tmp_path / "folder", {"one": b"1", "two": b"2"})
    assert order == ["sync", "sync", "sync", "replace", "sync"]
    assert files.read_folder(tmp_path / "folder") == {"one": b"1", "two": b"2"}


def test_whatever_else_is_wrong_with_a_disk_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(HostUnfit, match="can not be used: File exists") as caught:
        files.write(tmp_path / "file/below", "text")
    assert str(tmp_path) in caught.value.hint
    with pytest.raises(OSError, match="Stale"), files.translated(tmp_path):
        raise OSError("Stale")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_no_space_is_said_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    path = tmp_path / "file"
    files.write(path, "old")
    monkeypatch.setattr(os, "fsync", failing(number))
    with pytest.raises(HostUnfit, match="no space left") as caught:
        files.write(path, "new")
    assert str(path) in caught.value.hint
    assert caught.value.exit_code == 4
    assert files.read(path) == "old"


@pytest.mark.parametrize("number", [errno.EACCES, errno.EPERM, errno.EROFS])
def test_no_permission_is_said_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    monkeypatch.setattr(os, "fsync", failing(number))
    with pytest.raises(HostUnfit, match="can not be used") as caught:
        files.write(tmp_path / "file", "new")
    assert "user" in caught.value.hint


def test_several_files_change_together_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    files.write(one, "old")
    left = [True]

    def full(_: int) -> None:
        if not left.pop():
            raise OSError(errno.ENOSPC, "full")

    left.insert(0, False)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(HostUnfit, match=f"writing {other}"):
        files.write_all({one: "new", other: "new"})
    assert [item.name for item in tmp_path.iterdir()] == ["one"]
    assert files.read(one) == "old"


def test_what_is_not_utf_8_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"\xe4")
    with pytest.raises(InputInvalid, match="UTF-8") as caught:
        files.read(tmp_path / "file")
    assert str(tmp_path / "file") in caught.value.message


def test_a_copy_is_made_only_where_it_differs(tmp_path: Path) -> None:
    source, target = tmp_path / "uv", tmp_path / "tools" / "uv"
    source.write_bytes(b"#!uv")
    source.chmod(0o755)
    files.copy(source, target)
    assert target.read_bytes() == b"#!uv"
    assert target.stat().st_mode & 0o111
    before = target.stat().st_ctime_ns
    files.copy(source, target)
    assert target.stat().st_ctime_ns == before


def test_a_folder_holds_what_it_is_given_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "context"
    files.write_folder(folder, {"old": b"1", "roles/old": b"2"})
    files.write_folder(folder, {"roles/new": b"\x00\xff"})
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "x.pyc").write_bytes(b"")
    assert files.read_folder(folder) == {"roles/new": b"\x00\xff"}


def test_removing_is_not_following(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path / "data")
    files.remove(tmp_path / "link")
    files.remove(tmp_path / "nothing")
    assert [item.name for item in tmp_path.iterdir()] == ["data"]
    files.remove(tmp_path / "data")
    assert not list(tmp_path.iterdir())


def test_free_space_is_that_of_the_folder_that_will_be(tmp_path: Path) -> None:
    assert files.free_bytes(tmp_path / "not" / "yet") > 0


def test_a_second_launcher_is_told_who_works(tmp_path: Path) -> None:
    path = tmp_path / "state" / "lock"
    path.parent.mkdir()
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(Busy, match=f"process {other.pid}") as caught, files.locked(path):
            pytest.fail("two launchers work at once")
        other.kill()
    assert "again" in caught.value.hint
    # The kernel gave it back, however the other one ended.
    with files.locked(path):
        assert files.read(path) == str(os.getpid())


def test_the_lock_is_given_back_after_a_failure(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with pytest.raises(RuntimeError), files.locked(path):
        raise RuntimeError
    with files.locked(path), pytest.raises(Busy), files.locked(path):
        pytest.fail("two launchers work at once")


def test_a_lock_says_what_it_is_for(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    assert files.purpose(path) == ""
    with files.locked(path, "resume"):
        assert files.purpose(path) == "resume"
        with pytest.raises(Busy, match=f"process {os.getpid()}\\)"), files.locked(path):
            pytest.fail("two launchers work at once")
    with files.locked(path):
        assert files.purpose(path) == ""


def test_a_full_disk_does_not_keep_the_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "write", failing(errno.ENOSPC))
    path = tmp_path / "lock"
    with files.locked(path, "resume"), pytest.raises(Busy), files.locked(path):
        pytest.fail("two launchers work at once")
