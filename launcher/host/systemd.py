"""systemd, of the system or the user; the only module that knows `systemctl`, `journalctl`."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from launcher.host import machine, process
from launcher.model.errors import HostUnfit, UnitFailed, UsageProblem
from launcher.model.starting import AGAIN

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_GENERATORS = (
    Path("/usr/lib/systemd/system-generators/podman-system-generator"),
    Path("/usr/libexec/podman/quadlet"),
    Path("/usr/lib/podman/quadlet"),
)
_EVENT = re.compile(
    r"\d{4}-\d\d-\d\d .* (container|image|volume|network) \w+ |conmon |[0-9a-f]{64}$"
    r"|\s*$|\S+\.service: "
    r"|(Starting|Started|Stopping|Stopped|Finished|Failed to start) \S+\.service"
)
ENABLED, DISABLED = "enabled", "disabled"
"""systemd's word for a unit that does not come up with the host."""

_NEVER = {"", "0", "n/a"}
_PROPERTIES = (
    "Id", "LoadState", "ActiveState", "SubState", "Result", "ActiveEnterTimestamp",
    "NRestarts", "Job", "UnitFileState",
)  # fmt: skip
_TELL = """\
export NOTIFY_SOCKET="${XDG_RUNTIME_DIR:-/run}/systemd/notify"
echo $$ >"$0/cgroup.procs"
systemd-notify --ready
"""
"""Tells systemd, from within the cgroup of a unit, that the unit is ready (no exec: root's call is
taken for one of its parent, which has to be in that cgroup too)."""


@dataclass(frozen=True)
class UnitState:
    """What systemd says of a unit; `active` is its word: active, activating, inactive, failed.

    `restarts` is how often systemd started it again since it was asked to, `job` whether it has
    something to do with it still, `at_boot` its word for whether the unit comes up with the host.
    """

    unit: str
    load: str
    active: str
    sub: str
    result: str
    since: str
    restarts: int = 0
    job: bool = False
    at_boot: str = ""

    @property
    def is_up(self) -> bool:
        return self.active == "active"

    @property
    def is_coming(self) -> bool:
        """Whether it starts, and not for having died just now."""
        return self.active == "activating" and not self.sub.startswith(AGAIN)


@dataclass(frozen=True)
class Run:
    """When a service ran last and its timer runs it next, and systemd's word for how it ended.

    The word is empty where it did not run since the host came up, or runs now.
    """

    last: str
    next: str
    result: str


