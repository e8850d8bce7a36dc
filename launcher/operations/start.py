"""Start the instance; a generation that was built meanwhile takes over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from launcher.host.systemd import DISABLED
from launcher.model.errors import NotReady
from launcher.operations import hooks
from launcher.operations.bring_up import Started, bring_up
from launcher.operations.changing import changing
from launcher.operations.desired import desired
from launcher.operations.folders import check_mounts
from launcher.operations.major import check_major
from launcher.operations.own_secrets import check_own_secrets
from launcher.operations.own_settings import follow_config
from launcher.operations.preflight import check_host, check_settings
from launcher.operations.ready import check_own
from launcher.operations.signing_services import warn_of_lost_keys
from launcher.operations.storage import is_moved
from launcher.operations.switch import switch

if TYPE_CHECKING:
    from launcher.model.generation import Generation
    from launcher.operations.instance import Instance


def start(instance: Instance) -> Started:
    """Start the newest generation and wait until Pulp answers; where it runs already, do nothing.

    A generation that was left again, by `rollback` or as it failed, is not started anew.

    Raises:
        NotReady: nothing is built yet.
        HostUnfit: no systemd, no lingering, the port is taken.
        UnitFailed: a unit is refused, or does not come up.
        GateFailed: the units are up, but Pulp is not whole.
        SwitchFailed: the newest generation could not take over; the one before serves again.

    """
    instance.systemd.check()
    with hooks.told_of_failure(instance), changing(instance):
        started = start_generation(instance, startable(instance, instance.due()))
        warn_of_lost_keys(instance)
        _come_up_at_boot(instance)
    if started.old:
        number = started.generation
        hooks.succeeded(instance, f"generation {number} serves", number)
    return started


def _come_up_at_boot(instance: Instance) -> None:
    """Undo what `stop` did for good."""
    target = instance.names.target
    if instance.systemd.states([target])[0].at_boot == DISABLED:
        instance.systemd.enable(target)


def start_generation(instance: Instance, generation: Generation) -> Started:
    """Start a generation, in the place of the current one if that is another; raises as `start`."""
    config, wanted = instance.config(), desired(instance, generation)
    check_host(instance, config)
    check_own_secrets(instance, wanted.config)
    check_settings(instance, wanted)
    check_mounts(instance, wanted)
    check_own(instance, config)
    check_major(instance, wanted)
    current = instance.current()
    if current is None or current.number == generation.number:
        return bring_up(instance, generation)
    if is_moved(instance, config):
        # The data first: it is where they are now that they have to be migrated.
        bring_up(instance, current)
    if generation.number > current.number:
        follow_config(instance, generation)
    return switch(instance, current, generation)


def startable(instance: Instance, due: Generation | None) -> Generation:
    """Return the generation that is due; raises NotReady where there is none, or no image of it."""
    if due is None or instance.podman.image_id(due.image) is None:
        what = "nothing is built yet" if due is None else f"the image {due.image} is gone"
        raise NotReady(what, hint="Build it with: pulp-launcher rebuild")
    return due
