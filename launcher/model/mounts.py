"""Folders of the host in the containers of Pulp: `[mounts]` of the config, and what it forbids."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from launcher.model.folder import Folder, below, nested
from launcher.model.toml import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
CONTENT = "/var/lib/pulp"

OURS = (
    *(CONTENT, "/var/lib/pgsql", "/var/lib/nginx", "/var/lib/dpkg", "/var/cache"),
    *("/var/tmp", "/tmp"),  # noqa: S108 - the containers' own
    *("/bin", "/boot", "/dev", "/etc", "/lib", "/lib64", "/opt", "/proc", "/root", "/run", "/sbin"),
    *("/sys", "/usr"),
)
"""What a mount must not hide in a container."""

READ = ("ALLOWED_IMPORT_PATHS",)
WRITTEN = ("ALLOWED_EXPORT_PATHS", "DEPLOY_ROOT", "FILE_UPLOAD_TEMP_DIR", "MEDIA_ROOT")
_PATHS = (*READ, *WRITTEN, "WORKING_DIRECTORY")
"""Pulp's settings that are paths in its containers; all but those of `READ` are written to."""


class Mount(Table):
    """A folder of the host that api, content and the workers see."""

    source: Folder = Field(
        min_length=1, description="The host folder; it has to be there, and is never made."
    )
    target: Folder = Field(
        default="", description="The path in the containers; `/mnt/NAME` where this is empty."
    )
    read_only: bool = Field(default=False, description="Whether Pulp may only read there.")
    owner: Literal["host", "pulp"] = Field(
        default="host",
        description="With `pulp`, the folder itself is given to Pulp's user where that may not "
        "use it; what is in it stays as it is.",
    )
    relabel: bool = Field(
        default=False,
        description="Whether it gets the SELinux label that containers share, once. Not for "
        "folders that other services of the host use.",
    )


def target(name: str, mount: Mount) -> str:
    """Return the path of a mount in the containers."""
    return mount.target or f"/mnt/{name}"


def check_mounts(mounts: Mapping[str, Mount], data: Iterable[str]) -> None:
    """Refuse mounts that hide something, or show the folders of `data`; raises ValueError."""
    for name, mount in mounts.items():
        if not NAME.fullmatch(name):
            raise ValueError(f"{name!r} can not be the name of a mount: use a-z, 0-9, '-' and '_'")
        _check_mount(name, mount, data)
    paths = {name: target(name, mount) for name, mount in mounts.items()}
    for name, path in paths.items():
        for other, there in paths.items():
            if name < other and nested(path, there):
                raise ValueError(f"the mounts {name} and {other} must not be in one another")


def _check_mount(name: str, mount: Mount, data: Iterable[str]) -> None:
    path = target(name, mount)
    if ".." in mount.source.split("/") or ".." in path.split("/"):
        raise ValueError(f"the mount {name}: '..' in a path leads somewhere else")
    hidden = next((ours for ours in OURS if nested(path, ours)), None)
    if hidden:
        raise ValueError(
            f"the mount {name} can not be at {path}: it would hide {hidden} of the containers. "
            f"Leave target out, for /mnt/{name}"
        )
    shown = next((folder for folder in data if folder and nested(mount.source, folder)), None)
    if shown:
        raise ValueError(f"the mount {name}: {mount.source} and {shown} of [storage] overlap")


def check_paths(settings: Mapping[str, Any], mounts: Mapping[str, Mount]) -> None:
    """Refuse settings with a path that only one container sees, in memory; raises ValueError."""
    for setting in _PATHS:
        for path in _texts(settings.get(setting)):
            if not below(path, CONTENT):
                _check_path(setting, path, mounts)


def _check_path(setting: str, path: str, mounts: Mapping[str, Mount]) -> None:
    found = [mount for name, mount in mounts.items() if below(path, target(name, mount))]
    if not found:
        raise ValueError(
            f"{setting}: {path} is no folder of the host, but one in the memory of a single "
            'container. Bring one in by [mounts.NAME] with source = "/its/path", and name '
            f"/mnt/NAME here; or a folder below {CONTENT}"
        )
    if found[0].read_only and setting not in READ:
        raise ValueError(f"{setting}: {path} is in a mount that is read_only")


def _texts(value: Any) -> Iterator[str]:
    values = value if isinstance(value, list) else [value]
    yield from (item for item in values if isinstance(item, str) and item.startswith("/"))
