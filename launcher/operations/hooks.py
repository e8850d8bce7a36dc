"""Run the administrator's own command when a build or a switch has ended."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Literal

from launcher.host import machine, process
from launcher.host.credentials import masked
from launcher.model.errors import Busy, Interrupted, LauncherError, NotReady

if TYPE_CHECKING:
    from collections.abc import Iterator

    from launcher.operations.instance import Instance

SECONDS = 60
"""How long a hook may take; then it is ended."""

_PREFIX = "PULP_LAUNCHER"
EVENT = f"{_PREFIX}_EVENT"
VARIABLES = {
    EVENT: "`success` or `failure`",
    f"{_PREFIX}_INSTANCE": "the name of the instance",
    f"{_PREFIX}_GENERATION": "the number of the generation, empty where it came to none",
    f"{_PREFIX}_MESSAGE": "what happened, in a sentence",
    f"{_PREFIX}_LOG": "the path of the whole log, empty where there is none",
}
"""What a hook finds in its environment, and what it means."""


def succeeded(instance: Instance, message: str, generation: int, *, log: str = "") -> None:
    """Run the hook for what ended well; it never raises.

    Call it when the lock of the instance is given back, as the hook may call the launcher.
    """
    _run(instance, "success", message, generation, log)


def failed(
    instance: Instance, error: LauncherError, generation: int | None = None, *, log: str = ""
) -> None:
    """Run the hook for what failed, as `succeeded` does; the error's own log serves for `log`.

    It is told once, however many commands it passes through.
    That another launcher is at work, or goes on with it, is no failure: it tells of its own end.
    """
    if not error.told and not isinstance(error, Busy | Interrupted):
        error.told = True
        _run(instance, "failure", error.message, generation, log or error.log)


@contextlib.contextmanager
def told_of_failure(instance: Instance) -> Iterator[None]:
    """Run the hook for what fails inside, and let the error pass."""
    try:
        yield
    except LauncherError as error:
        failed(instance, error)
        raise


def _run(
    instance: Instance,
    event: Literal["success", "failure"],
    message: str,
    generation: int | None,
    log: str,
) -> None:
    # A hook whose launcher ran hooks could go on for ever.
    command = () if machine.variable(EVENT) else _command(instance, event)
    if not command:
        return
    number = "" if generation is None else str(generation)
    said = (event, instance.names.instance, number, masked(message).replace("\0", ""), log)
    with instance.reporter.step(f"Running the {event} hook"):
        problem = _problem(command, dict(zip(VARIABLES, said, strict=True)))
    if problem:
        instance.reporter.note(f"The {event} hook of config.toml did not work: {problem}")


def _command(instance: Instance, event: Literal["success", "failure"]) -> tuple[str, ...]:
    try:
        hooks = instance.config().hooks
    except NotReady:
        return ()
    except LauncherError as error:
        instance.reporter.note(f"No hook was run: {error.message}")
        return ()
    return hooks.success if event == "success" else hooks.failure


def _problem(command: tuple[str, ...], env: dict[str, str]) -> str:
    """Return what went wrong, with the last that the hook said; or nothing."""
    try:
        process.run_within(SECONDS, command, env=env)
    except LauncherError as error:
        last = error.details.splitlines()[-1:]
        return ": ".join([error.message, *last])
    except OSError as error:
        # What failed before may be a full disk, and what a hook says is kept on one.
        return str(error)
    return ""
