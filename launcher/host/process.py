"""Programs of the host; the only module that knows `subprocess`."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import shlex
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING

from launcher.host import files
from launcher.host.credentials import masked
from launcher.model.errors import HostUnfit, LauncherError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

log = logging.getLogger(__name__)

_ROOT = Path("/")
"""Where programs run; the folder that we were called in may be closed to them."""

_LAST_LINES = 8
_LINE_LENGTH = 300


class ProgramFailed(LauncherError):
    """A program ended with a status that is not 0; adapters say what that means."""

    code = "program-failed"

    def __init__(self, argv: Sequence[str], status: int, output: str) -> None:
        # It may name the addresses that it was given, or found in a configuration of its own.
        super().__init__(f"{argv[0]} failed with status {status}", details=masked(output.strip()))
        self.status = status


def installed(program: str) -> bool:
    return shutil.which(program) is not None


def run(
    argv: Sequence[str],
    *,
    stdin: str | bytes = b"",
    env: Mapping[str, str] | None = None,
    cwd: Path = _ROOT,
    check: bool = True,
    timeout: float | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end and return what it printed.

    `env` adds to our environment; `timeout` is in seconds.

    Raises:
        ProgramFailed: it ended with another status than 0 and `check` is true, or took too long.
        HostUnfit: it is not installed.

    """
    log.debug("%s", shlex.join(argv))
    data = stdin.encode() if isinstance(stdin, str) else stdin
    with _translated(argv):
        done = subprocess.run(
            argv, input=data, env=_environment(env), cwd=cwd, check=False, timeout=timeout,
            capture_output=True,
        )  # fmt: skip
    out, err = (text.decode(errors="replace") for text in (done.stdout, done.stderr))
    if check and done.returncode:
        raise ProgramFailed(argv, done.returncode, err or out)
    return subprocess.CompletedProcess(argv, done.returncode, out, err)


def run_within(seconds: float, argv: Sequence[str], *, env: Mapping[str, str]) -> None:
    """Run a program of somebody else, and all that it starts, for no longer than `seconds`.

    What it prints is told when it fails; what it leaves running when it ends well is left alone.

    Raises:
        ProgramFailed: it ended with another status than 0, or took too long.
        HostUnfit: it can not be run.

    """
    log.debug("%s", shlex.join(argv))
    # A pipe would be waited for as long as anything holds it.
    with _translated(argv), tempfile.TemporaryFile() as said:
        with _own_session(argv, env, said) as process:
            status = process.wait(seconds)
        said.seek(max(0, said.seek(0, os.SEEK_END) - _LAST_LINES * _LINE_LENGTH))
        lines = said.read().decode(errors="replace").splitlines()[-_LAST_LINES:]
    if status:
        raise ProgramFailed(argv, status, "\n".join(line[:_LINE_LENGTH] for line in lines))