@dataclass(frozen=True)
class Systemd:
    """The service manager of the system, or of the user who runs us."""

    user: bool

    def check(self) -> None:
        """Make sure that there is a manager to talk to.

        Raises:
            HostUnfit: systemd does not run here, or not for this user.

        """
        if not Path("/run/systemd/system").is_dir():
            raise HostUnfit(
                "systemd does not run on this host",
                hint="pulp-launcher needs a machine, real or virtual, that was booted by systemd.",
            )
        if process.run([*self._systemctl, "show", "--property=Version"], check=False).returncode:
            raise HostUnfit(
                "systemd does not run for this user",
                hint="Let it run without a login, then log in anew (not with su or sudo): "
                "loginctl enable-linger $USER",
            )

    def shutdown_seconds(self) -> int:
        """Return how long all units of the user may take to stop at shutdown; 0 for no limit.

        Nobody limits all units of the system together.

        Raises:
            HostUnfit: it can not be found out; units made without it would differ, and restart.

        """
        if not self.user:
            return 0
        manager = f"user@{machine.user_id()}.service"
        argv = ["systemctl", "show", "--property=TimeoutStopUSec", "--value", manager]
        done = process.run(argv, check=False)
        if done.returncode or not done.stdout.strip():
            hint = f"See what this says, then run the command again: {shlex.join(argv)}"
            raise HostUnfit(
                f"systemd does not say how long {manager} may take to stop",
                details=done.stderr.strip(), hint=hint,
            )  # fmt: skip
        return _seconds(done.stdout)

    def lingers(self, user: str) -> bool:
        """Tell whether the user's units start at boot and outlive the login."""
        done = process.run(["loginctl", "show-user", user, "--property=Linger"], check=False)
        return done.stdout.strip() == "Linger=yes"

    def reload(self) -> None:
        self._run("daemon-reload")

    def forget(self, units: Sequence[str]) -> None:
        """Drop what systemd remembers of units that failed, and how often."""
        if units:
            process.run([*self._systemctl, "reset-failed", *units], check=False)

    def enable(self, *units: str) -> None:
        self._run("enable", "--quiet", *units)

    def disable(self, unit: str) -> None:
        """Let a unit not come up at boot; not there is fine. Raises UnitFailed."""
        done = process.run([*self._systemctl, "disable", "--quiet", unit], check=False)
        if done.returncode and self.states([unit])[0].at_boot == ENABLED:
            raise UnitFailed(f"{unit} still comes up at boot", details=done.stderr.strip())

    def start(self, units: Sequence[str], *, wait: bool = True) -> None:
        """Start units and, if so, wait until they are up.

        Raises:
            UnitFailed: one did not come up; the details are its last words.

        """
        self._act("start", units, wait=wait)

    def launch(self, unit: str) -> None:
        """Let a unit be started, whatever became of it before, and wait for nothing."""
        self.forget([unit])
        process.run([*self._systemctl, "start", "--no-block", unit], check=False)

    def restart(self, units: Sequence[str], *, wait: bool = True) -> None:
        """Restart units and, if so, wait until they are up again; raises UnitFailed as `start`."""
        self._act("restart", units, wait=wait)

    def tell_ready(self, unit: str) -> None:
        """Tell systemd that a unit is ready where what should have told it did not.

        The message comes from a process in the unit's own cgroup, which a service of the same
        manager may go to.
        """
        group = self._shown(unit, "ControlGroup").get("ControlGroup", "")
        if group:
            mode = ["--user"] if self.user else []
            options = ["--quiet", "--collect", "--wait", *mode]
            folder = f"/sys/fs/cgroup{group}/runtime"
            # systemd would put its own variables in.
            script = _TELL.replace("$", "$$")
            process.run(["systemd-run", *options, "sh", "-euc", script, folder], check=False)

    def read_anew(self, unit: str) -> None:
        """Let a running unit read its configuration anew; raises UnitFailed."""
        self._act("reload", [unit])

    def stop(self, units: Sequence[str], *, wait: bool = True) -> None:
        self._act("stop", units, wait=wait)

    def states(self, units: Sequence[str]) -> list[UnitState]:
        """Return the state of each unit, in the order asked for."""
        if not units:
            return []
        properties = f"--property={','.join(_PROPERTIES)}"
        out = process.run([*self._systemctl, "show", properties, *units]).stdout
        blocks = [_properties(block) for block in out.strip().split("\n\n")]
        return [_state(unit, block) for unit, block in zip(units, blocks, strict=True)]

    def check_calendar(self, schedule: str) -> None:
        """Make sure that systemd understands when that is; raises UsageProblem."""
        argv = ["systemd-analyze", "calendar", "--", schedule]
        done = process.run(argv, check=False)
        if done.returncode:
            raise UsageProblem(
                f"'{schedule}' is no schedule",
                details=done.stderr.strip(),
                hint="Write it like 'daily', 'Sun 03:00' or '*-*-01 04:30'; man systemd.time",
            )

    def scheduled(self, timer: str, service: str) -> Run:
        """Return when a service ran, by its timer or by hand, and will, and how it ended."""
        when = self._shown(timer, "LastTriggerUSec", "NextElapseUSecRealtime")
        how = self._shown(service, "Result", "ExecMainStartTimestamp", "ExecMainExitTimestamp")
        return Run(
            # Only the timer still knows it when the host came up since.
            how.get("ExecMainStartTimestamp") or when.get("LastTriggerUSec", ""),
            when.get("NextElapseUSecRealtime", ""),
            how.get("Result", "") if "ExecMainExitTimestamp" in how else "",
        )

    def _shown(self, unit: str, *properties: str) -> dict[str, str]:
        """Return those properties of a unit that say something."""
        argv = [*self._systemctl, "show", f"--property={','.join(properties)}", unit]
        found = _properties(process.run(argv).stdout).items()
        return {name: value for name, value in found if value not in _NEVER}

    def last_words(self, unit: str, lines: int = 15) -> str:
        """Return the last lines that a unit said itself, without what podman and systemd note."""
        argv = [*self._journalctl, f"--unit={unit}", "--lines=100", "--output=cat"]
        said = process.run(argv, check=False).stdout.splitlines()
        own = [line for line in said if not _EVENT.match(line)]
        # Where it never ran, systemd alone knows why.
        return "\n".join((own or said)[-lines:])

    def command_to_follow(self, unit: str) -> str:
        """Return what a person types to read on what a unit says."""
        return f"journalctl {'--user ' if self.user else ''}--follow --unit {unit}"

    def follow(self, units: Iterable[str], *, lines: int, follow: bool) -> int:
        """Show the journal of units on the terminal and return journalctl's status."""
        argv = [*self._journalctl, *(f"--unit={unit}" for unit in units), f"--lines={lines}"]
        return process.attach([*argv, "--no-hostname", *(["--follow"] if follow else [])])

    def check_quadlets(self, folder: Path) -> None:
        """Let podman's own generator read the quadlets of a folder, and write nothing.

        Raises:
            UnitFailed: it refuses one of them, so that the unit would not exist.
            HostUnfit: this podman has no generator.

        """
        generator = next((path for path in _GENERATORS if path.exists()), None)
        if generator is None:
            raise HostUnfit(
                "podman's generator for quadlets is not on this host",
                hint="Install podman 4.6 or newer from the packages of the distribution.",
            )
        mode = ["--user"] if self.user else []
        argv = [str(generator), "--dryrun", *mode]
        done = process.run(argv, env={"QUADLET_UNIT_DIRS": str(folder)}, check=False)
        complaints = [line for line in done.stderr.splitlines() if "rror" in line]
        if done.returncode or complaints:
            raise UnitFailed(
                "podman refuses a unit that the launcher wrote; nothing was changed",
                details="\n".join(complaints) or done.stderr,
                hint="Please report this, with the lines above and 'podman version'.",
            )

    @property
    def _systemctl(self) -> list[str]:
        return ["systemctl", *(["--user"] if self.user else []), "--no-pager"]

    @property
    def _journalctl(self) -> list[str]:
        return ["journalctl", *(["--user"] if self.user else []), "--no-pager", "--quiet"]

    def _run(self, *arguments: str) -> None:
        try:
            process.run([*self._systemctl, *arguments])
        except process.ProgramFailed as error:
            raise UnitFailed(f"systemctl {arguments[0]} failed", details=error.details) from error

    def _act(self, verb: str, units: Sequence[str], *, wait: bool = True) -> None:
        if not units:
            return
        try:
            process.run([*self._systemctl, verb, *([] if wait else ["--no-block"]), *units])
        except process.ProgramFailed as error:
            raise UnitFailed(
                f"not every unit did {verb}", details=self._why(units, error.details)
            ) from error

    def _why(self, units: Sequence[str], said: str) -> str:
        failed = [state.unit for state in self.states(units) if not state.is_up]
        words = [f"{unit}:\n{self.last_words(unit)}" for unit in failed]
        return "\n\n".join(words) or said


_UNITS = {"d": 86400, "h": 3600, "min": 60, "s": 1}


def _seconds(text: str) -> int:
    """Return the seconds of a time span of systemd's, as `1min 30s`; 0 for one without an end."""
    found = re.findall(r"(\d+)(d|h|min|s)\b", text)
    return sum(int(number) * _UNITS[unit] for number, unit in found)


def _properties(block: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in block.splitlines() if "=" in line)


def _state(unit: str, values: dict[str, str]) -> UnitState:
    keys = ("LoadState", "ActiveState", "SubState", "Result", "ActiveEnterTimestamp")
    load, active, sub, result, since = (values.get(key, "") for key in keys)
    return UnitState(
        unit, load, active, sub, result, since,
        restarts=int(values.get("NRestarts") or 0),
        job=values.get("Job", "") not in _NEVER,
        at_boot=values.get("UnitFileState", ""),
    )  # fmt: skip
