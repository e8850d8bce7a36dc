"""How the role db is told what the database gets of this host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from launcher.model.tuning import tuning

if TYPE_CHECKING:
    from launcher.model.config import Config
    from launcher.model.roles import Role
    from launcher.render.unit import Entry

_DB = "db"


def arguments(role: Role, config: Config, memory: int) -> list[str]:
    """Return what the program of the role db is told: parameters, as PostgreSQL takes them."""
    found = tuning(config, memory).parameters if role.name == _DB else {}
    return [word for name, value in found.items() for word in ("-c", f"{name}={value}")]


def shared_memory(role: Role, config: Config, memory: int) -> list[Entry]:
    """Return the size of `/dev/shm`: podman's own 64 MB are too few for parallel queries."""
    size = tuning(config, memory).shared_memory // 1024**2
    return [("ShmSize", f"{size}m")] if role.name == _DB else []
