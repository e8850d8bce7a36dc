"""Take over the data of an instance that was taken off this host, with the care of a switch.

After `destroy` without `--purge` no generation is current, and there is a database all the same.
Its migrations are tried on a copy, and a snapshot is taken, before a new generation changes it.
"""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

from launcher.host import files
from launcher.model.errors import GateFailed, UnitFailed
from launcher.operations.database import try_migrations
from launcher.operations.folders import prepare_folders
from launcher.operations.held_content import refuse_unserved
from launcher.operations.install import install_frame, write_settings, write_units
from launcher.operations.major import majors
from launcher.operations.migrate import run_migrations
from launcher.operations.places import mark_places
from launcher.operations.processes import forget_ended
from launcher.operations.room import check_room, check_trial_room
from launcher.operations.snapshot import restore_snapshot, take_snapshot
from launcher.operations.waiting import start_units
from launcher.render.units import containers_of, units

if TYPE_CHECKING:
    from pathlib import Path

    from launcher.operations.instance import Instance
    from launcher.render.units import Desired

_BASE = ("db", "cache")
_NONE = 0
"""The number in the snapshot's name where no generation was left."""


def adopt_data(instance: Instance, wanted: Desired) -> None:
    """Migrate a database that no generation of this host is current for; without one do nothing.

    Raises:
        GateFailed: the migrations fail, on a copy or on the database; it is as it was before.
        HostUnfit: there is no space for them.

    """
    config, image = wanted.config, wanted.generation.image
    if instance.current() is not None or not majors(instance, config, image):
        return
    with instance.reporter.step("Trying the migrations on a copy of the database that is there"):
        _await_migrations(instance)
        _start_base(instance, wanted)
        refuse_data_of_before(instance, wanted)
        check_trial_room(instance)
        migrations = try_migrations(instance, wanted)
    if migrations.pending:
        check_room(instance)
        _migrate(instance, wanted)


def refuse_data_of_before(instance: Instance, wanted: Desired) -> None:
    """Make sure that a generation can serve what was there before it; else let nothing of it be."""
    try:
        refuse_unserved(instance, wanted)
    except GateFailed:
        # Its units would be started by a boot.
        write_units(instance, {})
        raise


def _await_migrations(instance: Instance) -> None:
    """Let migrations end that are still at work since a launcher was killed."""
    migrate = instance.names.service(instance.names.container("migrate"))
    if instance.systemd.states([migrate])[0].is_coming:
        with contextlib.suppress(UnitFailed):
            run_migrations(instance)


def _base(wanted: Desired) -> dict[str, str]:
    shared = {name: text for name, text in units(wanted).items() if not name.endswith(".container")}
    return {**shared, **containers_of(wanted, _BASE)}


def _start_base(instance: Instance, wanted: Desired) -> None:
    write_settings(instance, wanted)
    install_frame(instance, wanted)
    write_units(instance, _base(wanted))
    prepare_folders(instance, wanted)
    mark_places(instance, wanted)
    start_units(instance, [instance.names.service(instance.names.container(one)) for one in _BASE])


def _migrate(instance: Instance, wanted: Desired) -> None:
    number = wanted.generation.number
    snapshot = instance.paths.snapshot(_NONE, number, int(time.time() * 1000))
    with instance.reporter.step("Taking a snapshot of the database"):
        take_snapshot(instance, snapshot)
    try:
        with instance.reporter.step("Migrating the database"):
            forget_ended(instance)
            write_units(instance, {**_base(wanted), **containers_of(wanted, ["migrate"])})
            run_migrations(instance)
    except UnitFailed as error:
        _go_back(instance, wanted, snapshot)
        raise GateFailed(
            f"the migrations of generation {number} fail; the database is as it was before",
            details=error.details,
            hint="Build a generation like the one that the data are of: choose its versions in "
            f"{instance.paths.manifest}, then: pulp-launcher rebuild",
        ) from error
    instance.reporter.note(f"The database of before the migrations is in {snapshot}")


def _go_back(instance: Instance, wanted: Desired, snapshot: Path) -> None:
    with instance.reporter.step("Putting the database back"):
        write_units(instance, _base(wanted))
        restore_snapshot(instance, snapshot)
        files.remove(snapshot)
