"""Bring the newest generation up as systemd units."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from launcher.host import files, machine, pulp
from launcher.model import roles
from launcher.model.errors import GateFailed, HostUnfit, NotReady, UnitFailed
from launcher.model.generation import Current, Generation
from launcher.model.health import lacks
from launcher.model.plan import Action, FileChange
from launcher.operations.desired import desired, pending, services, unit_path
from launcher.operations.secrets import ensure_secrets
from launcher.render.units import USER, Desired, host_folder, target, units

if TYPE_CHECKING:
    from launcher.model.config import Config
    from launcher.operations.instance import Instance

GATE_SECONDS = 120
"""How long the roles may take, once systemd has started them, until Pulp answers in full."""


@dataclass(frozen=True)
class Started:
    """The generation that serves, where, and the units that were changed for it."""

    generation: int
    url: str
    changed: tuple[str, ...]
    restarted: tuple[str, ...]


def start(instance: Instance) -> Started:
    """Start the newest generation and wait until Pulp answers; where it runs already, do nothing.

    Raises:
        NotReady: nothing is built yet.
        HostUnfit: no systemd, no lingering, the port is taken.
        UnitFailed: a unit is refused, or does not come up.
        GateFailed: the units are up, but Pulp is not whole.

    """
    instance.systemd.check()
    with instance.changing():
        generation = _built(instance)
        wanted = desired(instance, generation)
        _check_host(instance, wanted.config)
        ensure_secrets(instance)
        changes, running = _install(instance, wanted)
        _prepare_folders(instance, wanted)
        _up(instance, wanted.config, running)
        _await(instance, generation, wanted.config)
        files.write(instance.paths.current, Current(generation=generation.number).model_dump_json())
    return Started(
        generation.number,
        wanted.config.origin,
        tuple(change.name for change in changes),
        tuple(running),
    )


def _built(instance: Instance) -> Generation:
    newest = instance.newest()
    if newest is None or instance.podman.image_id(newest.image) is None:
        what = "nothing is built yet" if newest is None else f"the image {newest.image} is gone"
        raise NotReady(what, hint="Build it with: pulp-launcher rebuild")
    return newest


def _check_host(instance: Instance, config: Config) -> None:
    if instance.rootless and not instance.systemd.lingers(machine.user_name()):
        raise HostUnfit(
            f"the services of {machine.user_name()} would end with the login",
            hint=f"Let them run without one: loginctl enable-linger {machine.user_name()}",
        )
    if machine.privileged(config.port):
        raise HostUnfit(
            f"only root may listen on port {config.port}",
            hint=f"Set a port of 1024 or more in {instance.paths.config}.",
        )
    web = services(instance, config, "web")
    mine = any(state.is_up for state in instance.systemd.states(web))
    owner = None if mine else machine.listener(config.port)
    if owner:
        raise HostUnfit(
            f"port {config.port} is taken by {owner}",
            hint=f"Stop it, or set another port in {instance.paths.config}.",
        )


def _install(instance: Instance, wanted: Desired) -> tuple[tuple[FileChange, ...], list[str]]:
    """Write what differs, and return the changes and the running services they concern."""
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


def _prepare_folders(instance: Instance, wanted: Desired) -> None:
    """Make the host folders that the config names, and give them to the image's user.

    The change of owner runs in a container, as only there the user has its number when rootless.
    """
    for volume in roles.VOLUMES:
        folder = host_folder(volume, wanted.config)
        if not folder:
            continue
        with files.translated(Path(folder)):
            Path(folder).mkdir(parents=True, exist_ok=True)
        command = f"install -d -o {USER} -g {USER} -m 750 /data && " + _skeleton(volume.path)
        options = ["--user=root", "--network=none", f"--volume={folder}:/data:z"]
        done = instance.podman.run(wanted.image, ["sh", "-c", command], options)
        if done.returncode:
            raise HostUnfit(
                f"{folder} can not be prepared for the containers",
                details=done.stderr,
                hint="Choose a folder on a local file system that belongs to the instance's user.",
            )


def _skeleton(path: str) -> str:
    """Return the shell command that copies the folders of the image's own `path` to `/data`."""
    return f"cd {path} && find . -mindepth 1 -maxdepth 1 -type d -exec cp -a -n -t /data {{}} +"


def _up(instance: Instance, config: Config, changed: list[str]) -> None:
    """Start what is down and restart what changed; the migrations are waited for first."""
    first = services(instance, config, "db", "cache", "migrate")
    with instance.reporter.step("Preparing the database"):
        again = [unit for unit in changed if unit in first]
        rest = [unit for unit in changed if unit not in first]
        instance.systemd.stop(rest)
        if again:
            instance.systemd.restart(again)
        instance.systemd.start(first)
        _check_migrated(instance, config)
    with instance.reporter.step("Starting the services"):
        instance.systemd.start([instance.names.target, *services(instance, config)])


def _check_migrated(instance: Instance, config: Config) -> None:
    (state,) = instance.systemd.states(services(instance, config, "migrate"))
    if not state.is_up:
        raise UnitFailed(
            "the database could not be brought to the new image",
            details=instance.systemd.last_words(state.unit),
            hint="Read on with: pulp-launcher logs migrate",
        )


def _await(instance: Instance, generation: Generation, config: Config) -> None:
    """Wait until Pulp itself says, through the web role, that everything of it is there."""
    with instance.reporter.step("Waiting until Pulp answers"):
        limit = time.monotonic() + GATE_SECONDS
        missing = _missing(generation, config)
        while missing and time.monotonic() < limit:
            time.sleep(0.5)
            missing = _missing(generation, config)
    if missing:
        raise GateFailed(
            f"Pulp is not whole after {GATE_SECONDS} seconds",
            details="\n".join(missing),
            hint="See which role is to blame with: pulp-launcher status",
        )


def _missing(generation: Generation, config: Config) -> list[str]:
    answer = pulp.status(config.port, config.hostname, config.api_root)
    return lacks(answer, generation.versions, generation.plugins, config.worker.count)
