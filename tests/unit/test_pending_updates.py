"""What the image says of newer packages: `containers/bin/pending-updates`, without an archive."""

from __future__ import annotations

import json
import runpy
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SCRIPT = Path(__file__).resolve().parent.parent.parent / "containers/bin/pending-updates"
SAID = """\
Reading package lists...
The following packages will be upgraded:
  hostname libssl3t64 openssl
3 upgraded, 1 newly installed, 0 to remove and 1 not upgraded.
Inst hostname [3.24] (3.25 Debian:13.7/stable [amd64])
Inst openssl-provider (3.5.7 Debian:13.7/stable, Debian-Security:13/stable-security [amd64])
Inst libssl3t64 [3.5.1-1] (3.5.7 Debian-Security:13/stable-security [amd64]) []
Inst libc6:i386 [2.41-12] (2.41-13 Ubuntu:25.04/plucky-security [i386]) [openssl:amd64 ]
Conf hostname (3.25 Debian:13.7/stable [amd64])
"""


@pytest.fixture
def script() -> dict[str, Any]:
    return runpy.run_path(str(SCRIPT))


def test_what_apt_would_install_is_understood(script: dict[str, Any]) -> None:
    assert [tuple(item.values()) for item in script["updates"](SAID)] == [
        ("hostname", "3.24", "3.25", False),
        ("openssl-provider", None, "3.5.7", True),
        ("libssl3t64", "3.5.1-1", "3.5.7", True),
        ("libc6:i386", "2.41-12", "2.41-13", True),
    ]


def run(
    script: dict[str, Any], monkeypatch: pytest.MonkeyPatch, apt: Callable[..., str]
) -> list[Sequence[str]]:
    """Run the script with another apt-get, and return how that was called."""
    calls: list[Sequence[str]] = []

    def called(command: Sequence[str], **_: Any) -> subprocess.CompletedProcess[str]:
        calls.append(command)
        return subprocess.CompletedProcess(command, 0, apt(command), "")

    monkeypatch.setattr(subprocess, "run", called)
    calls.append([str(script["main"]())])
    return calls


def test_the_last_line_is_for_programs(
    script: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    update, upgrade, status = run(
        script, monkeypatch, lambda command: SAID if "upgrade" in command else ""
    )
    assert status == ["0"]
    assert update[-1] == "update"
    assert "--simulate" in upgrade
    (lists,) = {word for word in (*update, *upgrade) if "Dir::State::lists=" in word}
    assert not Path(lists.rpartition("=")[2]).exists()
    assert len(json.loads(capsys.readouterr().out)["updates"]) == 4


def refused(_: Sequence[str]) -> str:
    said = (
        "W: Something else\n"
        "E: Failed to fetch http://deb.example/InRelease  Could not resolve 'deb.example'\n"
        "E: Some index files failed to download.\n"
    )
    raise subprocess.CalledProcessError(100, "apt-get", "", said)


def late(_: Sequence[str]) -> str:
    raise subprocess.TimeoutExpired("apt-get", 120)


@pytest.mark.parametrize(
    ("apt", "words"),
    [
        (refused, "Failed to fetch http://deb.example/InRelease Could not resolve 'deb.example'\n"),
        (late, "the archive of the distribution did not answer within 120 seconds\n"),
    ],
)
def test_an_archive_that_does_not_answer_has_one_line(
    script: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    apt: Callable[..., str],
    words: str,
) -> None:
    *_, status = run(script, monkeypatch, apt)
    assert status == ["1"]
    assert capsys.readouterr() == ("", words)
