"""Runs a command inside a host and is, to its caller, that command."""

from __future__ import annotations

import ctypes
import os
import shlex
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.lab.errors import LabError
from tests.lab.names import Names

if TYPE_CHECKING:
    from tests.lab.state import State

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
PASSED_ON = ("TERM", "COLORTERM", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "CI")
FORWARDED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT,
             signal.SIGUSR1, signal.SIGUSR2, signal.SIGCHLD)  # fmt: skip
# CLONE_NEW{NS,CGROUP,UTS,IPC,PID,NET} of sched.h.
NAMESPACES = 0x00020000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x20000000 | 0x40000000
PR_SET_PDEATHSIG = 1

_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Account:
    """Who a command runs as, read from the host's own files."""

    name: str
    uid: int
    gid: int
    home: str
    shell: str
    groups: tuple[int, ...]


def account(root: Path, name: str) -> Account:
    for line in (root / "etc/passwd").read_text().splitlines():
        login, _, uid, gid, _, home, shell = line.split(":")
        if login == name:
            groups = _groups(root, name) | {int(gid)}
            return Account(name, int(uid), int(gid), home, shell, tuple(sorted(groups)))
    raise LabError(f"the host has no user '{name}'")


def _groups(root: Path, name: str) -> set[int]:
    rows = (line.split(":") for line in (root / "etc/group").read_text().splitlines())
    return {int(row[2]) for row in rows if name in row[3].split(",")}


def environment(root: Path, user: Account) -> dict[str, str]:
    """Make what a login would set, and pass on how the caller's terminal looks."""
    env = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    env |= {"LANG": "C.UTF-8", "PATH": PATH, "HOME": user.home, "SHELL": user.shell}
    env |= {"USER": user.name, "LOGNAME": user.name}
    rows = (root / "etc/environment").read_text().splitlines()
    env |= dict(row.split("=", 1) for row in rows if "=" in row and not row.startswith("#"))
    if user.uid:
        env["PATH"] = f"{user.home}/.local/bin:{PATH}"
        env["XDG_RUNTIME_DIR"] = f"/run/user/{user.uid}"
        env["DBUS_SESSION_BUS_ADDRESS"] = f"unix:path=/run/user/{user.uid}/bus"
    return env


def run(state: State, argv: list[str], user: str, *, tty: bool) -> int:
    """Run a command and return its exit status, 128 + N for signal N."""
    root = Path(f"/proc/{state.pid}/root")
    who = account(root, user)
    env = environment(root, who)
    command = _command(argv, who, tty=tty)
    _join_cgroup(state, who)
    _join_namespaces(state.pid)
    signal.pthread_sigmask(signal.SIG_BLOCK, FORWARDED)
    child = os.fork()
    if child == 0:
        _become(who, command, env)
    return _wait(child)


def _command(argv: list[str], who: Account, *, tty: bool) -> list[str]:
    if tty:
        argv = ["script", "--quiet", "--return", "--command", shlex.join(argv), "/dev/null"]
    if who.uid:
        argv = ["systemd-run", "--user", "--scope", "--quiet", "--collect", "--", *argv]
    return argv


def _join_cgroup(state: State, who: Account) -> None:
    """Start a user's processes where the user's own systemd may move them."""
    top = Names(state.name).cgroup
    folder = top / "lab.run"
    if who.uid:
        folder = top / f"user.slice/user-{who.uid}.slice/user@{who.uid}.service/init.scope"
        if not folder.is_dir():
            raise LabError(f"{who.name} has no systemd of their own (loginctl enable-linger)")
    folder.mkdir(exist_ok=True)
    (folder / "cgroup.procs").write_text(str(os.getpid()))


def _join_namespaces(pid: int) -> None:
    root = os.open(f"/proc/{pid}/root", os.O_PATH)
    if _libc.setns(os.pidfd_open(pid), NAMESPACES):
        raise LabError(f"can not enter the host: {os.strerror(ctypes.get_errno())}")
    os.fchdir(root)
    os.chroot(".")
    os.close(root)


def _become(who: Account, command: list[str], env: dict[str, str]) -> None:
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, FORWARDED)
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.umask(0o022)
        os.setgroups(who.groups)
        os.setgid(who.gid)
        os.setuid(who.uid)
        os.chdir(who.home)
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        os.execvpe(command[0], command, env)  # noqa: S606
    except OSError as error:
        os.write(2, f"{command[0]}: {error.strerror}\n".encode())
        os._exit(127)


def _wait(child: int) -> int:
    """Pass signals on, but not those of the terminal: the child gets them itself."""
    while True:
        info = signal.sigwaitinfo(FORWARDED)
        if info.si_signo != signal.SIGCHLD:
            if info.si_pid:
                os.kill(child, info.si_signo)
            continue
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code
