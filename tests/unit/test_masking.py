"""No credential leaves the launcher, whatever it stands in, and whatever text takes it along."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

import pytest

from launcher.cli.ui import Screen, table
from launcher.host import credentials, process
from launcher.host.credentials import MaskingFormatter, masked
from launcher.host.process import ProgramFailed
from launcher.model import mask
from launcher.model.errors import BuildFailed, IndexUnreachable, InputInvalid
from launcher.model.manifest import Manifest
from launcher.model.toml import parse
from launcher.operations import hooks
from launcher.operations.init import init
from launcher.operations.rebuild import rebuild

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.fakes import World

CANARY = "canary-7Fq2"
URL = f"http://kim:{CANARY}@proxy.example:3128"


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        (f"HTTPS_PROXY ({URL})", "HTTPS_PROXY (http://***@proxy.example:3128)"),
        (f"git+https://{CANARY}@git.example/x@v1", "git+https://***@git.example/x@v1"),
        (f"'{URL}/a'", "'http://***@proxy.example:3128/a'"),
        (f'"{URL}/a"', '"http://***@proxy.example:3128/a"'),
        (f"http://kim:a@{CANARY}@h/", "http://***@h/"),
        (f"Proxy-Authorization: Basic {CANARY}", "Proxy-Authorization: Basic ***"),
        (f"{{'Authorization': 'Bearer {CANARY}'}}", "{'Authorization': 'Bearer ***'}"),
        (f"https://h/x.whl?a=1&X-Amz-Signature={CANARY}&b=2",
         "https://h/x.whl?a=1&X-Amz-Signature=***&b=2"),
        ("ssh://git@git.example/x", "ssh://git@git.example/x"),
        ("https://pypi.org/simple mail a@b.example", "https://pypi.org/simple mail a@b.example"),
        ("https://h/x?y=a@b", "https://h/x?y=a@b"),
    ],
)  # fmt: skip
def test_credentials_of_addresses_and_headers(text: str, seen: str) -> None:
    assert mask.masked(text) == seen
    assert mask.masked(seen) == seen


def test_a_known_value_is_found_in_each_spelling() -> None:
    text = "a p@ss/word! b p%40ss%2Fword%21 c"
    assert mask.masked(text, ["p%40ss%2Fword%21"]) == "a *** b *** c"
    assert mask.masked("x\nline-one\ny", ["line-one\nline-two"]) == "x\n***\ny"
    assert mask.masked("the api of pulp", ["pulp", ""]) == "the api of pulp"


def test_an_address_without_its_credentials_leads_to_the_same_place() -> None:
    text = f'url = "https://kim:{CANARY}@h/x.whl"\ngit = "ssh://git@h/x"'
    assert mask.stripped(text) == 'url = "https://h/x.whl"\ngit = "ssh://git@h/x"'


@pytest.fixture(params=["HTTPS_PROXY", "UV_INDEX_CORP_PASSWORD", "netrc", "told"])
def planted(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """Plant a canary where a credential can stand, and return a text that tells it by itself."""
    if request.param == "netrc":
        path = tmp_path / "netrc-of-kim"
        path.write_text(f"machine h login kim password {CANARY}\n", encoding="ascii")
        path.chmod(0o600)
        monkeypatch.setenv("NETRC", str(path))
    elif request.param == "told":
        credentials.know(CANARY)
    else:
        monkeypatch.setenv(request.param, URL if "PROXY" in request.param else CANARY)
    return f"they said {CANARY}"


def test_each_place_is_known(planted: str) -> None:
    assert masked(planted) == "they said ***"


@pytest.mark.parametrize("as_json", [False, True])
def test_the_screen_shows_none(
    planted: str, capsys: pytest.CaptureFixture[str], *, as_json: bool
) -> None:
    screen = Screen(as_json=as_json)
    with screen.step(planted):
        screen.line(planted)
    screen.note(planted)
    screen.result(
        "x", {"a": [planted], "b": {"c": planted}}, [planted, table(("A",), [(planted,)])]
    )
    screen.preview([planted])
    screen.document("x", json.dumps({"a": planted}))
    screen.error("x", BuildFailed(planted, details=planted, hint=planted))
    captured = capsys.readouterr()
    assert CANARY not in captured.out + captured.err
    assert "they said ***" in captured.out


def test_a_secret_that_is_asked_for_is_shown(
    planted: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Screen().secret("admin-password", "password", planted)
    assert CANARY in capsys.readouterr().out


def test_a_log_and_its_traceback_show_none(planted: str) -> None:
    information = (ValueError, ValueError(planted), None)
    record = logging.LogRecord("x", 10, "x.py", 1, "%s", (planted,), information)
    assert CANARY not in MaskingFormatter("%(message)s").format(record)


@pytest.mark.usefixtures("real_programs")
def test_the_words_of_a_program_have_none(planted: str) -> None:
    script = ["sh", "-c", f"echo '{planted}'; exit 1"]
    lines: list[str] = []
    with pytest.raises(ProgramFailed) as caught:
        process.stream(script, lines.append)
    with pytest.raises(ProgramFailed) as other:
        process.run(script)
    assert lines == ["they said ***"]
    assert caught.value.details == other.value.details == "they said ***"


def test_no_file_and_no_hook_has_one(
    planted: str, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(
        process, "run_within", lambda _seconds, _argv, *, env: told.extend(env.values())
    )
    init(world.instance)
    world.configure("failure = []", 'failure = ["/bin/tell"]')
    world.podman.output = [planted, URL]
    world.podman.failure = BuildFailed(planted, details=planted)
    with pytest.raises(BuildFailed):
        rebuild(world.instance)
    assert "they said ***" in told
    assert not [text for text in told if CANARY in text]
    logs = world.instance.paths.logs.rglob("*")
    written = world.files() | {str(path): path.read_bytes() for path in logs}
    assert any(b"they said ***" in content for content in written.values())
    assert not [path for path, content in written.items() if CANARY.encode() in content]


def test_a_requirement_of_the_image_has_none(tmp_path: Path) -> None:
    text = f"[image]\nrequirements = ['x @ https://kim:{CANARY}@h/x.whl']\n"
    with pytest.raises(InputInvalid) as caught:
        parse(text, tmp_path, Manifest)
    assert CANARY not in caught.value.details


def test_a_hook_is_told_by_the_same_way_whatever_failed(
    planted: str, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(
        process, "run_within", lambda _seconds, _argv, *, env: told.extend(env.values())
    )
    init(world.instance)
    world.configure("failure = []", 'failure = ["/bin/tell"]')
    hooks.failed(world.instance, IndexUnreachable(f"{planted} {URL}"))
    assert "they said *** http://***@proxy.example:3128" in told
