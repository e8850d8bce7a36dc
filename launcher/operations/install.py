"""Write the units, and what the containers see below `/etc/pulp`."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from launcher.host import files
from launcher.model.plan import Action, FileChange
from launcher.operations.desired import pending, unit_path
from launcher.render.units import Desired, target, units

if TYPE_CHECKING:
    from launcher.operations.instance import Instance


def install(instance: Instance, wanted: Desired) -> tuple[tuple[FileChange, ...], list[str]]:
    """Write what differs, and return the changes and the running services they concern.

    Raises:
        UnitFailed: podman's generator refuses a unit; nothing was written then.

    """
    quadlets = units(wanted)
    _check_units(instance, quadlets)
    for name, text in wanted.etc.items():
        files.write(instance.paths.etc / name, text)
    changes = pending(instance, quadlets)
    target_file = instance.paths.unit_dir / instance.names.target
    new_target = files.read(target_file) != target(wanted)
    concerned = _running(instance, changes)
    for change in changes:
        _apply(instance, change)
    if new_target:
        files.write(target_file, target(wanted))
    if changes or new_target:
        instance.systemd.reload()
        instance.systemd.enable(instance.names.target)
    return changes, concerned


def _check_units(instance: Instance, quadlets: dict[str, str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name, text in quadlets.items():
            files.write(Path(folder, name), text)
        instance.systemd.check_quadlets(Path(folder))


def _running(instance: Instance, changes: tuple[FileChange, ...]) -> list[str]:
    """Return the services that run from a file that changes, and will go on with a new one."""
    names = [
        instance.names.service(Path(change.name).stem)
        for change in changes
        if change.action is Action.UPDATE and change.name.endswith(".container")
    ]
    return [state.unit for state in instance.systemd.states(names) if state.active != "inactive"]


def _apply(instance: Instance, change: FileChange) -> None:
    path = unit_path(instance, change.name)
    if change.action is not Action.REMOVE:
        files.write(path, change.text)
        return
    if path.suffix == ".container":
        instance.systemd.stop([instance.names.service(path.stem)])
    files.remove(path)
