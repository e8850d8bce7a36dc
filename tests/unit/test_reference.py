"""What the documentation names is there: commands, options, pages, and what the code has."""

from __future__ import annotations

import re
import runpy
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import typer
from typer.main import get_command

from launcher.cli.app import UsageError, app

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent.parent
REFERENCE = runpy.run_path(str(ROOT / "docs/reference/generate.py"))
MADE: dict[Path, str] = REFERENCE["pages"]()
PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("CHANGES/*.md"),
        *ROOT.glob("containers/*.md"),
    ]
)

_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`([^`]+)`")
# A command, up to what the shell or a sentence takes.
_COMMAND = re.compile(r"\bpulp-launcher((?: (?:'[^'\n]*'|(?:[^\s'|;&)<>…:]|:(?=\S))+))*)")
# Lines where the name is that of a file or an image.
_FILE = re.compile(r"pulp-launcher/|/pulp-launcher\b")


def ids(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("name", sorted(path.name for path in MADE))
def test_the_reference_is_what_the_code_says(name: str) -> None:
    path = ROOT / "docs/reference" / name
    assert path.read_text(encoding="utf-8") == MADE[path], "run: python docs/reference/generate.py"


def commands() -> dict[str, Any]:
    found: dict[str, Any] = REFERENCE["commands"](get_command(app))
    return found


@pytest.mark.parametrize("name", sorted(commands()))
def test_every_command_and_option_has_help(name: str) -> None:
    command = commands()[name]
    assert command.help
    options = [item for item in command.params if item.param_type_name == "option"]
    assert [option.name for option in options if not option.help] == []


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_every_link_leads_somewhere(page: Path) -> None:
    text = _BLOCK.sub("", page.read_text(encoding="utf-8"))
    for address in _LINK.findall(text):
        if "://" in address:
            continue
        name, _, anchor = address.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), address
        assert target.is_relative_to(ROOT), address
        assert not anchor or anchor in anchors(target), address


def anchors(page: Path) -> set[str]:
    """Return the anchors that a forge makes of a page's headings."""
    text = _BLOCK.sub("", page.read_text(encoding="utf-8"))
    heads = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def test_every_page_is_in_the_index() -> None:
    index = ROOT / "docs/README.md"
    linked = {(index.parent / item).resolve() for item in _LINK.findall(index.read_text())}
    pages = {page for page in PAGES if page.is_relative_to(index.parent) and page != index}
    assert pages - linked == set()


def quoted(text: str) -> Iterator[tuple[str, bool]]:
    """Return each quoted call of the command, and whether it was typed in full (in a block)."""
    for language, block in _BLOCK.findall(text):
        typed = block.replace("\\\n", " ").splitlines() if language in {"console", "yaml"} else []
        for line in typed:
            if not _FILE.search(line):
                yield from ((found.strip(), True) for found in _COMMAND.findall(line))
    for span in (" ".join(found.split()) for found in _INLINE.findall(_BLOCK.sub("", text))):
        if span.startswith("pulp-launcher "):
            yield span.removeprefix("pulp-launcher "), False


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_every_quoted_command_exists(page: Path) -> None:
    for call, in_full in quoted(page.read_text(encoding="utf-8")):
        problem = refused(shlex.split(call))
        is_short = problem.startswith("Missing") and not in_full
        assert not problem or is_short, f"pulp-launcher {call}: {problem}"


def refused(words: list[str]) -> str:
    """Return why the command line is refused, or nothing; no command is run."""
    command: Any = get_command(app)
    context: Any = None
    name, rest = "pulp-launcher", list(words)
    try:
        while hasattr(command, "commands"):
            context = command.make_context(name, rest, parent=context)
            rest = [*context._protected_args, *context.args]
            name, command, rest = command.resolve_command(context, rest)
        command.make_context(name, rest, parent=context)
    except typer.Exit:
        return ""
    except UsageError as error:
        return "" if type(error).__name__ == "NoArgsIsHelpError" else error.format_message()
    return ""


@pytest.mark.parametrize(
    ("call", "problem"),
    [
        ("plugin add pulp_rpm --json", ""),
        ("-i second init --port 8082", ""),
        ("plugin ad pulp_rpm", "No such command 'ad'"),
        ("plugin add pulp_rpm --pretend", "No such option"),
        ("generation show first", "Invalid value"),
        ("plugin add", "Missing argument"),
    ],
)
def test_the_check_of_commands_finds_what_is_wrong(call: str, problem: str) -> None:
    assert refused(shlex.split(call)).startswith(problem)
    assert bool(refused(shlex.split(call))) == bool(problem)


def test_commands_are_found_in_text() -> None:
    text = """
Say `pulp-launcher plugin add 'pulp_rpm>=3'` or `pulp-launcher`.

```console
# cd /tmp && pulp-launcher --json status | jq .
→ Known plugins: pulp-launcher plugin search
```
"""
    found = [call for call, _ in quoted(text)]
    assert found == ["--json status", "plugin search", "plugin add 'pulp_rpm>=3'"]
