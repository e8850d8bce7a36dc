"""What podman is told to build, and how a build is kept from outliving us."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from launcher.host import machine
from launcher.model.names import BUILDER

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Build:
    """What an image is built from; paths are of this host."""

    context: Path
    base: str
    uv: Path
    ca_bundle: Path | None
    scratch: Path
    """Where podman may leave what it does not need any more; it is there, and emptied later."""
    labels: dict[str, str] = field(default_factory=dict)


def command(build: Build, result: Path) -> list[str]:
    """Return the command that builds an image and writes its ID to a file."""
    secret = [f"--secret=id=ca,src={build.ca_bundle}"] if build.ca_bundle else []
    labels = [f"--label={key}={value}" for key, value in build.labels.items()]
    return [
        *_apart(),
        # systemd does not know the processes of that namespace, and newer crun asks it for them.
        "podman", "--cgroup-manager=cgroupfs", "build",
        "--pull=never", "--force-rm", f"--iidfile={result}",
        f"--build-arg=BASE={build.base}", f"--build-arg=BUILDER={BUILDER[1]}",
        f"--build-context=uv={build.uv.parent}",
        *secret, *labels, str(build.context),
    ]  # fmt: skip


def _apart() -> list[str]:
    """Return how to run a build in a process namespace of its own, with which all of it ends.

    podman itself leaves the programs of a build running when it is ended.
    """
    alone = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]
    if machine.user_id() == 0:
        return alone
    return ["podman", "unshare", "setpriv", "--pdeathsig", "KILL", *alone]
