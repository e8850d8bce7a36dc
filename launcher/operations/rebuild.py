"""Build the next generation, if there is anything to build."""

from __future__ import annotations

import contextlib
import datetime as dt
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from launcher.host import files, machine, package, wheelhouse
from launcher.host.machine import use_proxy
from launcher.host.podman import Build, last_json
from launcher.model.errors import BuildFailed, GateFailed, HostUnfit, InputInvalid
from launcher.model.fingerprint import Fingerprint, differences, fingerprint
from launcher.model.generation import Generation
from launcher.model.wheel import Wheel, sources
from launcher.operations.base import ensure_base
from launcher.operations.lock import fresh_lock
from launcher.operations.missing_libraries import explain_missing
from launcher.render.context import WHEELS, context
from launcher.render.unit import OLDEST_PODMAN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from launcher.model.lock import Lock
    from launcher.model.manifest import Manifest
    from launcher.operations.instance import Instance

BUILD_SPACE = 3 * 1024**3
"""Bytes that a build needs on the file system of podman's images (measured: 2.2 GB, cold)."""


@dataclass(frozen=True)
class Rebuilt:
    """The newest generation; whether it was built now, and which inputs made that necessary."""

    generation: Generation
    built: bool
    reasons: tuple[str, ...]
    log: str = ""


@dataclass(frozen=True)
class _Inputs:
    manifest: Manifest
    lock: Lock
    wheels: tuple[Wheel, ...]
    base: str
    files: dict[str, bytes]
    fingerprint: Fingerprint


def rebuild(instance: Instance, *, force: bool = False) -> Rebuilt:
    """Build the image of the manifest as a new generation; running containers are not touched.

    Raises:
        ResolutionFailed, IndexUnreachable: the manifest can not be resolved.
        BuildFailed: a step of the build failed.
        GateFailed: the new image does not pass its own checks.
        HostUnfit: podman is missing or too old, or there is no space.

    """
    instance.podman.check(OLDEST_PODMAN)
    with instance.changing():
        inputs = _inputs(instance)
        newest = instance.newest()
        if newest and not force and _is_built(instance, newest, inputs.fingerprint):
            return Rebuilt(newest, built=False, reasons=())
        old = newest.inputs if newest else {}
        reasons = (
            differences(old, inputs.fingerprint.inputs) if newest else ["nothing is built yet"]
        )
        number = newest.number + 1 if newest else 1
        return _build(instance, inputs, number, tuple(reasons or ["asked for"]))


def _inputs(instance: Instance) -> _Inputs:
    manifest = instance.manifest()
    use_proxy(manifest.image.proxy)
    lock = fresh_lock(instance, manifest)
    base = ensure_base(instance, manifest)
    wheels = _wheels(instance, manifest, lock)
    packages = {*instance.catalogue.packages(manifest.plugins), *manifest.packages()}
    bundle = _bundle(manifest)
    content = context(files.read_folder(package.containers()), wheels, packages, bundle)
    return _Inputs(manifest, lock, wheels, base, content, fingerprint(content, base))


def _wheels(instance: Instance, manifest: Manifest, lock: Lock) -> tuple[Wheel, ...]:
    wanted = sources(lock.text, manifest.image.python)
    with instance.reporter.step(f"Fetching {len(wanted)} distributions"):
        return tuple(instance.wheelhouse(manifest.index).fetch(wanted, instance.reporter.line))


def _bundle(manifest: Manifest) -> bytes:
    path = Path(manifest.image.ca_bundle)
    if not manifest.image.ca_bundle:
        return b""
    if not path.is_file():
        raise InputInvalid(
            f"there is no file {path}, which ca_bundle under [image] names",
            hint="Put the certificates there, or empty the key.",
        )
    return path.read_bytes()


def _is_built(instance: Instance, newest: Generation, wanted: Fingerprint) -> bool:
    same = newest.fingerprint == wanted.digest
    return same and instance.podman.image_id(newest.image) == newest.image_id


