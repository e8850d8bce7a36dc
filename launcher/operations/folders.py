"""The host folders that the config names in place of volumes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from launcher.host import files
from launcher.model import roles
from launcher.model.errors import HostUnfit
from launcher.render.units import USER, Desired, host_folder

if TYPE_CHECKING:
    from launcher.operations.instance import Instance


def prepare_folders(instance: Instance, wanted: Desired) -> None:
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
        done = instance.podman.run(wanted.generation.image, ["sh", "-c", command], options)
        if done.returncode:
            raise HostUnfit(
                f"{folder} can not be prepared for the containers",
                details=done.stderr,
                hint="Choose a folder on a local file system that belongs to the instance's user.",
            )


def _skeleton(path: str) -> str:
    """Return the shell command that copies the folders of the image's own `path` to `/data`."""
    return f"cd {path} && find . -mindepth 1 -maxdepth 1 -type d -exec cp -a -n -t /data {{}} +"
