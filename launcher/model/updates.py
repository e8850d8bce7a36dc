"""What the distribution's archive has newer than an image, and the list that a build gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from launcher.model.generation import Record

if TYPE_CHECKING:
    from collections.abc import Iterable


class Update(Record):
    """A newer version of a package, and whether it mends its security; `old` is None if absent."""

    name: str
    old: str | None
    new: str
    security: bool


class Updates(Record):
    """What the script `pending-updates` of an image prints."""

    updates: tuple[Update, ...]


def merged(before: str, found: Iterable[Update]) -> str:
    """Return a list of updates, lines of `NAME OLD NEW`, with what was found since.

    It says the same where an older image has still to get what a newer one was built for.
    """
    lines = {line.split(" ", 1)[0]: line for line in before.splitlines()}
    for item in found:
        if not lines.get(item.name, "").endswith(f" {item.new}"):
            lines[item.name] = f"{item.name} {item.old or '-'} {item.new}"
    return "".join(f"{line}\n" for line in sorted(lines.values()))