def _build(instance: Instance, inputs: _Inputs, number: int, reasons: tuple[str, ...]) -> Rebuilt:
    _check_space(instance)
    name = instance.names.image(number, inputs.fingerprint.digest)
    log = instance.paths.logs / f"build-{number}.log"
    try:
        with _tidied(instance), _logged(instance, log) as on_line:
            image = _image(instance, inputs, number, on_line)
    except (BuildFailed, GateFailed) as error:
        missing = explain_missing(instance, inputs.base, log.read_text(encoding="utf-8"))
        error.details = missing or error.details
        error.hint = _mend(missing, log)
        raise
    instance.podman.tag(image, name)
    generation = Generation(
        number=number,
        image=name,
        image_id=image,
        fingerprint=inputs.fingerprint.digest,
        inputs=inputs.fingerprint.inputs,
        plugins=tuple(inputs.manifest.plugins),
        versions={wheel.name: wheel.version for wheel in inputs.wheels},
        origins=inputs.lock.origins,
        built_at=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
    )
    _record(instance, generation, log)
    return Rebuilt(generation, built=True, reasons=reasons, log=str(log))


def _mend(missing: str, log: Path) -> str:
    if missing:
        return "Name the package under packages in [image] of plugins.toml, then rebuild."
    return f"The whole log is in {log}; mend the cause, then rebuild."


def _image(instance: Instance, inputs: _Inputs, number: int, on_line: Callable[[str], None]) -> str:
    files.write_folder(instance.paths.build_context, inputs.files)
    wheelhouse.link(inputs.wheels, instance.paths.build_context / WHEELS)
    uv = instance.paths.build_tools / "uv"
    files.copy(instance.uv.program, uv)
    labels = {
        **instance.names.labels,
        "io.pulp-launcher.generation": str(number),
        "io.pulp-launcher.fingerprint": inputs.fingerprint.digest,
    }
    build = Build(instance.paths.build_context, inputs.base, uv, machine.ca_bundle(), labels)
    with instance.reporter.step(f"Building the image of generation {number}"):
        image = instance.podman.build(build, on_line)
    with instance.reporter.step("Proving the new image"):
        _prove(instance, image, on_line)
    return image


def _prove(instance: Instance, image: str, on_line: Callable[[str], None]) -> None:
    """Gate 1: the image imports its plugins, has the lock's versions, and likes its own set-up."""
    options = [
        "--network=none",
        "--read-only",
        "--cap-drop=all",
        "--security-opt=no-new-privileges",
    ]
    done = instance.podman.run(image, ["prove"], options)
    for line in (done.stdout + done.stderr).splitlines():
        on_line(line)
    problems = last_json(done.stdout).get("problems", [])
    if done.returncode or problems:
        instance.podman.remove_image(image)
        raise GateFailed(
            "the new image does not pass its own checks, and was thrown away",
            details="\n".join(problems) or done.stderr.strip(),
        )


def _check_space(instance: Instance) -> None:
    storage = instance.podman.storage()
    free = files.free_bytes(storage)
    if free < BUILD_SPACE:
        raise HostUnfit(
            f"no space for a build: {storage} has {free / 1024**3:.1f} GB free, "
            f"{BUILD_SPACE / 1024**3:.0f} GB are needed",
            hint="Free some space on that file system, then rebuild.",
        )


def _record(instance: Instance, generation: Generation, log: Path) -> None:
    """Keep what the generation was made of; the folder appears with all of it in place."""
    folder = instance.paths.generation(generation.number)
    unfinished = folder.with_name(f".{folder.name}")
    content = {
        "plugins.toml": instance.manifest_text().encode(),
        "pylock.toml": (files.read(instance.paths.lock) or "").encode(),
        "build.log": log.read_bytes(),
        "generation.json": generation.model_dump_json(indent=2).encode(),
    }
    files.write_folder(unfinished, content)
    shutil.rmtree(folder, ignore_errors=True)
    unfinished.rename(folder)


@contextlib.contextmanager
def _logged(instance: Instance, log: Path) -> Iterator[Callable[[str], None]]:
    """Give a receiver of lines that writes them to the log and shows them to the user."""
    with files.translated(log):
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("w", buffering=1, encoding="utf-8") as file:

            def on_line(line: str) -> None:
                file.write(f"{line}\n")
                instance.reporter.line(line)

            yield on_line


@contextlib.contextmanager
def _tidied(instance: Instance) -> Iterator[None]:
    """Leave nothing of a build behind that fails, is interrupted, or was killed earlier."""
    marker = instance.paths.building
    _tidy(instance)
    files.write(marker, str(int(time.time())))
    try:
        yield
    except BaseException:
        _tidy(instance)
        raise
    files.remove(marker)


def _tidy(instance: Instance) -> None:
    since = files.read(instance.paths.building)
    if since is not None:
        instance.podman.remove_working_containers(float(since))
        files.remove(instance.paths.building)
