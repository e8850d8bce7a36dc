"""What the adapters make of the words of podman, systemd and uv."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

from launcher.host import process, systemd
from launcher.host.podman import Podman, last_json
from launcher.host.podman_build import Build
from launcher.host.process import ProgramFailed
from launcher.host.systemd import Run, Systemd
from launcher.host.uv import ALL, Question, Uv, Yanked
from launcher.host.uv_errors import Conflict, UnknownDistribution
from launcher.model.errors import (
    BuildFailed,
    EngineFailed,
    HostUnfit,
    IndexUnreachable,
    InputInvalid,
    ResolutionFailed,
    UnitFailed,
    UsageProblem,
)
from launcher.model.manifest import Index

if TYPE_CHECKING:
    from collections.abc import Callable

SHOWN = """\
LoadState=loaded
ActiveState=active
SubState=running
Result=success
ActiveEnterTimestamp=Mon 2025-01-06 10:00:00 UTC

LoadState=not-found
ActiveState=inactive
SubState=dead
Result=success
ActiveEnterTimestamp=
"""


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[list[str]]]:
    """Let every program end with these words; the return value lists the programs."""

    def say(out: str = "", err: str = "", status: int = 0) -> list[list[str]]:
        calls: list[list[str]] = []

        def run(
            argv: list[str], *, check: bool = True, **_: object
        ) -> subprocess.CompletedProcess[str]:
            calls.append(argv)
            if check and status:
                raise ProgramFailed(argv, status, err or out)
            return subprocess.CompletedProcess(argv, status, out, err)

        def stream(argv: list[str], on_line: Callable[[str], None], **_: object) -> None:
            on_line(run(argv).stdout)

        monkeypatch.setattr(process, "run", run)
        monkeypatch.setattr(process, "stream", stream)
        monkeypatch.setattr(process, "installed", lambda _: True)
        return calls

    return say


@pytest.fixture
def generator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have podman's generator on the host."""
    path = tmp_path / "generator"
    path.touch()
    monkeypatch.setattr(systemd, "_GENERATORS", (path,))
    return path


def podman() -> Podman:
    def wake() -> NoReturn:
        pytest.fail("the engine's service was woken")

    return Podman(Path("/nowhere"), wake)


@pytest.mark.parametrize(
    ("words", "version"),
    [("podman version 4.9.3\n", (4, 9)), ("podman version 5.10.0-dev\n", (5, 10))],
)
def test_podman_says_its_version(
    said: Callable[..., object], words: str, version: tuple[int, int]
) -> None:
    said(words)
    assert podman().check((4, 6)) == version


@pytest.mark.parametrize("words", ["podman version 4.5.1\n", "what?\n"])
def test_an_old_podman_is_refused_with_what_is_needed(
    said: Callable[..., object], words: str
) -> None:
    said(words)
    with pytest.raises(HostUnfit, match=r"4\.6 is needed"):
        podman().check((4, 6))


def test_a_secret_is_never_on_a_command_line(
    said: Callable[..., list[list[str]]],
) -> None:
    calls = said()
    podman().create_secret("pulp-key", "hush", {"label": "value"})
    assert "--label=label=value" in calls[0]
    assert not any("hush" in word for word in calls[0])


def test_a_secret_that_stays_is_not_called_removed(
    said: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    said(err="no space left on device", status=125)
    monkeypatch.setattr(Podman, "secrets", lambda _: {"pulp-key"})
    podman().remove_secret("pulp-other")
    with pytest.raises(EngineFailed, match="can not be removed"):
        podman().remove_secret("pulp-key")


def test_a_time_that_systemd_does_not_tell_is_not_taken_for_none(
    said: Callable[..., object],
) -> None:
    """Without it, each unit that stops in time for a shutdown would differ, and restart."""
    said("2min\n")
    assert Systemd(user=True).shutdown_seconds() == 120
    said("infinity\n")
    assert Systemd(user=True).shutdown_seconds() == 0
    said(err="Failed to connect to bus: Connection timed out", status=1)
    with pytest.raises(HostUnfit, match="does not say"):
        Systemd(user=True).shutdown_seconds()


def test_a_secret_ends_with_one_line_break_less(said: Callable[..., object]) -> None:
    said("-----BEGIN\n-----END\n\n")
    assert podman().secret("pulp-key") == "-----BEGIN\n-----END\n"


def test_a_secret_that_is_not_there_is_told(said: Callable[..., object]) -> None:
    said(err="no such secret", status=125)
    with pytest.raises(EngineFailed, match="pulp-key") as caught:
        podman().secret("pulp-key")
    assert caught.value.details == "no such secret"


def test_a_failed_build_has_the_last_words(said: Callable[..., list[list[str]]]) -> None:
    calls = said("Error: building at STEP", status=1)
    build = Build(Path("/context"), "base-id", Path("/x/uv"), Path("/ca.crt"), Path("/t"))
    with pytest.raises(BuildFailed) as caught:
        podman().build(build, lambda _: None)
    assert "STEP" in caught.value.details
    assert "--build-arg=BASE=base-id" in calls[0]
    assert "--secret=id=ca,src=/ca.crt" in calls[0]


def test_a_registry_that_does_not_answer_has_a_way_out(said: Callable[..., object]) -> None:
    said(err="dial tcp: lookup docker.io", status=125)
    with pytest.raises(IndexUnreachable) as caught:
        podman().pull("docker.io/library/debian", lambda _: None)
    assert "bootstrap:" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "value"),
    [('noise\n{"a": 1}\n', {"a": 1}), ("", {}), ("noise", {}), ("[1]", {}), ("{", {})],
)
def test_the_last_line_is_read_as_json(text: str, value: object) -> None:
    assert last_json(text) == value


