"""Every name and path the lab owns, so that nothing else is ever touched."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

from tests.lab.errors import LabError

PROJECT = "pulp-launcher-lab"
HERE = Path(__file__).parent


def _xdg(variable: str, default: str) -> Path:
    return Path(os.environ.get(variable) or Path.home() / default) / PROJECT


def cache_home() -> Path:
    return _xdg("XDG_CACHE_HOME", ".cache")


def state_home() -> Path:
    return _xdg("XDG_STATE_HOME", ".local/state")


def cgroup_mount() -> Path:
    """Find the version 2 hierarchy, which some machines mount beside the old ones."""
    for line in Path("/proc/self/mounts").read_text().splitlines():
        _, target, kind, *_ = line.split()
        if kind == "cgroup2":
            return Path(target)
    raise LabError("no cgroup2 file system is mounted on this machine")


@dataclass(frozen=True)
class Names:
    """What belongs to the host of this name."""

    host: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", self.host):
            raise LabError(f"'{self.host}' is not a host name (a-z, 0-9 and -)")

    @property
    def short(self) -> str:
        """An interface name has 15 characters at most."""
        return "plab" + hashlib.sha256(self.host.encode()).hexdigest()[:8]

    @property
    def netns(self) -> str:
        return f"{PROJECT}-{self.host}"

    @property
    def table(self) -> str:
        return f"{PROJECT}-{self.host}".replace("-", "_")

    @property
    def cgroup(self) -> Path:
        return cgroup_mount() / f"{PROJECT}-{self.host}"

    @property
    def scratch(self) -> Path:
        return state_home() / self.host

    @property
    def state_file(self) -> Path:
        return self.scratch / "state.json"
