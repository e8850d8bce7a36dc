"""Start the instance; a generation that was built meanwhile takes over."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from launcher.host.systemd import DISABLED
from launcher.model.errors import LauncherError, NotReady, SwitchFailed
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
from launcher.operations.switch import runs, switch

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    with _kept_up(instance, current, generation):
        return switch(instance, current, generation)


@contextlib.contextmanager
def _kept_up(instance: Instance, current: Generation, due: Generation) -> Iterator[None]:
    """Let the generation of before serve where the one that is due is refused, and nothing did."""
    up = runs(instance, current)
    try:
        yield
    except SwitchFailed:
        raise
    except LauncherError as error:
        if not up and instance.journal() is None:
            instance.reporter.note(
                f"Generation {due.number} can not take over: {error.message}. Generation "
                f"{current.number} is started; for good: pulp-launcher generation remove "
                f"{due.number}"
            )
            bring_up(instance, current)
        raise


def startable(instance: Instance, due: Generation | None) -> Generation:
    """Return the generation that is due; raises NotReady where there is none, or no image of it."""
    if due is None or instance.podman.image_id(due.image) is None:
        what = "nothing is built yet" if due is None else f"the image {due.image} is gone"
        raise NotReady(what, hint="Build it with: pulp-launcher rebuild")
    return due
