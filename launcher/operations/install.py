"""Write the units, and what the containers see below `/etc/pulp`."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from launcher.host import files, package
from launcher.model import roles
from launcher.model.errors import GateFailed
from launcher.model.names import LABEL
from launcher.model.plan import Action, FileChange
from launcher.operations.desired import pending, unit_path
from launcher.operations.waiting import start_units, stop_units
from launcher.render.guard import guard
from launcher.render.units import (
    GENERATION,
    REVISION,
    SITE,
    WEB,
    Desired,
    etc,
    revisions,
    target,
    units,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from launcher.host.podman import Container
    from launcher.operations.instance import Instance

_POLL = 0.5
RELOAD_SECONDS = 30
"""How long requests that came in before a reload may take; longer ones are downloads, and go on."""

_WORKERS = ("sh", "-c", "grep -al '^nginx: worker' /proc/[0-9]*/cmdline")
_TEST = ("nginx", "-e", "stderr", "-q", "-t", "-c", "/usr/share/pulp/nginx.conf")


def install(instance: Instance, wanted: Desired) -> tuple[FileChange, ...]:
    """Write all that differs and return the units that did; those of no more use are stopped first.

    Raises:
        UnitFailed: podman's generator refuses a unit; nothing was written then.

    """
    quadlets = units(wanted)
    check_units(instance, quadlets)
    write_settings(instance, wanted)
    write_site(instance, etc(wanted)[SITE])
    _write_frame(instance, wanted)
    return write_units(instance, quadlets)


def check_units(instance: Instance, quadlets: Mapping[str, str]) -> None:
    """Let podman's generator judge units that are not written yet; raises UnitFailed."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in quadlets.items():
            files.write(Path(folder, name), text)
        instance.systemd.check_quadlets(Path(folder))


def write_settings(instance: Instance, wanted: Desired) -> None:
    """Write what Pulp reads in the containers of one generation."""
    # Only what is mounted from below it is seen in the containers; nobody else gets in.
    _note_remade(instance, str(wanted.generation.number))
    files.make_private(instance.paths.etc)
    for name, text in etc(wanted).items():
        if name != SITE:
            files.write(instance.paths.etc / name, text)


def write_units(instance: Instance, quadlets: dict[str, str]) -> tuple[FileChange, ...]:
    """Make the units of the instance on this host be these, and return what was changed.

    systemd knows them then, also those that a run wrote which was killed.
    What runs from a changed unit is left running; what has no unit any more is stopped first.
    """
    # What a run wrote that was killed can not be stopped before systemd knows it.
    load_units(instance)
    changes = pending(instance, quadlets)
    if changes:
        files.write(instance.paths.unloaded, "")
    gone = [change.name for change in changes if change.action is Action.REMOVE]
    stop_units(instance, [instance.names.service_of(name) for name in gone])
    for change in changes:
        path = unit_path(instance, change.name)
        if change.action is Action.REMOVE:
            files.remove(path)
        else:
            files.write(path, change.text)
    load_units(instance)
    return changes


def install_frame(instance: Instance, wanted: Desired) -> None:
    """Make the units that are no quadlets, the target and the guard of switches, be there."""
    _write_frame(instance, wanted)
    load_units(instance)


def _write_frame(instance: Instance, wanted: Desired) -> None:
    names = instance.names
    texts = {names.target: target(wanted), names.resume_service: guard(wanted, package.program())}
    for name, text in texts.items():
        path = instance.paths.unit_dir / name
        if files.read(path) != text:
            files.write(instance.paths.unloaded, "")
            files.write(path, text)


def load_units(instance: Instance) -> None:
    if instance.paths.unloaded.exists():
        instance.systemd.reload()
        instance.systemd.enable(instance.names.target, instance.names.resume_service)
        files.remove(instance.paths.unloaded)


def write_site(instance: Instance, text: str) -> None:
    """Write the web server's configuration, which it does not read before `load_site`."""
    path = instance.paths.etc / SITE
    _note_remade(instance, WEB)
    if files.read(path) != text:
        files.write(instance.paths.site_unloaded, "")
        files.write(path, text)


def load_site(instance: Instance) -> None:
    """Let the web server, where it runs, take its configuration over without a lost connection.

    Raises:
        GateFailed: it does not take it, and serves on as before.
        UnitFailed: it was about to start, and does not.

    """
    if not instance.paths.site_unloaded.exists():
        return
    if WEB in _remade(instance):
        # It sees the folder of before, and is replaced.
        files.remove(instance.paths.site_unloaded)
        return
    web = instance.names.container("web")
    service = instance.names.service(web)
    if instance.systemd.states([service])[0].is_coming:
        # It may have read the file of before, and hears of no other until it is up.
        start_units(instance, [service])
    if instance.systemd.states([service])[0].is_up:
        tested = instance.podman.execute(web, _TEST)
        if tested.returncode:
            raise GateFailed("the web server refuses its configuration", details=tested.stderr)
        before = _workers(instance, web)
        instance.systemd.read_anew(service)
        _await_end(instance, web, before)
    files.remove(instance.paths.site_unloaded)


def _workers(instance: Instance, web: str) -> set[str]:
    """Return what tells the processes of the web server that answer requests from one another."""
    return set(instance.podman.execute(web, _WORKERS).stdout.split())


def _await_end(instance: Instance, web: str, workers: set[str]) -> None:
    """Wait until these processes have ended, and with them the requests that they took.

    Some of those may still wait for their turn at a Pulp that is about to be stopped.
    """
    limit = time.monotonic() + RELOAD_SECONDS
    while workers & _workers(instance, web) and time.monotonic() < limit:
        time.sleep(_POLL)


def outdated(instance: Instance, quadlets: dict[str, str]) -> list[str]:
    """Return the services whose running container is not that of these units.

    The engine is asked, and not what was written now: should we be killed between the two, the next
    start finds them all the same.
    """
    wanted, remade = revisions(quadlets), _remade(instance)
    return [
        instance.names.service(container.name)
        for container in instance.podman.containers(instance.names.labels)
        if container.name in wanted
        if container.labels.get(REVISION) != wanted[container.name] or _folder(container) in remade
    ]


def forget_remade(instance: Instance) -> None:
    """Have it that all containers see the folders that are there."""
    files.remove(instance.paths.remade)


def _note_remade(instance: Instance, folder: str) -> None:
    """Note that a folder below `/etc/pulp` is made anew: what runs sees the one of before."""
    if (instance.paths.etc / folder).exists():
        return
    if any(_folder(item) == folder for item in instance.podman.containers(instance.names.labels)):
        files.write(instance.paths.remade, "\n".join([*_remade(instance), folder]))


def _remade(instance: Instance) -> list[str]:
    return (files.read(instance.paths.remade) or "").split()


def _folder(container: Container) -> str:
    """Return which folder below `Paths.etc` a container sees, or nothing."""
    role = container.labels.get(f"{LABEL}.role", "")
    if role == WEB:
        return WEB
    # Also database and cache have the generation's label: that of the image they run.
    beside = any(role == item.name for item in roles.ROLES if item.beside)
    return container.labels.get(GENERATION, "") if beside else ""
