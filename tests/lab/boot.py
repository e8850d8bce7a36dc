"""Starts and ends the systemd of a host."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from tests.lab import cgroup, network
from tests.lab.errors import LabError
from tests.lab.names import HERE, Names
from tests.lab.system import call, poll, wait_for

if TYPE_CHECKING:
    from tests.lab.state import State

JOIN = 'echo $$ >"$1/cgroup.procs"; echo $$ >"$2"; shift 2; exec "$@"'
POWER_OFF = signal.SIGRTMIN + 4
# A unit that takes for ever to start does not keep the host from being used.
SETTLED = ("timeout", "60", "systemctl", "is-system-running", "--wait")


def start(state: State) -> int:
    """Boot a host from its disk and return the pid of its systemd."""
    names = Names(state.name)
    _make_disk(names.scratch)
    network.create(names, state.slot)
    cgroup.create(names.cgroup)
    return _spawn(names, state.lower)


def _make_disk(scratch: Path) -> None:
    for folder in ("root", "upper", "work", "containers", "home", "var-tmp"):
        (scratch / folder).mkdir(parents=True, exist_ok=True)
    (scratch / "var-tmp").chmod(0o1777)


def _spawn(names: Names, lower: str) -> int:
    """Detached in every respect: no terminal, no pipes and no parent that must wait for it."""
    scratch, holder = names.scratch, names.scratch / "holder.pid"
    holder.unlink(missing_ok=True)
    command = ["setsid", "--fork", "sh", "-ec", JOIN, "sh", str(names.cgroup), str(holder)]
    command += ["nsenter", f"--net=/run/netns/{names.netns}"]
    command += ["unshare", "--mount", "--pid", "--fork", "--cgroup", "--ipc", "--uts"]
    command += ["--kill-child", "sh", str(HERE / "boot.sh"), lower, str(scratch), names.host]
    with (scratch / "boot.log").open("w") as log:
        subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=True, cwd="/"
        )
    if not poll(lambda: _systemd_below(holder) > 0, 10):
        raise LabError(f"the host did not boot:\n{(scratch / 'boot.log').read_text()}")
    return _systemd_below(holder)


def _systemd_below(holder: Path) -> int:
    """Find the pid which the host's first process has on the machine."""
    with contextlib.suppress(OSError, ValueError):
        pid = int(holder.read_text())
        child = int(Path(f"/proc/{pid}/task/{pid}/children").read_text())
        if Path(f"/proc/{child}/comm").read_text().strip() == "systemd":
            return child
    return 0


def wait_until_up(pid: int) -> None:
    """Up means: systemd has finished its start, and so has that of the rootless user."""
    root = Path(f"/proc/{pid}/root")
    wait_for("systemd answers", (root / "run/systemd/private").exists, 20)
    # Its exit status also tells "degraded", which is for the caller to judge.
    enter = ["nsenter", "--all", f"--target={pid}", f"--root={root}", "--wd=/", "env", "-i"]
    call(*enter, *SETTLED, check=False)
    wait_for("the user's systemd answers", (root / "run/user/1000/bus").exists, 20)


def stop(state: State, *, hard: bool, seconds: float = 60) -> None:
    """End a host's processes; a host that has not powered off after `seconds` loses power."""
    if state.alive and not hard:
        os.kill(state.pid, POWER_OFF)
        poll(lambda: not state.alive, seconds)
    if state.alive:
        os.kill(state.pid, signal.SIGKILL)
    cgroup.remove(Names(state.name).cgroup)
