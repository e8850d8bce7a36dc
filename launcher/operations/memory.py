"""How much memory this host had when the database was started; it runs on with that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from launcher.host import files, machine
from launcher.model.tuning import rounded

if TYPE_CHECKING:
    from launcher.operations.instance import Instance


def memory(instance: Instance) -> int:
    """Return the bytes of memory that the database's values are derived from."""
    text = (files.read(instance.paths.memory) or "").strip()
    return int(text) if text.isdigit() and int(text) else rounded(machine.memory())


def keep_memory(instance: Instance) -> None:
    """Note the memory of this host, but not while a database runs that was started with another.

    A guard, a login and a boot may each see another limit; none of them shall restart a database.
    """
    database = instance.names.service(instance.names.container("db"))
    known = instance.paths.memory.exists()
    if not known or not instance.systemd.states([database])[0].is_up:
        files.write(instance.paths.memory, str(rounded(machine.memory())))
