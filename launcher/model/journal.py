"""How far a switch has come: all that is needed to go on with it, or to go back."""

from __future__ import annotations

from typing import Any

from launcher.model.generation import Record
from launcher.model.migrations import Kind


class Journal(Record):
    """The switch that is under way; `step` is the one that was begun last.

    `alone` says that nothing of the old generation runs while the database is migrated, so that
    nothing can be lost when its snapshot is put back. `quadlets` (file name → text) and `site` are
    what was on the host before, and `back` says that they shall be again, because of `cause`.
    `snapshot` is where this switch keeps the database of before its migrations; `dump` is an
    earlier one that the database is put back to. `config` and `settings`, the text of Pulp's file,
    are what the new generation is switched to with, whatever the files say by now; None stands for
    those. `away` is since when nobody answers (seconds since the epoch), 0 where somebody does.
    `up` says that the old generation ran before.
    """

    old: int
    new: int
    kind: Kind
    alone: bool
    step: str
    quadlets: dict[str, str]
    site: str
    snapshot: str
    dump: str = ""
    away: float = 0
    up: bool = True
    back: bool = False
    cause: str = ""
    config: dict[str, Any] | None = None
    settings: str = ""
