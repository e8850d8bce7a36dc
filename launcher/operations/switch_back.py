"""The way back from a switch whose step failed, to what was there before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from launcher.host import files
from launcher.model.errors import LauncherError, SwitchFailed, UnitFailed
from launcher.model.generation import Current
from launcher.operations.desired import installed
from launcher.operations.install import load_site, outdated, write_site, write_units
from launcher.operations.observe import gate, unready
from launcher.operations.own_settings import set_aside
from launcher.operations.room import give_room
from launcher.operations.snapshot import restore_snapshot
from launcher.operations.switch_steps import HARMLESS, own, services_of, wake, without
from launcher.operations.waiting import restart_units, start_units, stop_units

if TYPE_CHECKING:
    from launcher.model.generation import Generation
    from launcher.operations.switch_steps import Switch


def go_back(found: Switch) -> None:
    """Make all be as it was before the switch; raises what stands in the way of that."""
    instance = found.instance
    with instance.reporter.step(f"Going back to generation {found.old.number}"):
        if not found.journal.alone:
            # It serves still, and shall while those of the new one end.
            _turn_back(found)
        stop_units(instance, services_of(instance, own(installed(instance), found.new.number)))
        _restore_database(found)
        _bring_back(found)
    record = record_of(found)
    left = max(record.skipped, found.new.number)
    set_aside(instance, found.old, found.wanted.config.settings)
    settle(found, record.model_copy(update={"skipped": left}), found.new)
    files.remove(found.snapshot)


def _bring_back(found: Switch) -> None:
    """Let the old generation serve; where it did not before either, the switch ends without."""
    instance, old = found.instance, found.old
    try:
        _reinstall(found)
        _turn_back(found)
        gate(old, lambda: unready(instance, old, found.wanted.config))
    except LauncherError as error:
        if found.journal.up:
            raise
        settle(found, record_of(found), found.new)
        raise SwitchFailed(
            f"generation {found.new.number} could not take over: {found.journal.cause}. "
            f"Generation {old.number}, which was not up before, does not come up either",
            details=error.details or error.message,
            hint="Mend the cause, then: pulp-launcher rebuild, and pulp-launcher start",
        ) from error


def _turn_back(found: Switch) -> None:
    """Let the web server send every request where it did before the switch."""
    write_site(found.instance, found.journal.site)
    load_site(found.instance)


def _reinstall(found: Switch) -> None:
    """Let run what ran before the switch; its migrations last, as it must not depend on them."""
    instance, quadlets = found.instance, found.journal.quadlets
    migrate = instance.names.service(instance.names.container("migrate"))
    stop_units(instance, [migrate])
    write_units(instance, quadlets)
    restart_units(instance, outdated(instance, quadlets))
    start_units(instance, [one for one in services_of(instance, quadlets) if one != migrate])
    try:
        start_units(instance, [instance.names.target, migrate])
    except UnitFailed as error:
        instance.reporter.note(f"{migrate} did not end well: {error.details}")


def _restore_database(found: Switch) -> None:
    """Put the database back to what it was, where nobody but the new generation had it since."""
    instance, journal = found.instance, found.journal
    if not journal.alone or not found.snapshot.exists() or journal.step in HARMLESS:
        return
    # Should the host go down now, the old generation may not come up on the newer database.
    write_units(instance, without(journal.quadlets, own(journal.quadlets, found.old.number)))
    wake(instance)
    restore_snapshot(instance, found.snapshot)
    # What the old generation writes from now on may not be undone by a second time.
    files.remove(found.snapshot)


def record_of(found: Switch) -> Current:
    """Return the record from before the switch; it stays until all is done."""
    return found.instance.record() or Current(generation=found.old.number)


def settle(found: Switch, record: Current, gone: Generation) -> None:
    paths = found.instance.paths
    found.instance.keep(record)
    files.remove(paths.journal)
    give_room(found.instance)
    files.remove(paths.etc / str(gone.number))
