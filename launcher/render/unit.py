"""The text of a unit file, how it calls the launcher, and which quadlet key needs which podman."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

Version = tuple[int, int]
Entry = tuple[str, str]

OLDEST_PODMAN: Version = (4, 6)
"""The floor; every key that is not in `NEWER` works there (podman-systemd.unit.5 of 4.6)."""


@dataclass(frozen=True)
class Newer:
    """A key that the floor lacks: where it came, and the podman option that did it before.

    `option_since` is the podman from which on there is the option; an older one does without.
    """

    since: Version
    option: str = ""
    option_since: Version = OLDEST_PODMAN


NEWER = {
    "ShmSize": Newer((5, 0), option="--shm-size"),
    # The last option counts, and quadlet's own comes first.
    "Notify": Newer((5, 0), option="--sdnotify", option_since=(4, 7)),
    "StopTimeout": Newer((5, 0), option="--stop-timeout"),
    "StopSignal": Newer((5, 2), option="--stop-signal"),
}


def for_podman(entry: Entry, podman: Version) -> list[Entry]:
    """Return what says the same as `entry` on this podman; nothing where it can not be said."""
    key, value = entry
    newer = NEWER.get(key)
    if newer is None or podman >= newer.since:
        return [entry]
    known = newer.option and podman >= newer.option_since
    return [("PodmanArgs", f"{newer.option}={value}")] if known else []


def text(head: str, sections: dict[str, list[Entry]]) -> str:
    """Return the file; `%` is escaped, as no value of ours is a systemd specifier.

    Raises:
        ValueError: a value has a line break, and would end as a key of its own.

    """
    parts = [f"# {head}\n"]
    for section, entries in sections.items():
        parts.append(f"\n[{section}]\n")
        parts += [f"{key}={_escape(value)}\n" for key, value in entries]
    return "".join(parts)


def calling(
    program: tuple[str, ...], instance: str, *words: str, variables: Mapping[str, str] | None
) -> list[Entry]:
    """Return the entries of a service that has the launcher do something for an instance.

    `variables` are those of a rootless user's folders (`Paths.variables`); root's is None.
    """
    # Without a user, systemd gives a service of the system no HOME, where credentials may lie.
    own = [("User", "root")]
    if variables is not None:
        # What the shell of a user has, their services have not.
        own = [("Environment", quoted(f"{key}={value}")) for key, value in variables.items()]
    line = (*program, "--instance", instance, *words)
    return [*own, ("ExecStart", " ".join(map(quoted, line)))]


def quoted(word: str) -> str:
    """Return a word of a unit's line as systemd reads it; of podman's quadlets too."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$")
    return escaped if re.fullmatch(r"[\w./=-]+", word) else f'"{escaped}"'


def _escape(value: str) -> str:
    if "\n" in value or "\r" in value:
        raise ValueError(f"a unit's value can not have a line break: {value!r}")
    return value.replace("%", "%%")
