"""One call of the command: its global options, and the instance that it works on."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from launcher.cli.ui import Screen
from launcher.host import machine
from launcher.host.podman import Podman
from launcher.host.systemd import Systemd
from launcher.host.uv import Uv
from launcher.model.names import DEFAULT_INSTANCE, Names
from launcher.model.paths import Paths
from launcher.operations.instance import Instance

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.table import Table


@dataclass
class Session:
    """What the commands get; they take nothing else from the outside."""

    instance_name: str = DEFAULT_INSTANCE
    debug: bool = False
    screen: Screen = field(default_factory=Screen)
    command: str = ""

    @cached_property
    def instance(self) -> Instance:
        """The instance, with the adapters of this host."""
        names = Names(self.instance_name)
        rootless = machine.user_id() != 0
        paths = _paths(names.instance, rootless=rootless)
        systemd = Systemd(user=rootless)
        return Instance(
            names=names,
            paths=paths,
            rootless=rootless,
            podman=Podman(paths.podman_socket, lambda: systemd.start(["podman.socket"])),
            systemd=systemd,
            uv=Uv(paths.cache_dir),
            reporter=self.screen,
        )

    @property
    def can_answer(self) -> bool:
        """Whether there is somebody to ask."""
        return sys.stdin.isatty() and not self.screen.as_json

    def show(self, data: Any, lines: Iterable[str | Table]) -> None:
        self.screen.result(self.command, data, lines)


def _paths(instance: str, *, rootless: bool) -> Paths:
    if rootless:
        return Paths.of_user(instance, Path.home(), machine.user_id(), os.environ)
    return Paths.of_root(instance)
