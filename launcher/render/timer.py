"""The units that upgrade an instance by themselves: a timer, and the service that it starts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from launcher.render.unit import Entry, calling, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from launcher.model.names import Names

ONLY_PATCH = "--only-patch"
SECURITY_ONLY = "--security-only"
_SCHEDULE = re.compile(r"^OnCalendar=(.*)$", re.MULTILINE)
_HEAD = "Written by pulp-launcher; to change it: pulp-launcher auto-upgrade enable"


@dataclass(frozen=True)
class Upgrading:
    """When an instance is upgraded (systemd.time), how far, and by which program."""

    names: Names
    program: tuple[str, ...]
    schedule: str
    only_patch: bool
    security_only: bool
    variables: Mapping[str, str] | None
    """Those of a rootless user's folders; root's is None."""


def timer_units(wanted: Upgrading) -> dict[str, str]:
    """Return the service and the timer: file name → text."""
    return {
        wanted.names.upgrade_service: text(_HEAD, _service(wanted)),
        wanted.names.upgrade_timer: text(_HEAD, _timer(wanted)),
    }


def schedule_of(timer: str) -> str:
    """Return the schedule that a timer's text has."""
    found = _SCHEDULE.search(timer)
    return found[1].replace("%%", "%") if found else ""


def _service(wanted: Upgrading) -> dict[str, list[Entry]]:
    name = wanted.names.instance
    words = ["upgrade", "--yes", "--unattended"]
    words += [ONLY_PATCH] if wanted.only_patch else []
    words += [SECURITY_ONLY] if wanted.security_only else []
    online = [("Wants", "network-online.target"), ("After", "network-online.target")]
    return {
        "Unit": [
            ("Description", f"Upgrade of Pulp (instance {name})"),
            *(online if wanted.variables is None else []),
        ],
        # A build and migrations take as long as they take.
        "Service": [
            ("Type", "oneshot"),
            *calling(wanted.program, name, *words, variables=wanted.variables),
            ("TimeoutStartSec", "infinity"),
        ],
    }


def _timer(wanted: Upgrading) -> dict[str, list[Entry]]:
    return {
        "Unit": [("Description", f"Upgrades of Pulp (instance {wanted.names.instance})")],
        "Timer": [
            ("OnCalendar", wanted.schedule),
            # Not all hosts of the world shall ask the index in the same second.
            ("RandomizedDelaySec", "600"),
            ("Persistent", "true"),
        ],
        "Install": [("WantedBy", "timers.target")],
    }
