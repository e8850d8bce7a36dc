"""The one tree of errors; adapters translate into it, the command line renders it."""

from __future__ import annotations

from typing import ClassVar


class LauncherError(Exception):
    """What happened (`message`), what a program said of it (`details`), what to do (`hint`).

    `log` is the file with all that was said, where there is one; `told` is whether the hooks know.
    `code` is a stable word for programs; `exit_code` is the exit status of the command:
    0 ok, 1 failed, 2 usage, 3 drift found by a check, 4 host unfit, 130 interrupted.
    """

    code: ClassVar[str] = "failed"
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, details: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.details = details
        self.hint = hint
        self.log = ""
        self.told = False


class UsageProblem(LauncherError):
    """The command was asked for something that makes no sense."""

    code = "usage"
    exit_code = 2


class InputInvalid(LauncherError):
    """A file or value that the user wrote can not be understood."""

    code = "input-invalid"
    exit_code = 2


class ResolutionFailed(LauncherError):
    """No set of distributions satisfies the manifest."""

    code = "resolution-failed"


class IndexUnreachable(LauncherError):
    """The package index or the image registry did not answer."""

    code = "index-unreachable"


class BuildFailed(LauncherError):
    """The image could not be built."""

    code = "build-failed"


class GateFailed(LauncherError):
    """A check that must hold before the next step does not hold."""

    code = "gate-failed"


class SwitchFailed(LauncherError):
    """A new generation could not take over; the old one serves again."""

    code = "switch-failed"


class StartFailed(LauncherError):
    """Pulp did not come up with a changed config; that of before serves again."""

    code = "start-failed"


class EngineFailed(LauncherError):
    """podman answered with an error."""

    code = "engine-failed"


class UnitFailed(LauncherError):
    """systemd or the quadlet generator refused a unit, or a unit did not come up."""

    code = "unit-failed"


class HostUnfit(LauncherError):
    """The host lacks something that is needed."""

    code = "host-unfit"
    exit_code = 4


class Busy(LauncherError):
    """Another launcher works on the same instance."""

    code = "busy"


class NotReady(LauncherError):
    """An earlier step has to be done first."""

    code = "not-ready"


class DriftFound(LauncherError):
    """A check found that something is not as it is written."""

    code = "drift"
    exit_code = 3


class Unexpected(LauncherError):
    """The launcher itself has a fault."""

    code = "internal"


class Interrupted(LauncherError):
    """The user stopped the work."""

    code = "interrupted"
    exit_code = 130
