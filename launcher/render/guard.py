"""The unit that ends a switch whose launcher did not: it was killed, or the host went down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from launcher.render.unit import calling, text

if TYPE_CHECKING:
    from launcher.render.units import Desired

TRIES = 5


def guard(wanted: Desired, program: tuple[str, ...]) -> str:
    """Return the service that runs beside each switch, and at boot where one did not end."""
    instance = wanted.names.instance
    variables = wanted.paths.variables if wanted.rootless else None
    return text(
        f"Written by pulp-launcher for the instance {instance}",
        {
            "Unit": [
                ("Description", f"Guard of a switch of Pulp (instance {instance})"),
                ("ConditionPathExists", str(wanted.paths.journal)),
                # What fails again and again waits for a person.
                ("StartLimitIntervalSec", "1d"),
                ("StartLimitBurst", str(TRIES)),
            ],
            # It is no oneshot, as nothing at boot shall wait for a migration.
            "Service": [
                *calling(program, instance, "resume", variables=variables),
                ("Restart", "on-failure"),
                ("RestartSec", "10"),
            ],
            "Install": [("WantedBy", wanted.boot)],
        },
    )
