"""Make what is on the host be what one generation and the config say, where nothing has to switch.

What is outdated is replaced in its place. It needs no journal: the engine itself says what is
outdated, so that a run which was killed is made up for by the next. Where a changed config does not
come up, that of before does again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from launcher.model.errors import LauncherError, UnitFailed
from launcher.model.generation import Current
from launcher.operations.adopt_data import adopt_data, refuse_data_of_before
from launcher.operations.desired import desired, installed_services, services
from launcher.operations.fall_back import adopt, fall_back, is_changed, remember
from launcher.operations.folders import prepare_folders
from launcher.operations.held_content import check_held
from launcher.operations.install import forget_remade, install, load_site, outdated
from launcher.operations.memory import keep_memory
from launcher.operations.migrate import run_migrations
from launcher.operations.observe import gate, observe
from launcher.operations.places import is_new, mark_places, settle_places
from launcher.operations.processes import forget_ended
from launcher.operations.prune import prune
from launcher.operations.put_back import put_back
from launcher.operations.secrets import ensure_secrets
from launcher.operations.storage import is_moved
from launcher.operations.waiting import restart_units, start_units, stop_units
from launcher.render.units import units

if TYPE_CHECKING:
    from launcher.model.config import Config
    from launcher.model.generation import Generation
    from launcher.operations.instance import Instance
    from launcher.render.units import Desired


@dataclass(frozen=True)
class Started:
    """The generation that serves, where, and the units that were changed and restarted for it.

    `old` is the generation that served before, where it was another.
    """

    generation: int
    url: str
    changed: tuple[str, ...]
    restarted: tuple[str, ...]
    old: int | None = None


def bring_up(instance: Instance, generation: Generation) -> Started:
    """Bring a generation up and wait until Pulp answers; where it runs already, do nothing.

    Raises:
        UnitFailed: a unit is refused, or does not come up.
        GateFailed: the units are up, but Pulp is not whole; or it would lack a plugin, and
            nothing was done.
        StartFailed: anything went wrong with a changed config; that of before serves again.

    """
    wanted = desired(instance, generation)
    ensure_secrets(instance, fresh=is_new(instance))
    keep_memory(instance, wanted.memory)
    put_back(instance, wanted)
    adopt_data(instance, wanted)
    asked = _is_asked(instance, wanted)
    adopt(instance, generation)
    # What was written where the data are now is not left behind.
    good = None if is_moved(instance, wanted.config) else instance.known_good(generation.number)
    try:
        started = _brought_up(instance, wanted, asked=asked)
    except LauncherError as error:
        if good and is_changed(instance, good, generation.number):
            fall_back(instance, generation, good, error)
        raise
    remember(instance, wanted)
    return started


def _brought_up(instance: Instance, wanted: Desired, *, asked: bool) -> Started:
    generation = wanted.generation
    changes = install(instance, wanted)
    load_site(instance)
    stale = outdated(instance, units(wanted))
    prepare_folders(instance, wanted)
    mark_places(instance, wanted)
    # From now on the places are known, and are sought where there is a record of what serves.
    if instance.current() is None:
        instance.keep(Current(generation=generation.number))
    _up(instance, wanted, stale, asked=asked)
    forget_remade(instance)
    settle_places(instance, wanted)
    await_whole(instance, generation, wanted.config)
    prune(instance, wanted.config.generations.keep)
    names = tuple(change.name for change in changes)
    return Started(generation.number, wanted.config.origin, names, tuple(stale))


def _is_asked(instance: Instance, wanted: Desired) -> bool:
    """Ask the database of the units on this host what it holds; tell whether that could be done."""
    if not installed_services(instance, "db"):
        return False
    try:
        check_held(instance, wanted)
    except UnitFailed:
        # What it lacks may be put back with the units.
        return False
    return True


def _up(instance: Instance, wanted: Desired, stale: list[str], *, asked: bool) -> None:
    """Start what is down and replace what is outdated; the migrations are waited for first.

    The database is `asked` what it holds before that, where it could not be earlier.
    """
    config, generation = wanted.config, wanted.generation.number
    first = services(instance, config, generation, "db", "cache")
    migrate = services(instance, config, generation, "migrate")
    with instance.reporter.step("Preparing the database"):
        # Should we be killed from here on, migrations that ran for another image do not count.
        stop_units(instance, [*(unit for unit in stale if unit not in first), *(stale and migrate)])
        restart_units(instance, [unit for unit in stale if unit in first])
        start_units(instance, first)
        if not asked:
            refuse_data_of_before(instance, wanted)
        if not all(state.is_up for state in instance.systemd.states(migrate)):
            forget_ended(instance)
        run_migrations(instance)
    with instance.reporter.step("Starting the services"):
        start_units(instance, [instance.names.target, *services(instance, config, generation)])


def await_whole(instance: Instance, generation: Generation, config: Config) -> None:
    """Wait until systemd, podman and Pulp itself, through the web role, say that all is there.

    Raises:
        GateFailed: something is missing when the time for that is over.

    """
    with instance.reporter.step("Waiting until Pulp answers"):
        gate(generation, lambda: observe(instance, generation, config).problems)
