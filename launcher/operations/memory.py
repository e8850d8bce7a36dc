"""How much memory this host had when the database was started; it runs on with that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from launcher.host import files, machine
from launcher.model.tuning import rounded

if TYPE_CHECKING:
    from launcher.operations.instance import Instance


def memory(instance: Instance) -> int:
    """Return the bytes of memory that the database's values are derived from.

    While one runs these are what it was started with: a guard, a login and a boot may each see
    another limit, and none of them shall restart it.
    """
    now, text = rounded(machine.memory()), (files.read(instance.paths.memory) or "").strip()
    noted = int(text) if text.isdigit() and int(text) else now
    return noted if noted == now or _runs(instance) else now


def keep_memory(instance: Instance, found: int) -> None:
    """Note what `memory` returned, as the database is started with that."""
    if files.read(instance.paths.memory) != str(found):
        files.write(instance.paths.memory, str(found))


def _runs(instance: Instance) -> bool:
    (database,) = instance.systemd.states([instance.names.service(instance.names.container("db"))])
    return database.is_up or database.is_coming
