"""A throw-away Debian host: systemd as PID 1, podman, a rootless user."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from tests.lab import boot, cgroup, network, rootfs, state, watchdog
from tests.lab.errors import LabError
from tests.lab.names import HERE, Names, state_home
from tests.lab.state import State
from tests.lab.system import call, lock, started

if TYPE_CHECKING:
    from collections.abc import Sequence

DEFAULT = "lab"
SUITE = "trixie"
ENVIRONMENT = os.environ | {"PYTHONPATH": str(HERE.parent.parent)}
# As "cp -r" does it: into a folder that exists, else under the new name.
UNPACK = """
target=$2
[ ! -d "$target" ] || target=$target/$1
mkdir -p "$(dirname "$target")"
work=$(mktemp -d "$(dirname "$target")/.copy-XXXXXX")
tar -x --no-same-owner -C "$work"
cp -rpT "$work/$1" "$target"
rm -r "$work"
"""


@dataclass(frozen=True)
class Host:
    """The host of this name, whether it is up or not."""

    name: str = DEFAULT
    suite: str = SUITE

    def up(self, owner: int | None = None) -> Host:
        """Boot it unless it is up; with an owner it ends when that process does."""
        if os.geteuid():
            raise LabError("only root can boot hosts")
        with lock(f"host.{self.name}"):
            known = state.load(self.name)
            if not (known and known.alive and known.ready):
                _sweep(self.name)
                self._boot_anew(owner)
            elif known.suite != self.suite:
                raise LabError(f"'{self.name}' is up already, but as {known.suite}")
            elif owner:
                watchdog.start(known, owner)
        return self

    def _boot_anew(self, owner: int | None) -> None:
        lower = rootfs.ensure(self.suite)
        with lock("slots"):
            slot = network.free_slot(known.slot for known in state.load_all())
            fresh = State(name=self.name, suite=self.suite, lower=str(lower), slot=slot)
            state.save(fresh)
        if owner:
            fresh = watchdog.start(fresh, owner)
        _boot(fresh)

    def down(self) -> None:
        """End it and take away everything that was made for it."""
        with lock(f"host.{self.name}"):
            _sweep(self.name)

    def reboot(self, *, hard: bool = False, seconds: float = 60) -> None:
        """Boot it again from the same disk; hard, or not down after `seconds`, is a power cut."""
        with lock(f"host.{self.name}"):
            known = self.state
            boot.stop(known, hard=hard, seconds=seconds)
            _boot(replace(known, pid=0, ready=False))

    def run(
        self,
        argv: Sequence[str | Path],
        user: str | None = None,
        *,
        check: bool = True,
        input: str | None = None,  # noqa: A002 - as subprocess.run has it
        timeout: float | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command inside, as root unless told otherwise."""
        return subprocess.run(
            self._command(argv, user or "root"), env=ENVIRONMENT, text=True,
            capture_output=True, check=check, input=input or "", timeout=timeout,
        )  # fmt: skip

    def copy(self, source: str | Path, target: str | Path, user: str = "root") -> None:
        """Copy a file or folder into it; owned by the user from then on."""
        source = Path(source).resolve()
        pack = ["tar", "-C", str(source.parent), "-c", source.name]
        with subprocess.Popen(pack, stdout=subprocess.PIPE) as packed:
            unpack = self._command(["sh", "-euc", UNPACK, "sh", source.name, str(target)], user)
            done = subprocess.run(
                unpack, env=ENVIRONMENT, stdin=packed.stdout,
                capture_output=True, text=True, check=False,
            )  # fmt: skip
        if done.returncode or packed.returncode:
            raise LabError(f"can not copy {source}: {done.stderr.strip()}")

    def _command(self, argv: Sequence[str | Path], user: str) -> list[str]:
        own = [sys.executable, "-P", "-m", "tests.lab", "run", self.name, "--user", user, "--"]
        return own + [str(part) for part in argv]

    @property
    def state(self) -> State:
        known = state.load(self.name)
        if not known:
            raise LabError(f"there is no host '{self.name}' (python3 -m tests.lab up {self.name})")
        return known

    @property
    def running(self) -> State:
        known = self.state
        if not known.alive:
            raise LabError(f"the host '{self.name}' is down")
        return known

    @property
    def address(self) -> str:
        return self.state.address

    @property
    def root(self) -> Path:
        """The host's file system as the machine sees it while the host is up."""
        return Path(f"/proc/{self.running.pid}/root")


def hosts() -> list[Host]:
    """All hosts of which anything is left."""
    names = sorted(path.name for path in state_home().glob("*") if path.is_dir())
    return [Host(name) for name in names]


def _boot(fresh: State) -> None:
    pid = boot.start(fresh)
    known = replace(fresh, pid=pid, pid_started=started(pid) or 0)
    state.save(known)
    boot.wait_until_up(pid)
    state.save(replace(known, ready=True))


def _sweep(name: str) -> None:
    names = Names(name)
    known = state.load(name)
    if known:
        boot.stop(known, hard=True)
    cgroup.remove(names.cgroup)
    network.remove(names)
    # Should anything be mounted below by somebody, then it is not ours to empty.
    call("rm", "-rf", "--one-file-system", names.scratch, check=False)
