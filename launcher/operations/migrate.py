"""Run the role that migrates the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from launcher.model.errors import UnitFailed
from launcher.operations.waiting import start_units

if TYPE_CHECKING:
    from launcher.operations.instance import Instance


def run_migrations(instance: Instance) -> None:
    """Start the role that migrates the database, and wait for its end; raises UnitFailed."""
    try:
        start_units(instance, [instance.names.service(instance.names.container("migrate"))])
    except UnitFailed as error:
        raise UnitFailed(
            "the database could not be brought to the new image",
            details=error.details,
            hint="Read on with: pulp-launcher logs migrate",
        ) from error
