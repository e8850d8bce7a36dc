"""Let an instance upgrade itself at set times, and tell how that went."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from launcher.host import files, package, proxy
from launcher.host.uv import others_say
from launcher.operations.changing import changing
from launcher.operations.preflight import check_lingering
from launcher.operations.proxy import proxy_address
from launcher.render.timer import ONLY_PATCH, SECURITY_ONLY, Upgrading, schedule_of, timer_units

if TYPE_CHECKING:
    from pathlib import Path

    from launcher.operations.instance import Instance

DAILY = "*-*-* 03:00"
"""At three in the morning, in this host's time."""


@dataclass(frozen=True)
class AutoUpgrade:
    """The schedule, and when it ran last and runs next (systemd's time stamps).

    `result` is systemd's word for how the last run since the host came up ended, `success` if well;
    `said` are the last lines of the journal, which may be of an earlier run.
    """

    enabled: bool
    schedule: str = ""
    only_patch: bool = False
    security_only: bool = False
    next: str = ""
    last: str = ""
    result: str = ""
    said: str = ""

    @property
    def outcome(self) -> str:
        """When it ran last and how that ended, in words."""
        if not self.last:
            return "never"
        how = self.result or "its end is not known: it runs, or the host was down"
        return f"{self.last}, {how}"


def enable(
    instance: Instance, *, schedule: str, only_patch: bool = False, security_only: bool = False
) -> AutoUpgrade:
    """Upgrade the instance at these times from now on.

    Raises:
        UsageProblem: systemd does not understand the schedule.
        NotReady: there is no instance yet, or no secret that the manifest's proxy refers to.
        HostUnfit: no systemd, or no lingering.

    """
    instance.systemd.check()
    instance.systemd.check_calendar(schedule)
    _check_proxy(instance)
    _check_variables(instance)
    check_lingering(instance)
    names = instance.names
    variables = instance.paths.variables if instance.rootless else None
    wanted = Upgrading(names, package.program(), schedule, only_patch, security_only, variables)
    with changing(instance):
        files.write_all({_path(instance, name): text for name, text in timer_units(wanted).items()})
        instance.systemd.reload()
        instance.systemd.enable(names.upgrade_timer)
        instance.systemd.restart([names.upgrade_timer])
    return status(instance)


def _check_proxy(instance: Instance) -> None:
    """Make sure that the service, which has nobody's environment, knows its proxy."""
    manifest = instance.manifest()
    address = proxy_address(manifest, instance.paths.manifest, instance.podman, instance.names)
    if not address and proxy.called_with():
        instance.reporter.note(
            "The proxy of this shell's environment does not count for the timer; name it under "
            f"[image] in {instance.paths.manifest} if the host has to go through it"
        )


def _check_variables(instance: Instance) -> None:
    if said := others_say():
        instance.reporter.note(
            f"{', '.join(said)} of this shell's environment does not count for the timer; name "
            f"indexes under [index] in {instance.paths.manifest}"
        )


def disable(instance: Instance) -> tuple[str, ...]:
    """Upgrade the instance no more by itself, and return the units that were removed."""
    instance.systemd.check()
    with changing(instance):
        gone = remove_timer(instance)
        if gone:
            instance.systemd.reload()
    return gone


def remove_timer(instance: Instance) -> tuple[str, ...]:
    """Stop the timer and remove its units; an upgrade that is under way goes on to its end."""
    names = (instance.names.upgrade_timer, instance.names.upgrade_service)
    there = tuple(name for name in names if _path(instance, name).exists())
    if instance.names.upgrade_timer in there:
        instance.systemd.stop([instance.names.upgrade_timer])
        instance.systemd.disable(instance.names.upgrade_timer)
    for name in there:
        files.remove(_path(instance, name))
    return there


def status(instance: Instance) -> AutoUpgrade:
    """Return whether and when the instance upgrades itself, and how that went last."""
    timer = files.read(_path(instance, instance.names.upgrade_timer))
    if timer is None:
        return AutoUpgrade(enabled=False)
    service = instance.names.upgrade_service
    command = files.read(_path(instance, service)) or ""
    run = instance.systemd.scheduled(instance.names.upgrade_timer, service)
    return AutoUpgrade(
        enabled=True,
        schedule=schedule_of(timer),
        only_patch=ONLY_PATCH in command,
        security_only=SECURITY_ONLY in command,
        next=run.next,
        last=run.last,
        result=run.result,
        said=instance.systemd.last_words(service) if run.last else "",
    )


def _path(instance: Instance, name: str) -> Path:
    return instance.paths.unit_dir / name
