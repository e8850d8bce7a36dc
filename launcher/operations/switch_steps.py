"""The steps of a switch, in their order; each can be done again when it was cut short."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from launcher.host import files
from launcher.model import roles
from launcher.model.errors import UnitFailed
from launcher.model.migrations import Kind
from launcher.operations.desired import generation_of, installed, services
from launcher.operations.install import load_site, outdated, write_site, write_units
from launcher.operations.migrate import run_migrations
from launcher.operations.observe import gate, observe, observe_behind
from launcher.operations.processes import forget_ended
from launcher.operations.snapshot import restore_snapshot, take_snapshot
from launcher.operations.waiting import restart_units, start_units, stop_units
from launcher.render.nginx import closed
from launcher.render.units import SITE, containers_of, etc, units

if TYPE_CHECKING:
    from collections.abc import Callable

    from launcher.model.generation import Generation
    from launcher.model.journal import Journal
    from launcher.operations.instance import Instance
    from launcher.render.units import Desired

BESIDE = tuple(role.name for role in roles.ROLES if role.beside)


@dataclass(frozen=True)
class Switch:
    """A switch under way: where it stands, and what shall be at its end."""

    instance: Instance
    journal: Journal
    old: Generation
    new: Generation
    wanted: Desired

    @property
    def snapshot(self) -> Path:
        return Path(self.journal.snapshot)

    def noted(self, **changes: object) -> Switch:
        """Return the switch with another state of the journal, which is on the disk then."""
        journal = self.journal.model_copy(update=changes)
        # It may hold settings that are nobody's business.
        files.write(self.instance.paths.journal, journal.model_dump_json(), files.PRIVATE)
        return replace(self, journal=journal)


@dataclass(frozen=True)
class Step:
    """One step: what the user reads, what is done, and whether this switch needs it.

    A step that is `final` is not gone back from: what fails there is tried again.
    """

    name: str
    title: str
    do: Callable[[Switch], None]
    needed: Callable[[Journal], bool] = lambda _: True
    final: bool = False


def wake(instance: Instance) -> None:
    """Start the database and the cache, where they are down."""
    names = instance.names
    start_units(instance, [names.service(names.container(role)) for role in ("db", "cache")])


def _retire(found: Switch) -> None:
    instance = found.instance
    write_site(instance, closed(found.wanted.config))
    load_site(instance)
    there = installed(instance)
    write_units(instance, without(there, own(there, found.old.number)))


def _take_snapshot(found: Switch) -> None:
    take_snapshot(found.instance, found.snapshot)


def _restore(found: Switch) -> None:
    restore_snapshot(found.instance, Path(found.journal.dump))


def _migrate(found: Switch) -> None:
    instance, names = found.instance, found.instance.names
    write_units(instance, {**installed(instance), **containers_of(found.wanted, ["migrate"])})
    migrate = names.service(names.container("migrate"))
    if instance.systemd.states([migrate])[0].is_coming:
        # One that is still at work since a launcher was killed, or since a boot, is not disturbed;
        # but it may be that of the old generation.
        with contextlib.suppress(UnitFailed):
            run_migrations(instance)
    stop_units(instance, [migrate])
    forget_ended(instance)
    run_migrations(instance)


def _start_beside(found: Switch) -> None:
    instance, config, new = found.instance, found.wanted.config, found.new
    write_units(instance, {**installed(instance), **containers_of(found.wanted, BESIDE)})
    start_units(instance, services(instance, config, new.number, *BESIDE))
    gate(new, lambda: observe_behind(instance, new, found.wanted.config))


def _renew_platform(found: Switch) -> None:
    instance, new = found.instance, found.new
    quadlets = {**installed(instance), **units(found.wanted)}
    write_units(instance, quadlets)
    stale = outdated(instance, quadlets)
    if stale:
        restart_units(instance, stale)
        gate(new, lambda: observe_behind(instance, new, found.wanted.config))


def _front(found: Switch) -> None:
    instance, config, new = found.instance, found.wanted.config, found.new
    write_site(instance, etc(found.wanted)[SITE])
    load_site(instance)
    start_units(instance, [instance.names.target, *services(instance, config, new.number, "web")])
    gate(new, lambda: observe(instance, new, config).problems)


def _drain(found: Switch) -> None:
    write_units(found.instance, units(found.wanted))


STEPS = (
    Step("retire", "Stopping generation {old}", _retire, lambda journal: journal.alone),
    Step(
        "snapshot",
        "Taking a snapshot of the database",
        _take_snapshot,
        lambda journal: journal.kind is not Kind.NONE,
    ),
    Step("restore", "Putting the database back", _restore, lambda journal: bool(journal.dump)),
    Step("migrate", "Migrating the database", _migrate),
    Step("beside", "Starting generation {new}", _start_beside),
    Step("platform", "Renewing what is below Pulp", _renew_platform),
    Step("front", "Letting generation {new} answer", _front),
    Step("drain", "Letting generation {old} end its work", _drain, final=True),
)
"""All steps; `retire` is needed where the old generation may not see the migrations happen."""

HARMLESS = ("retire", "snapshot")
"""The steps that leave the database as it is."""


def own(quadlets: dict[str, str], generation: int) -> dict[str, str]:
    """Return those of the quadlets (file name → text) that belong to one generation alone."""
    return {name: text for name, text in quadlets.items() if generation_of(text) == generation}


def without(quadlets: dict[str, str], others: dict[str, str]) -> dict[str, str]:
    return {name: text for name, text in quadlets.items() if name not in others}


def services_of(instance: Instance, quadlets: dict[str, str]) -> list[str]:
    """Return the services of the containers among quadlets."""
    return [instance.names.service_of(name) for name in quadlets if name.endswith(".container")]
