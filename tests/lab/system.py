"""Commands, locks and processes of the machine."""

from __future__ import annotations

import contextlib
import fcntl
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.lab.errors import LabError
from tests.lab.names import PROJECT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LOCKS = Path("/run/lock") / PROJECT


def call(*argv: str | Path, check: bool = True, feed: str | None = None) -> str:
    """Run a command of the machine and return its output."""
    command = [str(part) for part in argv]
    try:
        done = subprocess.run(command, text=True, capture_output=True, input=feed, check=False)
    except FileNotFoundError as error:
        raise LabError(f"{command[0]} is missing (see tests/lab/packages.txt)") from error
    if check and done.returncode:
        raise LabError(f"{' '.join(command)}: {done.stderr.strip()[-2000:] or done.returncode}")
    return done.stdout


@contextlib.contextmanager
def lock(name: str) -> Iterator[None]:
    """Hold a lock which the kernel gives back however the holder ends."""
    LOCKS.mkdir(parents=True, exist_ok=True)
    with (LOCKS / name).open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def started(pid: int) -> int | None:
    """When a process was started; tells it from a later one with the same pid."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = text.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else int(fields[19])


def wait_for(what: str, reached: Callable[[], bool], seconds: float) -> None:
    if not poll(reached, seconds):
        raise LabError(f"gave up after {seconds:.0f} s: {what}")


def poll(reached: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not reached():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