@contextlib.contextmanager
def _own_session(
    argv: Sequence[str], env: Mapping[str, str], output: IO[bytes]
) -> Iterator[subprocess.Popen[bytes]]:
    """Start a program in a session of its own, and end the whole of it when we are not content."""
    try:
        process = subprocess.Popen(
            argv, env=_environment(env), cwd=_ROOT, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip
    except OSError as error:
        hint = "Name a program that is there, is executable and begins with a line like #!/bin/sh."
        raise HostUnfit(f"{argv[0]} can not be run: {error.strerror}", hint=hint) from error
    with process:
        try:
            yield process
        except BaseException:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            raise


def stream(
    argv: Sequence[str],
    on_line: Callable[[str], None],
    *,
    env: Mapping[str, str] | None = None,
) -> None:
    """Run a program that takes long, and hand over each line of its output as it comes.

    It is ended when we are, also by SIGKILL.

    Raises:
        ProgramFailed: it ended with another status than 0; `details` are its last lines.
        HostUnfit: it is not installed.

    """
    log.debug("%s", shlex.join(argv))
    lines: list[str] = []
    with _translated(argv), _started(_tied(argv), env) as process:
        for raw in process.stdout or ():
            line = masked(raw.rstrip("\n"))
            on_line(line)
            lines = [*lines[1 - _LAST_LINES :], line[:_LINE_LENGTH]]
        status = process.wait()
    if status:
        raise ProgramFailed(argv, status, "\n".join(lines))


def pipe(
    source: Sequence[str], sink: Sequence[str], *, env: Mapping[str, str] | None = None
) -> None:
    """Run two programs with the output of the first as the input of the second.

    `env` adds to the environment of the first.

    Raises:
        ProgramFailed: one of them ended with another status than 0; of two that failed, the one
            that did so first is named, as the other had nobody to talk to any more.
        HostUnfit: one of them is not installed.

    """
    log.debug("%s | %s", shlex.join(source), shlex.join(sink))
    with (
        # A pipe that nobody reads would hold the source up.
        tempfile.TemporaryFile() as said,
        _translated(source),
        subprocess.Popen(
            _tied(source), env=_environment(env), stdout=subprocess.PIPE, stderr=said
        ) as first,
        _translated(sink),
    ):
        done = subprocess.run(_tied(sink), stdin=first.stdout, capture_output=True, check=False)
        # Our end of the pipe is open still, so that no end of the source is due to the sink's.
        was_first = first.poll() is not None
        if first.stdout:
            first.stdout.close()
        first.wait()
        said.seek(0)
        errors = said.read().decode(errors="replace")
    if done.returncode and not (was_first and first.returncode):
        raise ProgramFailed(sink, done.returncode, done.stderr.decode(errors="replace"))
    if first.returncode:
        raise ProgramFailed(source, first.returncode, errors)


def feed(argv: Sequence[str], path: Path) -> None:
    """Run a program with a file as its input.

    Raises:
        ProgramFailed: it ended with another status than 0.
        HostUnfit: it is not installed, or there is no such file.

    """
    log.debug("%s < %s", shlex.join(argv), path)
    try:
        file = path.open("rb")
    except OSError as error:
        raise HostUnfit(f"{path} can not be read: {error.strerror}") from error
    with file, _translated(argv):
        done = subprocess.run(_tied(argv), stdin=file, capture_output=True, check=False)
    if done.returncode:
        raise ProgramFailed(argv, done.returncode, done.stderr.decode(errors="replace"))


def save(argv: Sequence[str], path: Path) -> None:
    """Run a program and keep its output as a file, which appears when it is complete.

    Raises:
        ProgramFailed: it ended with another status than 0.
        OSError: the disk is full.
        HostUnfit: it is not installed.

    """
    log.debug("%s > %s", shlex.join(argv), path)
    unfinished = path.with_name(f".{path.name}")
    with _translated(argv), open(unfinished, "wb", opener=_private) as file:
        done = subprocess.run(
            _tied(argv), stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.PIPE, check=False
        )
        os.fsync(file.fileno())
    if done.returncode:
        is_full = not os.statvfs(path.parent).f_bavail
        unfinished.unlink()
        if is_full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        raise ProgramFailed(argv, done.returncode, done.stderr.decode(errors="replace"))
    files.move(unfinished, path)


def attach(argv: Sequence[str]) -> int:
    """Hand the terminal over to a program and return its exit status.

    Raises:
        HostUnfit: it is not installed.

    """
    log.debug("%s", shlex.join(argv))
    with _translated(argv), _left_to_child(signal.SIGINT):
        return subprocess.run(argv, env=_environment(None), cwd=_ROOT, check=False).returncode


@contextlib.contextmanager
def _started(argv: Sequence[str], env: Mapping[str, str] | None) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        argv, env=_environment(env), cwd=_ROOT, text=True, errors="replace",
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    ) as process:  # fmt: skip
        try:
            yield process
        except BaseException:
            process.kill()
            raise


@contextlib.contextmanager
def _translated(argv: Sequence[str]) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise HostUnfit(
            f"{argv[0]} is not installed on this host",
            hint=f"Install the package that has {argv[0]}, then run the command again.",
        ) from error
    except subprocess.TimeoutExpired as error:
        raise ProgramFailed(argv, -1, f"no answer within {error.timeout} seconds") from error


@contextlib.contextmanager
def _left_to_child(number: signal.Signals) -> Iterator[None]:
    """Let only the child have a signal of the terminal; one that we ignored it would ignore too."""
    before = signal.signal(number, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(number, before)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _tied(argv: Sequence[str]) -> list[str]:
    """Return the command that ends when we end (setpriv is part of util-linux)."""
    return ["setpriv", "--pdeathsig", "KILL", *argv] if installed("setpriv") else list(argv)


def _environment(env: Mapping[str, str] | None) -> dict[str, str]:
    # What programs tell us is not to be broken into the lines of somebody's terminal.
    ours = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES"}}
    return {**ours, "LC_ALL": "C.UTF-8", **(env or {})}
