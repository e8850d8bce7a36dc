"""The screen: plain lines in a pipe, nothing read as markup, JSON for programs."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest

from launcher.cli.ui import Screen, table
from launcher.model.errors import NotReady
from launcher.model.generation import Generation

GENERATION = Generation(
    number=1, image="x:1", image_id="i", platform="x:p", fingerprint="f", inputs={}, plugins=("a",),
    versions={"a": "1"}, built_at="2025-01-06T10:00:00+00:00",
)  # fmt: skip


@dataclass(frozen=True)
class Result:
    """A result with others in it, as operations return them."""

    generation: Generation
    parts: tuple[str, ...] = ("[a]",)


def test_steps_and_notes_are_plain_lines_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    screen = Screen()
    with screen.step("Building [1]"):
        screen.line("STEP 1/2")
    screen.note("mind [this]")
    captured = capsys.readouterr()
    assert captured.err == "Building [1] …\nmind [this]\n"
    assert captured.out == ""


def test_a_step_that_fails_lets_the_failure_through() -> None:
    with pytest.raises(ValueError, match="x"), Screen().step("Building"):
        raise ValueError("x")


@pytest.mark.parametrize("screen", [Screen(quiet=True), Screen(as_json=True, quiet=True)])
def test_a_quiet_screen_tells_no_steps(screen: Screen, capsys: pytest.CaptureFixture[str]) -> None:
    with screen.step("Building"):
        screen.line("STEP")
    screen.note("note")
    assert capsys.readouterr() == ("", "")


def test_json_holds_all_of_a_result(capsys: pytest.CaptureFixture[str]) -> None:
    Screen(as_json=True).result("rebuild", Result(GENERATION), ["not this"])
    found = json.loads(capsys.readouterr().out)
    assert found["data"] == {
        "generation": GENERATION.model_dump(mode="json"),
        "parts": ["[a]"],
    }


def test_a_document_is_shown_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    text = '{"a":  "[b]pulp-launcher x[/b]",\n"b": "' + "x" * 2000 + '"}\n'
    Screen(call="pulp-launcher --instance second").document("generation sbom", text)
    assert capsys.readouterr().out == text
    Screen(as_json=True).document("generation sbom", text)
    assert json.loads(capsys.readouterr().out)["data"] == json.loads(text)


def test_a_table_in_a_pipe_is_whole(capsys: pytest.CaptureFixture[str]) -> None:
    cells = ["x" * 60, "[bold]y[/bold]" * 5, None]
    Screen().result("list", None, [table(("ONE", "TWO", "THREE"), [cells])])
    out = capsys.readouterr().out
    assert "x" * 60 in out
    assert "[bold]y[/bold]" * 5 in out
    assert out.rstrip().endswith("-")


def test_commands_are_those_of_the_instance_at_hand(capsys: pytest.CaptureFixture[str]) -> None:
    screen = Screen(call="pulp-launcher --instance second")
    screen.result("rebuild", None, ["Next: pulp-launcher start"])
    screen.error("start", NotReady("what", hint="Build it with: pulp-launcher rebuild"))
    captured = capsys.readouterr()
    assert captured.out == "Next: pulp-launcher --instance second start\n"
    assert "pulp-launcher --instance second rebuild" in captured.err
