"""What is known about each host, kept on the machine's disk."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from tests.lab.names import Names, state_home
from tests.lab.system import started

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class State:
    """A host as it was last left; written before anything of it is made."""

    name: str
    suite: str
    lower: str
    slot: int
    pid: int = 0
    pid_started: int = 0
    ready: bool = False
    watch: str = ""

    @property
    def address(self) -> str:
        return f"10.213.{self.slot}.2"

    @property
    def alive(self) -> bool:
        return self.pid > 0 and started(self.pid) == self.pid_started


def save(state: State) -> None:
    path = Names(state.name).state_file
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps(asdict(state), indent=2) + "\n")
    draft.replace(path)


def load(name: str) -> State | None:
    return _read(Names(name).state_file)


def load_all() -> list[State]:
    found = (_read(path) for path in sorted(state_home().glob("*/state.json")))
    return [state for state in found if state]


def _read(path: Path) -> State | None:
    try:
        return State(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError):
        return None
