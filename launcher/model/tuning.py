"""What PostgreSQL gets of this host: derived from its memory and the counts of processes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from launcher.model.database import bytes_of

if TYPE_CHECKING:
    from launcher.model.config import Config
    from launcher.model.database import Value

_MIB = 1024**2


@dataclass(frozen=True)
class Tuning:
    """The parameters of the server as it is to be started, and its shared memory in bytes."""

    parameters: dict[str, str]
    shared_memory: int


def tuning(config: Config, memory: int) -> Tuning:
    """Return what a database gets on a host with so many bytes of memory.

    Other things are on that host too: Pulp's own processes, the file system's cache, and maybe
    other instances. So all is far below what a host for a database alone would give.
    """
    own = config.database
    mib = rounded(bytes_of(own.memory) if own.memory else memory) // _MIB
    derived: dict[str, Value] = {
        "max_connections": connections(config),
        "shared_buffers": f"{_between(128, mib // 16, 8192)}MB",
        "effective_cache_size": f"{max(512, mib // 4)}MB",
        "work_mem": f"{_between(4, mib // 512, 64)}MB",
        "maintenance_work_mem": f"{_between(64, mib // 32, 1024)}MB",
    }
    found = {name: _written(value) for name, value in {**derived, **own.parameters}.items()}
    # A limit, and not what is taken; a query that comes to it fails.
    shared = (
        bytes_of(own.shared_memory) if own.shared_memory else _between(256, mib // 4, 16384) * _MIB
    )
    return Tuning(dict(sorted(found.items())), shared)


def connections(config: Config) -> int:
    """Return how many connections the server has to take: those of two generations in a switch.

    An API or content process has one, and for a moment two; a worker has one, and two for its task.
    What is left is for migrations, dumps, the launcher and people. It goes by hundreds, so that a
    worker more does not restart the database.
    """
    processes = 2 * config.api.processes + 2 * config.content.processes + 3 * config.worker.count
    return -(-(2 * processes + 40) // 200) * 200


def rounded(memory: int) -> int:
    """Return the power of two next to a number of bytes: hosts of a size are not all alike."""
    return int(2 ** round(math.log2(max(memory, _MIB))))


def _between(least: int, value: int, most: int) -> int:
    return max(least, min(value, most))


def _written(value: Value) -> str:
    return ("off", "on")[value] if isinstance(value, bool) else str(value)
