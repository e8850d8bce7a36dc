"""The typed differences between what shall be and what is: of files, and of a whole instance."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from launcher.model.lock import Move


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


class Act(StrEnum):
    """What is done, in the order of a switch that does not interrupt."""

    FINISH = "finish"
    LOCK = "lock"
    FETCH = "fetch"
    BUILD = "build"
    WRITE = "write"
    REMOVE = "remove"
    MIGRATE = "migrate"
    START = "start"
    RESTART = "restart"
    RELOAD = "reload"
    STOP = "stop"


@dataclass(frozen=True)
class Change:
    """One thing that would be done: to what, and why."""

    act: Act
    what: str
    why: str


@dataclass(frozen=True)
class Pause:
    """For how many seconds a role that runs is away, about; None is as long as migrations take."""

    role: str
    seconds: int | None


@dataclass(frozen=True)
class Foreseen:
    """The migrations: their kind, None where it is not known yet, and why it is that."""

    kind: str | None
    pending: tuple[str, ...]
    why: str


@dataclass(frozen=True)
class Disk:
    """The bytes that are needed on a file system, and those that are free."""

    place: str
    needed: int
    free: int


@dataclass(frozen=True)
class Plan:
    """What would be done, in order; `packages` is how the distributions of the image move.

    `system` is how its Debian packages move, as far as an upgrade has looked for that.
    `generation` is the one at the end of it, `serving` the one now. `untouched` are the services
    that run on as they are. `notes` say what only doing it will tell.
    """

    due: bool
    serving: int | None
    generation: int
    changes: tuple[Change, ...]
    packages: tuple[Move, ...]
    migrations: Foreseen | None
    untouched: tuple[str, ...]
    pauses: tuple[Pause, ...]
    disk: Disk | None
    notes: tuple[str, ...]
    system: tuple[Move, ...] = ()


@dataclass(frozen=True)
class Container:
    """A container of ours: which role, which revision, and of which generation, if of one."""

    name: str
    role: str
    revision: str
    generation: int | None


def plan_containers(
    wanted: Iterable[Container], running: Iterable[Container]
) -> dict[Container, Act | None]:
    """Return what becomes of each container, in their order; None is that it runs on as it is."""
    there = {item.name: item for item in running}
    found = {item: _act(item, there.get(item.name)) for item in wanted}
    names = {item.name for item in found}
    return found | {item: Act.STOP for name, item in there.items() if name not in names}


def _act(wanted: Container, running: Container | None) -> Act | None:
    if running is None:
        return Act.START
    return None if running.revision == wanted.revision else Act.RESTART


RESTARTS = {"db": 2, "cache": 2, "web": 2, "api": 15, "content": 15, "worker": 15}
"""How many seconds a role is away when it is restarted, on an ordinary host."""


def pauses(
    acts: Mapping[Container, Act | None], running: Iterable[Container], *, guarded: bool
) -> tuple[Pause, ...]:
    """Return how long each role that runs is away; `guarded` is for migrations that are so.

    A role that is stopped for another generation's is not away: that one is there before.
    """
    replaced = {item.role for item, act in acts.items() if act is Act.STOP}
    restarted = {item.role for item, act in acts.items() if act is Act.RESTART}

    def seconds(role: str) -> int | None:
        if guarded and role in replaced:
            return None
        return RESTARTS[role] if role in restarted else 0

    return tuple(Pause(role, seconds(role)) for role in dict.fromkeys(i.role for i in running))
