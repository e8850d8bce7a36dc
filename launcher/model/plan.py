"""The typed differences between what shall be and what is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Action(Enum):
    """What a change does to a file."""

    WRITE = "write"
    UPDATE = "update"
    REMOVE = "remove"


@dataclass(frozen=True)
class FileChange:
    """One file that has to change; `text` is its new content, empty for a removal."""

    action: Action
    name: str
    text: str = ""


def plan_files(desired: Mapping[str, str], actual: Mapping[str, str]) -> tuple[FileChange, ...]:
    """Return the changes that make `actual` (name → text) equal to `desired`, sorted by name."""
    changes = [
        FileChange(Action.UPDATE if name in actual else Action.WRITE, name, text)
        for name, text in desired.items()
        if actual.get(name) != text
    ]
    changes += [FileChange(Action.REMOVE, name) for name in actual.keys() - desired.keys()]
    return tuple(sorted(changes, key=lambda change: change.name))
