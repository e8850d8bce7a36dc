"""Make what is on the host be what one generation and the config say, where nothing has to switch.

What is outdated is replaced in its place. It needs no journal: the engine itself says what is
outdated, so that a run which was killed is made up for by the next. Where a changed config does not
come up, that of before does again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from launcher.model.errors import GateFailed, UnitFailed
from launcher.model.generation import Current
from launcher.operations.desired import desired, services
from launcher.operations.fall_back import adopt, fall_back, is_changed, remember
from launcher.operations.folders import check_mounts, prepare_folders
from launcher.operations.install import install, load_site, outdated
from launcher.operations.observe import gate, observe
from launcher.operations.preflight import check_host
from launcher.operations.prune import prune
from launcher.operations.secrets import ensure_secrets
from launcher.operations.storage import check_storage, is_moved
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
        HostUnfit: no lingering, the port is taken, the data are elsewhere.
        UnitFailed: a unit is refused, or does not come up.
        GateFailed: the units are up, but Pulp is not whole.
        StartFailed: one of these with a changed config; that of before serves again.

    """
    wanted = desired(instance, generation)
    check_host(instance, wanted.config)
    check_storage(instance, wanted)
    check_mounts(instance, wanted)
    ensure_secrets(instance)
    adopt(instance, generation)
    # What was written where the data are now is not left behind.
    good = None if is_moved(instance, wanted) else instance.known_good(generation.number)
    try:
        started = _brought_up(instance, wanted)
    except (UnitFailed, GateFailed) as error:
        if good and is_changed(instance, good, generation.number):
            fall_back(instance, generation, good, error)
        raise
    remember(instance, wanted)
    return started


def _brought_up(instance: Instance, wanted: Desired) -> Started:
    generation = wanted.generation
    changes = install(instance, wanted)
    load_site(instance)
    stale = outdated(instance, units(wanted))
    if instance.current() is None:
        instance.keep(Current(generation=generation.number))
    prepare_folders(instance, wanted)
    _up(instance, wanted.config, generation.number, stale)
    await_whole(instance, generation, wanted.config)
    prune(instance, wanted.config.generations.keep)
    names = tuple(change.name for change in changes)
    return Started(generation.number, wanted.config.origin, names, tuple(stale))


def _up(instance: Instance, config: Config, generation: int, stale: list[str]) -> None:
    """Start what is down and replace what is outdated; the migrations are waited for first."""
    first = services(instance, config, generation, "db", "cache")
    migrate = services(instance, config, generation, "migrate")
    with instance.reporter.step("Preparing the database"):
        # Should we be killed from here on, migrations that ran for another image do not count.
        stop_units(instance, [*(unit for unit in stale if unit not in first), *(stale and migrate)])
        restart_units(instance, [unit for unit in stale if unit in first])
        start_units(instance, first)
        run_migrations(instance)
    with instance.reporter.step("Starting the services"):
        start_units(instance, [instance.names.target, *services(instance, config, generation)])


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


def await_whole(instance: Instance, generation: Generation, config: Config) -> None:
    """Wait until systemd, podman and Pulp itself, through the web role, say that all is there.

    Raises:
        GateFailed: something is missing when the time for that is over.

    """
    with instance.reporter.step("Waiting until Pulp answers"):
        gate(generation, lambda: observe(instance, generation, config).problems)
