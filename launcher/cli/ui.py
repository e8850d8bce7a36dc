"""What the user sees: results on stdout; progress and errors on stderr."""

from __future__ import annotations

import contextlib
import json
import sys
from dataclasses import dataclass, is_dataclass
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from launcher.host.credentials import masked
from launcher.model.errors import UsageProblem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from launcher.model.errors import LauncherError

ENVELOPE_VERSION = 1


@dataclass
class Screen:
    """The terminal, a pipe, or a program that reads JSON."""

    as_json: bool = False
    quiet: bool = False
    call: str = "pulp-launcher"
    """How the command is called for the instance at hand."""

    def __post_init__(self) -> None:
        """Open both streams; no text of a user is ever read as markup."""
        plain: Any = {"markup": False, "highlight": False, "emoji": False, "soft_wrap": True}
        self._out, self._err = Console(**plain), Console(stderr=True, **plain)
        for console in (self._out, self._err):
            # Colour may be forced on a log too (FORCE_COLOR).
            if not console.file.isatty():
                # Programs read this, and people with grep: nothing may be cut.
                console.width = 1000
        self._status: Any = None
        self._step = ""

    # The reporter of the operations

    @contextlib.contextmanager
    def step(self, text: str) -> Iterator[None]:
        """Show what is being done: alive on a terminal, as a plain line elsewhere."""
        text = masked(text)
        if self.quiet:
            yield
            return
        if not self._err.file.isatty():
            self._err.print(f"{text} …")
            yield
            return
        self._step = text
        with self._err.status(Text(f"{text} …")) as self._status:
            yield
        self._status = None
        self._err.print(Text.assemble(("✓ ", "green"), text))

    def line(self, text: str) -> None:
        """Show a program's newest line beside the step, where there is a terminal."""
        if self._status is not None:
            room = max(self._err.width - len(self._step) - 8, 10)
            self._status.update(Text.assemble(f"{self._step} … ", (masked(text)[:room], "dim")))

    def note(self, text: str) -> None:
        if not self.quiet:
            self._err.print(masked(text))

    # Results

    def result(self, command: str, data: Any, lines: Iterable[str | Table]) -> None:
        """Show an operation's result: for people its lines, for programs all of it."""
        if self.as_json:
            self._envelope(command, "success", data, [])
            return
        for line in lines:
            self._out.print(self._named(line) if isinstance(line, str) else line)

    def preview(self, lines: Iterable[str | Table]) -> None:
        """Show people what is about to be done; programs get it with the result."""
        for line in () if self.as_json else lines:
            self._err.print(self._named(line) if isinstance(line, str) else line)

    def secret(self, command: str, name: str, value: str) -> None:
        """Show a secret that was asked for; all else is shown without any."""
        if self.as_json:
            self._write(command, "success", {name: value}, [])
        else:
            sys.stdout.write(f"{value}\n")

    def document(self, command: str, text: str) -> None:
        """Show a file in JSON: byte for byte, or as the data of the envelope."""
        if self.as_json:
            self._envelope(command, "success", json.loads(text), [])
        else:
            sys.stdout.write(masked(text))

    def error(self, command: str, error: LauncherError) -> None:
        """Show what happened, what a program said of it, and what to do."""
        if self.as_json:
            about = {
                "code": error.code, "message": masked(error.message),
                "details": masked(error.details), "hint": self._named(error.hint),
            }  # fmt: skip
            self._envelope(command, "error", None, [about])
            return
        self._err.print(Text.assemble(("Error: ", "bold red"), masked(error.message)))
        for line in masked(error.details).splitlines():
            self._err.print(Text(f"  {line}", style="dim"))
        if error.hint:
            self._err.print(Text.assemble(("→ ", "bold"), self._named(error.hint)))

    def _named(self, text: str) -> str:
        """Return the text with commands that work on the instance at hand when they are pasted."""
        return masked(text).replace("pulp-launcher ", f"{self.call} ")

    def _envelope(self, command: str, status: str, data: Any, errors: list[Any]) -> None:
        self._write(command, status, _plain(data), errors)

    def _write(self, command: str, status: str, data: Any, errors: list[Any]) -> None:
        envelope = {
            "version": ENVELOPE_VERSION, "command": command, "status": status,
            "data": data, "errors": errors,
        }  # fmt: skip
        sys.stdout.write(json.dumps(envelope, indent=2) + "\n")


def standard_input() -> str:
    """Return all of the standard input; raises UsageProblem where it is no text."""
    try:
        return sys.stdin.buffer.read().decode()
    except UnicodeDecodeError as error:
        raise UsageProblem(
            "what was given on standard input is no text in UTF-8",
            hint="Encode it first; a key of gpg: --armor, anything else for example: base64 -w0",
        ) from error


def table(heads: Sequence[str], rows: Iterable[Sequence[str | None]]) -> Table:
    """Return a plain table; an absent value is a dash."""
    grid = Table(*heads, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        grid.add_row(*(Text(masked(cell or "-")) for cell in row))
    return grid


def _plain(data: Any) -> Any:
    if is_dataclass(data) and not isinstance(data, type):
        return {name: _plain(value) for name, value in vars(data).items()}
    if hasattr(data, "model_dump"):
        return _plain(data.model_dump(mode="json"))
    if isinstance(data, dict):
        return {key: _plain(value) for key, value in data.items()}
    if isinstance(data, str):
        return masked(data)
    if isinstance(data, list | tuple):
        return [_plain(item) for item in data]
    return data
