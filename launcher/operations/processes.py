"""What processes that were killed left in the database, which stands in the way of migrations.

A process that ends well takes its row away. Of one that was killed, by systemd after its grace, by
the kernel for memory or by a power cut, Pulp believes for a while that it lives still, and refuses
migrations that require a newer one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from launcher.host import postgres
from launcher.model.processes import TABLES, ended

if TYPE_CHECKING:
    from launcher.operations.instance import Instance

_HOST = "split_part(name, '@', 2)"


def forget_ended(instance: Instance) -> tuple[str, ...]:
    """Let Pulp know which containers have ended, and return their names; raises EngineFailed.

    The rows are not removed but made old: Pulp itself then does what is to be done for one that
    is gone, as for its tasks, and one that lived after all would be there again with its next beat.
    """
    podman, container = instance.podman, instance.names.container("db")
    names = ", ".join(f"'{table}'" for table in TABLES)
    tables = postgres.rows(
        podman,
        container,
        "SELECT table_name FROM information_schema.columns WHERE table_schema = 'public' "  # noqa: S608
        f"AND column_name = 'last_heartbeat' AND table_name IN ({names})",
    )
    gone: set[str] = set()
    for table in tables:
        gone.update(_forget(instance, table[0]))
    return tuple(sorted(gone))


def _forget(instance: Instance, table: str) -> tuple[str, ...]:
    podman, container = instance.podman, instance.names.container("db")
    hosts = postgres.rows(podman, container, f"SELECT DISTINCT {_HOST} FROM {table}")  # noqa: S608
    running = [item.name for item in podman.containers(instance.names.labels) if item.running]
    found = ended((host[0] for host in hosts), instance.names.prefix, running)
    if found:
        words = ", ".join(f"'{name}'" for name in found)
        postgres.rows(
            podman,
            container,
            f"UPDATE {table} SET last_heartbeat = 'epoch' WHERE {_HOST} IN ({words})",  # noqa: S608
        )
    return found
