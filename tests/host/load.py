"""A steady load of requests, and what became of each."""

from __future__ import annotations

import http.client
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from types import TracebackType

SECONDS_APART = 0.1
_PATIENCE = 30


@dataclass(frozen=True)
class Answer:
    """One request: when it began and ended (monotonic seconds), and its status or error."""

    began: float
    ended: float
    outcome: str


@dataclass
class Load:
    """Ten requests a second to each of some addresses, for as long as the block lasts."""

    urls: dict[str, str]
    answers: dict[str, list[Answer]] = field(default_factory=dict)
    _end: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> Self:
        """Begin."""
        for name, url in self.urls.items():
            self.answers[name] = []
            self._threads.append(threading.Thread(target=self._press, args=(name, url)))
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Wait for the last answers."""
        self._end.set()
        for thread in self._threads:
            thread.join()

    def lost(self, name: str) -> Counter[str]:
        """Return what requests ended in that were not answered well."""
        return Counter(item.outcome for item in self.answers[name] if item.outcome != "200")

    def gap(self, name: str) -> float:
        """Return the longest time without a good answer, in seconds."""
        ends = sorted(item.ended for item in self.answers[name] if item.outcome == "200")
        return max((later - earlier for earlier, later in pairwise(ends)), default=0.0)

    def report(self, name: str) -> str:
        slowest = max(item.ended - item.began for item in self.answers[name])
        return (
            f"{name}: {len(self.answers[name])} requests, {sum(self.lost(name).values())} lost, "
            f"longest gap {self.gap(name):.2f} s, slowest {slowest:.2f} s"
        )

    def _press(self, name: str, url: str) -> None:
        began = time.monotonic()
        with ThreadPoolExecutor(64) as pool:
            for number in range(1_000_000):
                if self._end.wait(max(0.0, began + number * SECONDS_APART - time.monotonic())):
                    return
                pool.submit(self._ask, name, url)

    def _ask(self, name: str, url: str) -> None:
        began, outcome = time.monotonic(), _outcome(url)
        self.answers[name].append(Answer(began, time.monotonic(), outcome))


def _outcome(url: str) -> str:
    where = urlsplit(url)
    connection = http.client.HTTPConnection(where.netloc, timeout=_PATIENCE)
    try:
        connection.request("GET", where.path)
        answer = connection.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException) as error:
        return repr(error)
    finally:
        connection.close()
    return str(answer.status)
