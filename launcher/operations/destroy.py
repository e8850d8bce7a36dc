"""Take an instance off this host."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from launcher.host import files
from launcher.model import roles
from launcher.model.bases import BASES
from launcher.model.errors import LauncherError
from launcher.model.names import base_image
from launcher.operations.auto_upgrade import remove_timer
from launcher.operations.changing import reserved
from launcher.operations.desired import installed, unit_path
from launcher.operations.leftovers import remove_leftovers
from launcher.render.units import host_folder

if TYPE_CHECKING:
    from collections.abc import Iterable

    from launcher.operations.instance import Instance


@dataclass(frozen=True)
class Piece:
    """A part of the instance on this host: a unit, an image, a volume, a secret or a folder."""

    kind: str
    name: str

    def __str__(self) -> str:
        """Return both, as a sentence names it."""
        return f"{self.kind} {self.name}"


@dataclass(frozen=True)
class Destroyed:
    """What was removed, where data is that was kept, and what is left for other instances."""

    removed: tuple[Piece, ...]
    kept: tuple[Piece, ...]
    shared: tuple[Piece, ...] = ()


@dataclass(frozen=True)
class Extent:
    """What would be removed, in words, and what to know before; empty where there is nothing."""

    what: str
    warning: str


def extent(instance: Instance, *, purge: bool) -> Extent:
    """Return what `destroy` would remove; nothing is looked up but the config."""
    if not purge:
        return Extent("units and images, not the data", "")
    folders = _host_folders(instance)
    stays = f", but for {' and '.join(folders.values())}" if folders else ""
    warning = _loss(instance) if roles.DATABASE.name in folders else ""
    return Extent(f"units, images AND ALL DATA{stays}", warning)


def _loss(instance: Instance) -> str:
    key = instance.names.secret(roles.FIELD_KEY)
    show = f"podman secret inspect --showsecret --format '{{{{.SecretData}}}}' {key}"
    return (
        "The folder of the database stays, but the key of its encrypted fields goes with the "
        "secrets. To use the folder again, save the key first:\n"
        f"  (umask 077; {show} >{key})\n"
        f"and give it back before the next start: podman secret create {key} {key}"
    )


def destroy(instance: Instance, *, purge: bool) -> Destroyed:
    """Stop the instance and remove its units and images; its data too, only if `purge` says so.

    Host folders of the config are never removed. What is gone already is no error.
    """
    instance.systemd.check()
    folders = [Piece("folder", folder) for folder in _host_folders(instance).values()]
    with reserved(instance):
        volumes = _volumes(instance)
        removed = [*_units(instance), *_images(instance)]
        data = _data(instance, volumes)
        if purge:
            _remove_data(instance, data)
    if purge:
        files.remove(instance.paths.config_dir)
        files.remove(instance.paths.state_dir)
    gone, kept = ([*removed, *data], folders) if purge else (removed, [*data, *folders])
    return Destroyed(tuple(gone), tuple(kept), tuple(_shared(instance)))


def _host_folders(instance: Instance) -> dict[str, str]:
    """Return the folders of this host that hold data, by volume; none where no config says so."""
    try:
        config = instance.config()
    except LauncherError:
        return {}
    named = {volume.name: host_folder(volume, config) for volume in roles.VOLUMES}
    return {name: folder for name, folder in named.items() if folder and Path(folder).exists()}


def _units(instance: Instance) -> list[Piece]:
    there, names, folder = installed(instance), instance.names, instance.paths.unit_dir
    frame = [name for name in (names.resume_service, names.target) if (folder / name).exists()]
    services = [*frame, *_services(instance, there)]
    with instance.reporter.step("Stopping the services"):
        if services:
            instance.systemd.reload()
            instance.systemd.stop(services)
    timer = remove_timer(instance)
    for name in there:
        files.remove(unit_path(instance, name))
    for name in frame:
        instance.systemd.disable(name)
        files.remove(folder / name)
    for path in (instance.paths.current, instance.paths.journal, instance.paths.etc):
        files.remove(path)
    instance.systemd.reload()
    instance.systemd.forget(services)
    instance.podman.remove_network(names.network)
    return [Piece("unit", name) for name in (*sorted(there), *frame, *timer)]


def _services(instance: Instance, quadlets: Iterable[str]) -> list[str]:
    """Return all services, also of networks and volumes.

    One that stayed active would not make its network again for the next instance of the name.
    """
    return [instance.names.service_of(name) for name in quadlets]


def _images(instance: Instance) -> list[Piece]:
    there = instance.generations()
    named = sorted({name for item in there for name in (item.image, item.platform)})
    images = [name for name in named if instance.podman.image_id(name)]
    for image in images:
        instance.podman.remove_image(image)
    files.remove(instance.paths.generations)
    files.remove(instance.paths.snapshots)
    files.remove(instance.paths.build_context)
    images = sorted({*images, *remove_leftovers(instance)})
    return [Piece("image", image) for image in images]


def _shared(instance: Instance) -> list[Piece]:
    """Return what other instances may use too."""
    caches = instance.paths.cache_dir
    bases = [base_image(base.suite) for base in BASES]
    return [
        *([Piece("folder", str(caches))] if caches.exists() else []),
        *(Piece("image", name) for name in bases if instance.podman.image_id(name) is not None),
    ]


def _volumes(instance: Instance) -> list[str]:
    """Return the volumes of the instance: those with our label, and those that its units use.

    Where somebody removed one, podman made it again for the unit, and gave it no label.
    """
    names, there = instance.names, instance.podman.volume_names()
    mounted = {Path(name).stem for name in installed(instance) if name.endswith(".volume")}
    known = {place.volume for place in instance.places().places.values()}
    ours = {names.volume(volume.name) for volume in roles.VOLUMES} & (mounted | known)
    return sorted({*instance.podman.volumes(names.labels), *(ours & there)})


def _data(instance: Instance, volumes: Iterable[str]) -> list[Piece]:
    """Return all that holds data of the instance: volumes, secrets, the folder with its files."""
    ours = {instance.names.secret(name) for name in roles.SECRETS}
    secrets = sorted(
        name
        for name in instance.podman.secret_ids()
        if name in ours or instance.names.of_own_secret(name) or instance.names.of_signing_key(name)
    )
    folder = instance.paths.config_dir
    return [
        *(Piece("volume", name) for name in volumes),
        *(Piece("secret", name) for name in secrets),
        *([Piece("folder", str(folder))] if folder.exists() else []),
    ]


def _remove_data(instance: Instance, data: Iterable[Piece]) -> None:
    for piece in data:
        if piece.kind == "volume":
            instance.podman.remove_volume(piece.name)
        if piece.kind == "secret":
            instance.podman.remove_secret(piece.name)