def test_states_are_in_the_order_asked_for(said: Callable[..., list[list[str]]]) -> None:
    calls = said(SHOWN)
    one, other = Systemd(user=True).states(["a.service", "b.service"])
    assert (one.unit, one.is_up, one.since) == ("a.service", True, "Mon 2025-01-06 10:00:00 UTC")
    assert (other.unit, other.is_up, other.load) == ("b.service", False, "not-found")
    assert "--user" in calls[0]


def test_nothing_asked_for_runs_nothing() -> None:
    manager = Systemd(user=False)
    assert manager.states([]) == []
    manager.start([])
    manager.stop([])


def test_a_unit_that_fails_is_told_with_its_last_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def run(argv: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        if "start" in argv:
            raise ProgramFailed(argv, 1, "Job for a.service failed.")
        text = "boom" if argv[0] == "journalctl" else "ActiveState=failed\n"
        return subprocess.CompletedProcess(argv, 0, text, "")

    monkeypatch.setattr(process, "run", run)
    with pytest.raises(UnitFailed) as caught:
        Systemd(user=False).start(["a.service"])
    assert caught.value.details == "a.service:\nboom"


@pytest.mark.parametrize(("words", "lingers"), [("Linger=yes\n", True), ("Linger=no\n", False)])
def test_lingering_is_asked_of_logind(
    said: Callable[..., object], words: str, *, lingers: bool
) -> None:
    said(words)
    assert Systemd(user=True).lingers("alice") is lingers


@pytest.mark.parametrize(
    ("err", "status", "details"),
    [
        ("quadlet-generator: Error: converting x.container: unsupported key 'Y'\n", 0, "key 'Y'"),
        ("converting x: error\nnoise\n", 1, "converting x: error"),
        ("noise\n", 1, "noise"),
    ],
)
def test_what_the_generator_refuses_is_told(
    said: Callable[..., object], generator: Path, err: str, status: int, details: str
) -> None:
    said(err=err, status=status)
    with pytest.raises(UnitFailed) as caught:
        Systemd(user=False).check_quadlets(generator.parent)
    assert details in caught.value.details


def test_without_a_generator_the_host_is_unfit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(systemd, "_GENERATORS", (tmp_path / "none",))
    with pytest.raises(HostUnfit, match="generator"):
        Systemd(user=False).check_quadlets(tmp_path)


QUESTION = Question(("pulpcore",), "3.13", Index())


@pytest.mark.parametrize(
    ("err", "kind"),
    [
        ("  x No solution found when resolving dependencies:\n  ╰─▶ Because …", Conflict),
        (
            "  ╰─▶ Because pulp-rmp was not found in the package registry and you require pulp-rmp",
            UnknownDistribution,
        ),
        ("  ╰─▶ Because there are no versions of pulp-rmp and you require", UnknownDistribution),
        ("  ╰─▶ Because pulpcore was not found in the package registry", IndexUnreachable),
        ("error: Failed to fetch: `https://pypi.org/simple/pulpcore/`", IndexUnreachable),
        ("error: Request failed after 3 retries", IndexUnreachable),
        ("error: an index URL 403 Forbidden", IndexUnreachable),
        ("error: Git operation failed", ResolutionFailed),
        ("error: Failed to read `--find-links` URL: /srv/none", InputInvalid),
    ],
)
def test_the_words_of_the_resolver_are_told_apart(
    said: Callable[..., object], tmp_path: Path, err: str, kind: type[Exception]
) -> None:
    said(err=err, status=1)
    with pytest.raises(kind) as caught:
        Uv(tmp_path).compile(QUESTION)
    assert type(caught.value) is kind
    assert "error: " not in getattr(caught.value, "details", "error: ")


def test_a_source_that_tells_its_needs_only_when_it_is_built(
    said: Callable[..., object], tmp_path: Path
) -> None:
    words = (
        "error: Failed to build `createrepo-c==1.1.1`\n  cause: The build backend returned an error"
    )
    said(err=f"{words}\n\n         [stderr]\n         error: cmake not found", status=1)
    with pytest.raises(ResolutionFailed, match=r"createrepo-c==1\.1\.1 has no wheel for") as caught:
        Uv(tmp_path).compile(QUESTION)
    assert "cmake not found" in caught.value.details
    assert "docs/reference/bases.md" in caught.value.hint


def test_who_wants_what_is_not_there_is_told(said: Callable[..., object], tmp_path: Path) -> None:
    said(err="Because there are no versions of nope and pulp-x==1 depends on nope, we", status=1)
    with pytest.raises(UnknownDistribution) as caught:
        Uv(tmp_path).compile(QUESTION)
    assert (caught.value.name, caught.value.asker) == ("nope", "pulp-x==1")


def test_a_resolver_that_takes_too_long_is_an_index_that_does_not_answer(
    said: Callable[..., object], tmp_path: Path
) -> None:
    said(err="no answer within 300 seconds", status=-1)
    with pytest.raises(IndexUnreachable):
        Uv(tmp_path).compile(QUESTION)


def asked(
    said: Callable[..., list[list[str]]], folder: Path, question: Question
) -> tuple[list[str], str]:
    calls = said(err="x", status=1)
    with pytest.raises(ResolutionFailed):
        Uv(folder).compile(question)
    return calls[0], " ".join(calls[0])


def test_the_resolver_is_asked_for_the_image_and_not_for_this_host(
    said: Callable[..., list[list[str]]], tmp_path: Path
) -> None:
    index = Index(
        url="https://index.example/", extra=("https://other.example/",), find_links=("/srv/x",)
    )
    _, line = asked(said, tmp_path, Question(("pulpcore",), "3.14", index))
    assert "--python-version 3.14" in line
    assert "manylinux" in line
    assert "--default-index https://index.example/ --index=https://other.example/" in line
    assert "--find-links=/srv/x" in line


@pytest.mark.parametrize(
    ("question", "options"),
    [
        (QUESTION, set()),
        (replace(QUESTION, upgrade=("pulp-rpm",)), {"--upgrade-package=pulp-rpm"}),
        (replace(QUESTION, upgrade=ALL), {"--upgrade"}),
        (replace(QUESTION, dependencies=False), {"--no-deps"}),
        (replace(QUESTION, constraints=("django<5",)), {"--constraints"}),
        (replace(QUESTION, provided=("pygobject",)), {"--overrides"}),
    ],
)
def test_the_resolver_moves_only_what_it_shall(
    said: Callable[..., list[list[str]]], tmp_path: Path, question: Question, options: set[str]
) -> None:
    argv, _ = asked(said, tmp_path, question)
    words = ("--upgrade", "--no-deps", "--constraints", "--overrides")
    assert {word for word in argv if word.startswith(words)} == options


def test_an_answer_has_the_lock_and_what_the_resolver_warns_of(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    warned = (
        'warning: `a==1.0` is yanked (reason: "broken")\nwarning: `b==2` is yanked\n'
        "warning: The package `pulpcore==3` does not have an extra named `s4`\n"
    )
    seen: list[str] = []

    def run(argv: list[str], *, cwd: Path, **_: object) -> subprocess.CompletedProcess[str]:
        lock = cwd / "pylock.toml"
        seen.append(lock.read_text("utf-8"))
        lock.write_text('[[packages]]\ndirectory = { path = "../x" }\n', "utf-8")
        return subprocess.CompletedProcess(argv, 0, "", warned)

    monkeypatch.setattr(process, "run", run)
    answer = Uv(tmp_path).answer(replace(QUESTION, pins="# old"))
    assert seen == ["# old"]
    (path,) = re.findall('path = "(.*)"', answer.lock)
    assert Path(path).is_absolute()
    assert answer.yanked == (Yanked("a", "1.0", "broken"), Yanked("b", "2", ""))
    assert answer.no_extras == (("pulpcore==3", "s4"),)


def test_origins_are_by_name(said: Callable[..., object], tmp_path: Path) -> None:
    said(
        "django==5.2  # via pulpcore, django-filter\npulpcore==3.115.0  # via -r -, pulp-rpm\n"
        "own @ file:///srv/own  # via -r -\nx==1  # via -c constraints.txt, y\n# noise\n"
    )
    found = Uv(tmp_path).origins(QUESTION)
    assert found["django"] == ("pulpcore", "django-filter")
    assert "pulp-rpm" in found["pulpcore"]
    assert found.keys() == {"django", "pulpcore", "own", "x"}
    assert found["x"] == ("y",)


def test_the_notes_of_the_engine_are_no_last_words(said: Callable[..., object]) -> None:
    said(
        f"2025-01-06 10:00:00.1 +0000 UTC m=+0.1 container died 0123 (image=x)\n{'0f' * 32}\nboom\n"
    )
    assert Systemd(user=False).last_words("a.service") == "boom"


def test_only_working_containers_of_a_build_are_removed(
    said: Callable[..., list[list[str]]],
) -> None:
    def listed(name: str, created: int, command: str = "buildah") -> dict[str, object]:
        return {"Id": name, "Names": [name], "Created": created, "Command": [command]}

    there = [
        listed("x-working-container", 7),
        listed("old-working-container", 3),
        listed("later-working-container", 12),
        listed("pulp-api", 9, "api"),
        listed("my-working-container", 9, "sleep"),
        {"Id": "none", "Names": None, "Created": 9, "Command": None},
    ]
    calls = said(json.dumps(there))
    podman().remove_working_containers(5.0, 10.0)
    assert calls[1][-1:] == ["x-working-container"]
    assert len(calls) == 2


def test_where_no_build_was_interrupted_nothing_is_removed(
    said: Callable[..., list[list[str]]],
) -> None:
    calls = said("")
    podman().remove_working_containers(5.0, 10.0)
    assert len(calls) == 1


def test_a_schedule_is_judged_by_systemd(said: Callable[..., list[list[str]]]) -> None:
    calls = said()
    Systemd(user=True).check_calendar("-daily")
    assert calls == [["systemd-analyze", "calendar", "--", "-daily"]]
    said(err="Failed to parse calendar specification", status=1)
    with pytest.raises(UsageProblem, match="'soon' is no schedule"):
        Systemd(user=True).check_calendar("soon")


@pytest.mark.parametrize(
    ("out", "run"),
    [
        (
            (
                "LastTriggerUSec=Mon 2025-01-06 03:00:00 UTC\n"
                "NextElapseUSecRealtime=Tue 2025-01-07 03:00:00 UTC\n"
                "Result=exit-code\nExecMainExitTimestamp=Mon 2025-01-06 03:04:00 UTC\n"
            ),
            Run("Mon 2025-01-06 03:00:00 UTC", "Tue 2025-01-07 03:00:00 UTC", "exit-code"),
        ),
        # Started by hand.
        (
            (
                "LastTriggerUSec=n/a\nNextElapseUSecRealtime=Tue 2025-01-07 03:00:00 UTC\n"
                "Result=success\nExecMainStartTimestamp=Mon 2025-01-06 10:00:00 UTC\n"
                "ExecMainExitTimestamp=Mon 2025-01-06 10:04:00 UTC\n"
            ),
            Run("Mon 2025-01-06 10:00:00 UTC", "Tue 2025-01-07 03:00:00 UTC", "success"),
        ),
        # The host came up since.
        (
            (
                "LastTriggerUSec=Mon 2025-01-06 03:00:00 UTC\nNextElapseUSecRealtime=\n"
                "Result=success\nExecMainStartTimestamp=n/a\nExecMainExitTimestamp=\n"
            ),
            Run("Mon 2025-01-06 03:00:00 UTC", "", ""),
        ),
        (
            (
                "LastTriggerUSec=n/a\nNextElapseUSecRealtime=\nResult=success\n"
                "ExecMainExitTimestamp=\n"
            ),
            Run("", "", ""),
        ),
    ],
)
def test_runs_of_a_timer_are_understood(
    said: Callable[..., list[list[str]]], out: str, run: Run
) -> None:
    said(out)
    assert Systemd(user=False).scheduled("x.timer", "x.service") == run


def test_what_is_launched_is_not_waited_for_and_may_have_failed_before(
    said: Callable[..., list[list[str]]],
) -> None:
    calls = said(status=1)
    Systemd(user=True).launch("x.service")
    assert [call[3:] for call in calls] == [
        ["reset-failed", "x.service"],
        ["start", "--no-block", "x.service"],
    ]


def test_nothing_to_forget_is_not_everything(said: Callable[..., list[list[str]]]) -> None:
    calls = said()
    Systemd(user=False).forget([])
    assert calls == []
