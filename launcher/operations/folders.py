"""The host folders that the config names in place of volumes, and those that it mounts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from launcher.host import files
from launcher.model import roles, selinux
from launcher.model.errors import HostUnfit
from launcher.render.units import USER, Desired, host_folder

if TYPE_CHECKING:
    import subprocess

    from launcher.model.mounts import Mount
    from launcher.operations.instance import Instance

# The shell ends at a command that fails (-e) only where no "&&" follows it.
_WRITE = 'probe=$(mktemp -d "$folder/.pulp-launcher.XXXXXX"); rmdir "$probe"'
_READ = 'test -r "$folder"; test -x "$folder"; ls -A "$folder" >/dev/null'


@dataclass(frozen=True)
class Place:
    """A folder of the host, as a container sees it that looks whether Pulp can use it."""

    instance: Instance
    image: str
    folder: str
    options: str = ""

    def as_pulp(self, command: str) -> subprocess.CompletedProcess[str]:
        """Run a shell command as Pulp's user; root may have no rights in a folder on NFS."""
        return self._run(f"{USER}:{USER}", command)

    def give(self, mode: str) -> None:
        """Give the folder, but nothing in it, to Pulp's user, which is another one rootless."""
        self._run("root", f"chown {USER}:{USER} /data && chmod {mode} /data")

    def _run(self, user: str, command: str) -> subprocess.CompletedProcess[str]:
        options = [f"--user={user}", "--network=none", f"--volume={self.folder}:/data{self._mode}"]
        command = f"folder=/data; {command}"
        return self.instance.podman.run(self.image, ["sh", "-euc", command], options)

    @property
    def _mode(self) -> str:
        return f":{self.options}" if self.options else ""


def prepare_folders(instance: Instance, wanted: Desired) -> None:
    """Let Pulp's user have the host folders that hold data; where it can use them, do nothing."""
    for volume in roles.VOLUMES:
        folder = host_folder(volume, wanted.config)
        if folder:
            _prepare(_place(instance, wanted, folder, relabel=True), volume.path)


def check_mounts(instance: Instance, wanted: Desired) -> None:
    """Make sure that what `[mounts]` names is there, and that Pulp can use it.

    Raises:
        HostUnfit: it is missing, or Pulp's user may not read or write there.

    """
    for name, mount in wanted.config.mounts.items():
        with files.translated(Path(mount.source)):
            missing = not Path(mount.source).is_dir()
        if missing:
            raise HostUnfit(
                f"{mount.source}, which [mounts.{name}] names, is no folder of this host",
                hint="Mount its disk, or make it; pulp-launcher makes no folder where others put "
                "something. Then run the command again.",
            )
        _check_mount(_place(instance, wanted, mount.source, relabel=mount.relabel), name, mount)


def _place(instance: Instance, wanted: Desired, folder: str, *, relabel: bool) -> Place:
    with files.translated(Path(folder)):
        labelled = selinux.is_shared(files.selinux_label(Path(folder)))
    return Place(instance, wanted.generation.image, folder, "z" if relabel and not labelled else "")


def _prepare(place: Place, path: str) -> None:
    with files.translated(Path(place.folder)):
        Path(place.folder).mkdir(parents=True, exist_ok=True)
    command = f"{_WRITE}; {_skeleton(path)}"
    if place.as_pulp(command).returncode == 0:
        return
    place.give("750")
    done = place.as_pulp(command)
    if done.returncode:
        raise HostUnfit(
            f"Pulp's user ({USER} in the containers) can not write to {place.folder}",
            details=done.stderr,
            hint=_way_in(place),
        )


def _check_mount(place: Place, name: str, mount: Mount) -> None:
    command = _READ if mount.read_only else f"{_READ}; {_WRITE}"
    done = place.as_pulp(command)
    if done.returncode and mount.owner == "pulp":
        place.give("u+rwx")
        done = place.as_pulp(command)
    if done.returncode:
        raise HostUnfit(
            f"Pulp's user ({USER} in the containers) can not "
            f"{'read' if mount.read_only else 'write to'} {mount.source} of [mounts.{name}]",
            details=done.stderr,
            hint=_way_in(place),
        )


def _way_in(place: Place) -> str:
    owner = f"chown {USER}:{USER} {place.folder}"
    command = f"podman unshare {owner}" if place.instance.rootless else owner
    return (
        f"Give it the folder: {command}; on NFS with root_squash do so on the server, and of a "
        "disk that knows no owners with the mount option uid="
    )


def _skeleton(path: str) -> str:
    """Return the shell command that makes the folders of the image's own `path` in `/data`."""
    return (
        f"cd {path}; find . -mindepth 1 -maxdepth 1 -type d | "
        'while read -r name; do mkdir -p -m 750 "/data/$name"; test -w "/data/$name"; done'
    )
