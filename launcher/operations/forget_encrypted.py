"""Take away what is encrypted with a key that was given up, so that Pulp works with the new one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from launcher.host import package
from launcher.host.podman import last_json
from launcher.model import roles
from launcher.model.errors import EngineFailed
from launcher.operations.desired import desired
from launcher.operations.install import write_settings
from launcher.operations.places import survey_places
from launcher.operations.switch_steps import wake
from launcher.operations.waiting import stop_units
from launcher.render.units import run_options

if TYPE_CHECKING:
    from launcher.model.generation import Generation
    from launcher.operations.instance import Instance

_SCRIPT = "forget-undecryptable"


def forget_encrypted(instance: Instance) -> dict[str, int]:
    """Return how many values of which fields were taken away; the instance is down, and stays so.

    Raises:
        EngineFailed: they are still there, as the database can not be asked.
        HostUnfit: the data are gone.

    """
    current = instance.current()
    if current is None:
        return {}
    survey_places(instance, instance.config())
    with instance.reporter.step("Taking away what nobody can decrypt any more"):
        try:
            wake(instance)
            return _forget(instance, current)
        finally:
            names = instance.names
            stop_units(instance, [names.service(names.container(one)) for one in ("cache", "db")])


def _forget(instance: Instance, current: Generation) -> dict[str, int]:
    # An image of before does not have it.
    script = (package.containers() / "bin" / _SCRIPT).read_text(encoding="utf-8")
    wanted = desired(instance, current)
    write_settings(instance, wanted)
    options = run_options(wanted, roles.role("migrate"))
    command = ["/opt/pulp/bin/python", "-c", script]
    done = instance.podman.run(current.image, command, options)
    found = last_json(done.stdout)
    if "forgotten" not in found:
        raise EngineFailed(
            "what is encrypted with the key of before could not be taken away",
            details=done.stderr.strip(),
            hint="Mend the cause, then run the command again.",
        )
    return dict(found["forgotten"])
