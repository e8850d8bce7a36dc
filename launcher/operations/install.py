"""Write the units, and what the containers see below `/etc/pulp`."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from launcher.host import files
from launcher.model.plan import Action, FileChange
from launcher.operations.desired import pending, unit_path
from launcher.render.units import REVISION, Desired, revisions, target, units

if TYPE_CHECKING:
    from launcher.operations.instance import Instance


def install(instance: Instance, wanted: Desired) -> tuple[FileChange, ...]:
    """Write the files that differ and return them; units of no more use are stopped first.

    Raises:
        UnitFailed: podman's generator refuses a unit; nothing was written then.

    """
    quadlets = units(wanted)
    _check_units(instance, quadlets)
    for name, text in wanted.etc.items():
        files.write(instance.paths.etc / name, text)
    changes = pending(instance, quadlets)
    if changes:
        files.write(instance.paths.unloaded, "")
    for change in changes:
        _apply(instance, change)
    files.write(instance.paths.unit_dir / instance.names.target, target(wanted))
    load(instance)
    return changes


def load(instance: Instance) -> None:
    """Let systemd read the units that were written, also those of a run that was killed."""
    if instance.paths.unloaded.exists():
        instance.systemd.reload()
        instance.systemd.enable(instance.names.target)
        files.remove(instance.paths.unloaded)


def outdated(instance: Instance, wanted: Desired) -> list[str]:
    """Return the services whose running container is not that of the files.

    The engine is asked, and not what was written now: should we be killed between the two, the next
    start finds them all the same.
    """
    wanted_revisions = revisions(units(wanted))
    return [
        instance.names.service(container.name)
        for container in instance.podman.containers(instance.names.labels)
        if container.name in wanted_revisions
        and container.labels.get(REVISION) != wanted_revisions[container.name]
    ]


def _check_units(instance: Instance, quadlets: dict[str, str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name, text in quadlets.items():
            files.write(Path(folder, name), text)
        instance.systemd.check_quadlets(Path(folder))


def _apply(instance: Instance, change: FileChange) -> None:
    path = unit_path(instance, change.name)
    if change.action is not Action.REMOVE:
        files.write(path, change.text)
        return
    instance.systemd.stop([instance.names.service_of(change.name)])
    files.remove(path)
