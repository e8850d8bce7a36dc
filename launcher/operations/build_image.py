"""Build an image, prove it, and leave nothing behind when that fails."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from launcher.host import files, machine, wheelhouse
from launcher.host.credentials import masked
from launcher.host.podman import last_json
from launcher.host.podman_build import Build
from launcher.model.errors import BuildFailed, Busy, GateFailed, HostUnfit, LauncherError
from launcher.model.materials import System
from launcher.model.names import BUILDER, LABEL
from launcher.operations.missing_libraries import explain_missing
from launcher.render.context import WHEELS
from launcher.render.units import CONFINED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from launcher.operations.build_inputs import Inputs
    from launcher.operations.instance import Instance

BUILD_SPACE = 3 * 1024**3
"""Bytes that a build wants free: an image has 0.6 to 0.8 GB, its steps and caches as much again."""

_NO_SPACE = "no space left"
_LAST_STEP = 10
"""Seconds after a build's last line in which a container of it may still have been made."""

_POLL = 1


@dataclass(frozen=True)
class Built:
    """An image by its ID, its operating system, and its plugins' snippets for the web server.

    `migrations` are all that it knows of, as `app.name`; `labels` are the plugins by the label that
    Pulp has for them, `no_domains` those of them that can not run with domains.
    `postgresql` is the major version in it.
    """

    image: str
    system: System
    snippets: dict[str, str]
    migrations: tuple[str, ...]
    labels: dict[str, str] = field(default_factory=dict)
    no_domains: tuple[str, ...] = ()
    postgresql: str = ""


def build_image(instance: Instance, inputs: Inputs, number: int, name: str, log: Path) -> Built:
    """Return a new image of that name, which has passed its own checks.

    What builds left that were killed or failed, of any instance, goes when this one succeeds; until
    then its steps may spare it work.

    Raises:
        BuildFailed: a step of the build failed.
        GateFailed: the new image does not pass its own checks.
        HostUnfit: there is no space.

    """
    _check_space(instance)
    try:
        with _alone(instance), _tidied(instance, log), _logged(instance, log) as on_line:
            built = _image(instance, inputs, number, on_line)
            # While nobody else builds: without a name it would look like a leftover itself.
            instance.podman.tag(built.image, name)
            instance.podman.remove_dangling(BUILDER)
            return built
    except (BuildFailed, GateFailed) as error:
        missing = explain_missing(instance, inputs.base, log.read_text(encoding="utf-8"))
        error.details = missing or error.details
        error.hint = _mend(instance, error, missing, log)
        error.log = str(log)
        raise


def _mend(instance: Instance, error: LauncherError, missing: str, log: Path) -> str:
    if missing:
        return "Name the package under packages in [image] of plugins.toml, then rebuild."
    if _NO_SPACE in error.details.lower():
        return f"Free some space on the file system of {instance.podman.storage()}, then rebuild."
    return f"The whole log is in {log}; mend the cause, then rebuild."


def _image(
    instance: Instance, inputs: Inputs, number: int, on_line: Callable[[str], None]
) -> Built:
    files.write_folder(instance.paths.build_context, inputs.files)
    wheelhouse.link(inputs.wheels, instance.paths.build_context / WHEELS)
    uv = instance.paths.build_tools / "uv"
    files.copy(instance.uv.program, uv)
    labels = {
        **instance.names.labels,
        f"{LABEL}.generation": str(number),
        f"{LABEL}.fingerprint": inputs.fingerprint.digest,
    }
    scratch = instance.paths.build_scratch
    build = Build(
        instance.paths.build_context, inputs.base, uv, machine.ca_bundle(), scratch, labels
    )
    with instance.reporter.step(f"Building the image of generation {number}"):
        image = instance.podman.build(build, on_line)
    with instance.reporter.step("Proving the new image"):
        proof = _prove(instance, image, on_line)
    system = System.model_validate(proof.get("system", {}))
    return Built(
        image,
        system,
        proof.get("snippets", {}),
        tuple(proof.get("migrations", ())),
        proof.get("labels", {}),
        tuple(proof.get("no_domains", ())),
        str(proof.get("postgresql", "")),
    )


def _prove(instance: Instance, image: str, on_line: Callable[[str], None]) -> dict[str, Any]:
    """Gate 1: the image imports its plugins, has the lock's versions, and likes its own set-up."""
    done = instance.podman.run(image, ["prove"], CONFINED)
    for line in (done.stdout + done.stderr).splitlines():
        on_line(line)
    proof = last_json(done.stdout)
    problems = proof.get("problems", [])
    if done.returncode or problems:
        instance.podman.remove_image(image)
        raise GateFailed(
            "the new image does not pass its own checks, and was thrown away",
            details="\n".join(problems) or done.stderr.strip(),
        )
    return proof


def _check_space(instance: Instance) -> None:
    storage = instance.podman.storage()
    free = files.free_bytes(storage)
    if free < BUILD_SPACE:
        raise HostUnfit(
            f"no space for a build: {storage} has {free / 1024**3:.1f} GB free, "
            f"{BUILD_SPACE / 1024**3:.0f} GB are needed",
            hint="Free some space on that file system, then rebuild.",
        )


@contextlib.contextmanager
def _logged(instance: Instance, log: Path) -> Iterator[Callable[[str], None]]:
    """Give a receiver of lines that writes them to the log and shows them to the user."""
    with files.translated(log):
        log.parent.mkdir(parents=True, exist_ok=True)
        file = log.open("wb", buffering=0)
    with file:

        def on_line(text: str) -> None:
            line = masked(text)
            # On a full disk it is the build that says so, not a log that can not be written.
            with contextlib.suppress(OSError):
                file.write(f"{line}\n".encode())
            instance.reporter.line(line)

        yield on_line


@contextlib.contextmanager
def _alone(instance: Instance) -> Iterator[None]:
    """Wait until no other instance of the same engine is built.

    Whose build a working container is of is not known to the engine, and ours may leave some.
    """
    mutex = instance.paths.build_mutex
    with contextlib.ExitStack() as lock:
        if not _entered(lock, mutex):
            with instance.reporter.step("Waiting until another instance is built"):
                while not _entered(lock, mutex):
                    time.sleep(_POLL)
        yield


def _entered(lock: contextlib.ExitStack, mutex: Path) -> bool:
    try:
        lock.enter_context(files.locked(mutex))
    except Busy:
        return False
    return True


@contextlib.contextmanager
def _tidied(instance: Instance, log: Path) -> Iterator[None]:
    """Leave nothing of a build behind that is interrupted, or was killed earlier."""
    marker = instance.paths.building
    _tidy(instance)
    files.write(marker, f"{int(time.time())} {log}")
    try:
        with _scratch(instance):
            yield
    except LauncherError:
        # One that failed has tidied up for itself.
        files.remove(marker)
        raise
    except BaseException:
        _tidy(instance)
        raise
    files.remove(marker)


@contextlib.contextmanager
def _scratch(instance: Instance) -> Iterator[None]:
    """Give podman an empty folder for the time of a build.

    Elsewhere a build that is killed leaves its own, which nobody knows from those of others.
    """
    folder = instance.paths.build_scratch
    instance.podman.remove_scratch(folder)
    files.make_private(folder)
    try:
        yield
    finally:
        instance.podman.remove_scratch(folder)


def _tidy(instance: Instance) -> None:
    since, _, log = (files.read(instance.paths.building) or "").partition(" ")
    if since:
        # A build that ended says nothing any more; what began later is not of it.
        until = max(float(since), files.changed(Path(log))) + _LAST_STEP
        instance.podman.remove_working_containers(float(since), until)
        files.remove(instance.paths.building)
