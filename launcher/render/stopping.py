"""How a unit stops: its signal, its time, and less of that where the host goes down."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from launcher.model.config import Config
    from launcher.model.roles import Role
    from launcher.render.unit import Entry

DATABASE_SECONDS = 75
"""What is kept of the time at shutdown for web, the cache and, last, the database."""

_SHORTEST = 10


def stop(config: Config, role: Role) -> list[Entry]:
    """Return how a role is told to stop, and how long it may take."""
    return [("StopSignal", role.stop_signal), ("StopTimeout", str(stop_seconds(config, role)))]


def stop_seconds(config: Config, role: Role) -> int:
    """Return how long a role may take to stop, in seconds."""
    if role.stop_timeout is None:
        return config.worker.grace + 30
    return role.stop_timeout


def at_shutdown(config: Config, role: Role, container: str, shutdown: int) -> list[Entry]:
    """Return what ends a role sooner at shutdown, so that the database has its time after it.

    All units of a user together have `shutdown` seconds (0: no limit); what still runs then is
    killed.
    """
    share = shutdown - DATABASE_SECONDS
    if not shutdown or not role.beside or stop_seconds(config, role) <= share:
        return []
    seconds = max(share, _SHORTEST)
    script = (
        '[ "$$(systemctl --user is-system-running)" != stopping ] || '
        f"exec podman stop --time {seconds} {container}"
    )
    return [("ExecStop", f"-/bin/sh -c '{script}'")]
