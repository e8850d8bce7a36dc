"""Programs: what they say comes back, and a failure is one of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from launcher.host import process
from launcher.host.process import ProgramFailed
from launcher.model.errors import HostUnfit

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("real_programs")


def test_output_and_input_pass(tmp_path: Path) -> None:
    done = process.run(
        ["sh", "-c", 'cat; pwd; echo "$WORD $LC_ALL" >&2'],
        stdin="in\n", env={"WORD": "said"}, cwd=tmp_path,
    )  # fmt: skip
    assert done.stdout == f"in\n{tmp_path}\n"
    assert done.stderr == "said C.UTF-8\n"


def test_bytes_that_are_no_text_do_no_harm() -> None:
    assert "�" in process.run(["printf", r"\377"]).stdout


def test_a_failure_has_the_program_the_status_and_its_words() -> None:
    with pytest.raises(ProgramFailed) as caught:
        process.run(["sh", "-c", "echo out; echo why >&2; exit 3"])
    assert caught.value.message == "sh failed with status 3"
    assert caught.value.details == "why"
    assert caught.value.status == 3


def test_a_status_may_be_asked_for() -> None:
    assert process.run(["false"], check=False).returncode == 1


def test_a_program_that_is_not_there_is_named() -> None:
    with pytest.raises(HostUnfit, match="no-such-program is not installed"):
        process.run(["no-such-program"])
    assert not process.installed("no-such-program")


def test_a_failure_within_its_time_has_the_last_words() -> None:
    with pytest.raises(ProgramFailed) as caught:
        process.run_within(
            60, ["sh", "-c", 'seq 20; echo "$WORD" >&2; exit 3'], env={"WORD": "why"}
        )
    assert caught.value.status == 3
    assert caught.value.details.splitlines()[-2:] == ["20", "why"]
    assert len(caught.value.details.splitlines()) < 10


def test_a_program_that_hangs_is_ended() -> None:
    with pytest.raises(ProgramFailed) as caught:
        process.run(["sleep", "60"], timeout=0.05)
    assert "0.05 seconds" in caught.value.details


def test_lines_are_handed_over_and_the_last_are_the_details() -> None:
    lines: list[str] = []
    with pytest.raises(ProgramFailed) as caught:
        process.stream(["sh", "-c", "seq 20; echo why >&2; exit 1"], lines.append)
    assert lines == [*map(str, range(1, 21)), "why"]
    assert caught.value.details.splitlines()[-2:] == ["20", "why"]
    assert len(caught.value.details.splitlines()) < 10


def test_a_program_ends_when_its_lines_can_not_be_taken() -> None:
    def refuse(_: str) -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        process.stream(["sh", "-c", "echo x; exec sleep 60"], refuse)


def test_one_program_feeds_another(tmp_path: Path) -> None:
    process.pipe(["printf", "text"], ["tee", str(tmp_path / "out")])
    assert (tmp_path / "out").read_text(encoding="ascii") == "text"


@pytest.mark.parametrize(
    ("source", "sink", "name"),
    [
        (["sh", "-c", "echo why >&2; exit 1"], ["cat"], "sh"),
        (["true"], ["sh", "-c", "cat; echo why >&2; exit 1"], "sh"),
        # Both fail: the one that nobody listened to any more is not to blame.
        (["yes"], ["sh", "-c", "echo why >&2; exit 1"], "sh"),
        (["sh", "-c", "yes || exit 2"], ["sh", "-c", "echo why >&2; exit 1"], "sh"),
        (["sh", "-c", "echo why >&2; exit 1"], ["sh", "-c", "cat; echo so >&2; exit 1"], "sh"),
    ],
)
def test_the_failure_of_either_is_told(source: list[str], sink: list[str], name: str) -> None:
    with pytest.raises(ProgramFailed, match=name) as caught:
        process.pipe(source, sink)
    assert "why" in caught.value.details


def test_a_source_that_says_much_does_not_hang() -> None:
    """More than a pipe holds, before anything is read of it."""
    process.pipe(["sh", "-c", "seq 200000 >&2; echo x"], ["cat"])


def test_a_file_is_fed_to_a_program(tmp_path: Path) -> None:
    path = tmp_path / "in"
    with pytest.raises(HostUnfit, match="can not be read"):
        process.feed(["cat"], path)
    path.write_text("text" * 100_000, encoding="ascii")
    process.feed(["grep", "-q", "text"], path)
    with pytest.raises(ProgramFailed, match="sh failed") as caught:
        process.feed(["sh", "-c", "echo why >&2; exit 1"], path)
    assert caught.value.details == "why"


def test_the_terminal_is_handed_over() -> None:
    assert process.attach(["sh", "-c", "exit 7"]) == 7


def test_what_programs_tell_is_not_broken_into_the_lines_of_a_terminal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert process.run(["sh", "-c", 'echo "${COLUMNS:-none}"']).stdout == "none\n"
