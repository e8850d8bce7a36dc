"""How long each role is away while the instance moves to another generation."""

from __future__ import annotations

import http.client
import json
import threading
import time
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from tests.host.trial import GUARDS, Trial

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from tests.host.actor import Actor

ROLES = ("web", "api", "content", "worker", "db", "cache")
STATUS = "/pulp/api/v3/status/"
CONTENT = "/pulp/content/"
_POLL = 0.05


@dataclass(frozen=True)
class Switched:
    """One switch: its seconds in all, and for how long each role was away at the longest."""

    what: str
    seconds: float
    away: dict[str, float]


@dataclass
class Watch:
    """Looks at the roles through the web role, as a client does, for as long as the block lasts.

    Workers, database and cache are there if Pulp's status says so.
    """

    url: str
    seen: dict[str, list[float]] = field(default_factory=lambda: {role: [] for role in ROLES})
    _end: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        """Begin."""
        self._thread = threading.Thread(target=self._look)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End."""
        self._end.set()
        if self._thread:
            self._thread.join()

    def away(self) -> dict[str, float]:
        """Return the longest time between two moments at which a role was there, in seconds."""
        return {
            role: max((later - earlier for earlier, later in pairwise(moments)), default=0.0)
            for role, moments in self.seen.items()
        }

    def _look(self) -> None:
        while not self._end.wait(_POLL):
            for role in _there(_get(self.url + STATUS), _get(self.url + CONTENT)):
                self.seen[role].append(time.monotonic())


def _there(status: tuple[int, str], content: tuple[int, str]) -> Iterator[str]:
    answer: dict[str, Any] = json.loads(status[1]) if status[0] == http.client.OK else {}
    found = {
        "web": status[0] or content[0],
        "api": answer,
        "content": content[0] == http.client.OK,
        "worker": answer.get("online_workers"),
        "db": answer.get("database_connection", {}).get("connected"),
        "cache": answer.get("redis_connection", {}).get("connected"),
    }
    return (role for role in ROLES if found[role])


def _get(url: str) -> tuple[int, str]:
    """Return the status and the text of the answer; a status of 0 if there is none."""
    where = urlsplit(url)
    connection = http.client.HTTPConnection(where.netloc, timeout=30)
    try:
        connection.request("GET", where.path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    except (OSError, http.client.HTTPException):
        return 0, ""
    finally:
        connection.close()


def switches(actor: Actor) -> Iterator[Switched]:
    """Go through switches of each kind, one after the other."""
    actor.launcher("rebuild", "--force", "--no-switch")
    yield _measured(actor, "no migrations", "start")
    yield _measured(actor, "rollback", "rollback")
    actor.launcher("plugin", "add", Trial("pulp-online").put(actor))
    actor.launcher("rebuild", "--no-switch")
    yield _measured(actor, "online migrations", "start")
    actor.launcher("plugin", "add", Trial("pulp-guarded", GUARDS).put(actor))
    actor.launcher("rebuild", "--no-switch")
    yield _measured(actor, "guarded migrations", "start")


def _measured(actor: Actor, what: str, *words: str) -> Switched:
    with Watch(actor.url) as watch:
        began = time.monotonic()
        actor.launcher(*words)
        seconds = time.monotonic() - began
    return Switched(what, seconds, watch.away())
