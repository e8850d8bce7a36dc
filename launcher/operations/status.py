"""What runs, what of it is healthy, and what waits to be built or started."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from launcher.host import files
from launcher.host.systemd import DISABLED
from launcher.model.errors import LauncherError
from launcher.model.health import reported
from launcher.operations import auto_upgrade
from launcher.operations.changing import FINISHING
from launcher.operations.desired import desired, pending
from launcher.operations.list_plugins import list_plugins
from launcher.operations.missing import missing
from launcher.operations.observe import Observed, RoleStatus, observe, role_states
from launcher.operations.own_settings import config_of, not_in_force, told
from launcher.operations.places import missing_places
from launcher.render.units import units

if TYPE_CHECKING:
    from launcher.model.config import Config
    from launcher.model.generation import Generation
    from launcher.model.journal import Journal
    from launcher.operations.auto_upgrade import AutoUpgrade
    from launcher.operations.instance import Instance


@dataclass(frozen=True)
class Status:
    """The whole picture; `lacks` is empty when all of Pulp is there and healthy."""

    instance: str
    url: str
    healthy: bool
    generation: int | None
    newest: int | None
    roles: tuple[RoleStatus, ...]
    versions: dict[str, str]
    workers: int
    lacks: tuple[str, ...]
    pending: tuple[str, ...]
    upgrades: AutoUpgrade


def status(instance: Instance) -> Status:
    """Return the state of the instance; raises InputInvalid, NotReady where there is none."""
    config = instance.config()
    current, newest = instance.current(), instance.due()
    if current:
        config = config_of(instance, current)
    seen = _observed(instance, current, config)
    gone = missing(instance, current, config) if current else missing_places(instance, config)
    problems = (*seen.problems, *gone)
    return Status(
        instance=instance.names.instance,
        url=config.origin,
        healthy=not problems,
        generation=current.number if current else None,
        newest=newest.number if newest else None,
        roles=seen.roles,
        versions=reported(seen.answer) if seen.answer else {},
        workers=len(seen.answer.get("online_workers", [])) if seen.answer else 0,
        lacks=problems,
        pending=tuple(_pending(instance, current, newest)),
        upgrades=auto_upgrade.status(instance),
    )


def _observed(instance: Instance, current: Generation | None, config: Config) -> Observed:
    if current is None:
        newest = instance.newest()
        rows = role_states(instance, config, newest.number if newest else 1)
        return Observed(rows, None, ("it was not started yet",))
    return observe(instance, current, config)


def _pending(
    instance: Instance, current: Generation | None, newest: Generation | None
) -> list[str]:
    """Return what the files say that the running containers do not have yet, with the next step."""
    found = []
    journal = instance.journal()
    if journal:
        found.append(_unfinished(instance, journal))
    not_built = list_plugins(instance).pending if instance.paths.manifest.exists() else ""
    if not_built:
        found.append(not_built)
    if newest is None or journal:
        return found
    if current is None or newest.number != current.number:
        found.append(f"generation {newest.number} is not started yet: run pulp-launcher start")
    elif _differs(instance, newest):
        found.append("the units are not those of the config: run pulp-launcher start")
    if current and instance.systemd.states([instance.names.target])[0].at_boot == DISABLED:
        found.append("it does not come up when the host boots, until pulp-launcher start")
    names = not_in_force(instance, current) if current else ()
    if current and names:
        found.append(told(names, current.number))
    return found


def _unfinished(instance: Instance, journal: Journal) -> str:
    what = f"the switch from generation {journal.old} to {journal.new}"
    guard = instance.names.resume_service
    if not instance.systemd.states([guard])[0].is_up:
        return f"{what} did not end: run pulp-launcher start"
    if files.purpose(instance.paths.mutex) != FINISHING:
        return f"{what} is under way"
    follow = instance.systemd.command_to_follow(guard)
    return f"{what} was interrupted and is being finished: {follow}"


def _differs(instance: Instance, generation: Generation) -> bool:
    try:
        return bool(pending(instance, units(desired(instance, generation))))
    except LauncherError:
        return False
