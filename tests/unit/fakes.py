"""Adapters that remember what they are told instead of doing it."""

# ruff: noqa: ARG002 - they take what the real ones take
from __future__ import annotations

import contextlib
import functools
import hashlib
import io
import json
import re
import shutil
import subprocess
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
import tomlkit
from packaging.requirements import Requirement

from launcher.host import files, proxy
from launcher.host.podman import Check, Container, Podman, Version
from launcher.host.pulp import Front
from launcher.host.systemd import Run, Systemd, UnitState
from launcher.host.uv import ALL, Answer, Question, Uv, Yanked
from launcher.host.uv_errors import Conflict, UnknownDistribution
from launcher.host.wheelhouse import Wheelhouse
from launcher.model.errors import (
    EngineFailed,
    HostUnfit,
    IndexUnreachable,
    LauncherError,
    UnitFailed,
    UsageProblem,
)
from launcher.model.lock import Lock
from launcher.model.manifest import DEFAULT_BASE
from launcher.model.names import BUILDER
from launcher.model.paths import Paths
from launcher.model.wheel import Source, Wheel, wheel_of
from launcher.operations.instance import Instance

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from launcher.host.podman_build import Build
    from launcher.model.names import Names

WAL = 2 * 1024**3
"""Bytes that the write-ahead log may take."""
NOTHING_NEWER = subprocess.CompletedProcess([], 0, '{"updates": []}\n', "")
PROVED = subprocess.CompletedProcess([], 0, '{"problems": []}\n', "")
NO_MIGRATIONS: dict[str, Any] = {"pending": [], "guards": [], "ahead": [], "problem": ""}
DEBIAN = {"name": "debian", "version": "13"}
INDEX = {"pulpcore": "3.115.0", "pulp-rpm": "3.39.0", "pulp-deb": "3.9.1", "pulp-python": "3.27.0"}
UNITS = ("*.target", "*.timer", "*.service")
_NEEDED = re.compile(r"^(?:Network|Volume)=([a-z0-9-]+)\.(network|volume)\b", re.MULTILINE)
_LABEL = re.compile(r"^Label=([^=\n]+)=(.*)$", re.MULTILINE)


def proof(packages: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Return what an image of Debian prints that has passed its checks."""
    listed = [
        {"name": name, "version": version, "architecture": "amd64", "source": name}
        | {"source_version": version}
        for name, version in packages.items()
    ]
    result = {"problems": [], "system": {**DEBIAN, "packages": listed}}
    return subprocess.CompletedProcess([], 0, f"ok versions\n{json.dumps(result)}\n", "")


def newer(name: str, old: str | None, new: str, *, security: bool = False) -> dict[str, Any]:
    """Return an update as the script `pending-updates` prints it."""
    return {"name": name, "old": old, "new": new, "security": security}


class Killed(BaseException):
    """The launcher was ended by SIGKILL; nothing of ours catches it."""


class Acts(list[tuple[str, tuple[str, ...]]]):
    """What was done to the units; the launcher is killed when none are `left`."""

    left: int | None = None

    def append(self, act: tuple[str, tuple[str, ...]]) -> None:
        self.step()
        super().append(act)

    def step(self) -> None:
        if self.left == 0:
            raise Killed
        if self.left is not None:
            self.left -= 1


class FakePodman(Podman):
    """An engine whose images, secrets and volumes are mappings."""

    def __init__(self) -> None:
        super().__init__(Path("/nowhere/podman.sock"), _never)
        self.version: Version = (5, 4)
        self.names = {DEFAULT_BASE: "base-1"}
        self.present = {"base-1"}
        self.builds: list[Build] = []
        self.fetched: list[dict[str, str]] = []
        """The proxy of each act of the engine that fetches."""
        self.output = ["STEP 1/1: FROM base"]
        self.failure: LauncherError | None = None
        self.proof = PROVED
        self.pending = NOTHING_NEWER
        self.trial = dict(NO_MIGRATIONS)
        self.ahead: dict[str, list[str]] = {}
        """The migrations that ran and are not in an image, by its name."""
        self.dumps: list[Path] = []
        self.loaded: list[Path] = []
        """The dumps that were put in the place of the database."""
        self.verified: list[Path] = []
        self.majors = ""
        self.paused: set[str] = set()
        """The major versions that the data are of, where there are any."""
        self.forgotten: dict[str, int] | None = {}
        """What is taken away as nobody can decrypt it; None where that fails."""
        self.runs: list[tuple[str, tuple[str, ...]]] = []
        self.values: dict[str, str] = {}
        self.volume_labels: dict[str, dict[str, str]] = {}
        self.networks_there: set[str] = set()
        self.places: dict[str, dict[str, Any]] = {}
        """What is in volumes and folders: the `marker`, and whether they are `used`."""
        self.units: Mapping[str, str] = {}
        self.health: dict[str, str] = {}
        self.looks: dict[str, int] = {}
        """How often a container that runs is looked at before it is healthy."""
        self.said: dict[str, str] = {}
        """What the health check of a container said last."""
        self.tidied: list[tuple[float, float]] = []
        self.cleaned = 0
        """How often the leftovers of builds were removed."""
        self.entered: list[tuple[str, tuple[str, ...]]] = []

    def check(self, oldest: Version) -> Version:
        if self.version < oldest:
            raise HostUnfit(f"podman {self.version} is too old")
        return self.version

    def image_id(self, reference: str) -> str | None:
        return self.names.get(reference)

    def pull(self, reference: str, on_line: Callable[[str], None]) -> None:
        self.fetched.append(proxy.environment())
        on_line(f"Trying to pull {reference}")
        self.names[reference] = f"pulled-{len(self.names)}"

    def build(self, build: Build, on_line: Callable[[str], None]) -> str:
        self.builds.append(build)
        self.fetched.append(proxy.environment())
        for line in self.output:
            on_line(line)
        if self.failure is not None:
            raise self.failure
        self.present.add(f"image-{len(self.builds)}")
        return f"image-{len(self.builds)}"

    def remove_scratch(self, folder: Path) -> None:
        shutil.rmtree(folder, ignore_errors=True)

    def remove_working_containers(self, since: float, until: float) -> None:
        self.tidied.append((since, until))

    def image_names(self, repository: str) -> list[str]:
        return sorted(name for name in self.names if name.startswith(f"{repository}:"))

    def remove_dangling(self, label: tuple[str, str]) -> None:
        assert label == BUILDER
        self.present -= self.present - set(self.names.values())
        self.cleaned += 1

    def tag(self, image_id: str, reference: str) -> None:
        assert image_id in self.present
        self.names[reference] = image_id

    def remove_image(self, reference: str) -> None:
        self.present.discard(self.names.pop(reference, reference))

    def run(
        self,
        image: str,
        command: Sequence[str],
        options: Sequence[str] = (),
        *,
        fetching: bool = False,
    ) -> subprocess.CompletedProcess[str]:
        self.fetched += [proxy.environment()] if fetching else []
        self.runs.append((image, (*options, *command)))
        if any('cat "$file"' in word for word in command):
            lines = ["(open)", *self.majors.split()]
            said = "".join(f"database {line}\n" for line in lines)
            return subprocess.CompletedProcess([], 0, said, "")
        if any("forgotten" in word for word in command):
            said = "" if self.forgotten is None else json.dumps({"forgotten": self.forgotten})
            return subprocess.CompletedProcess([], 0, said, "it failed")
        if "restore-database" in command:
            return self._restored(command, options)
        if command[0] == "try-migrations":
            trial = {**self.trial, "ahead": self.ahead.get(image, [])}
            if "--inspect" in command:
                trial["problem"] = ""
            return subprocess.CompletedProcess([], 0, json.dumps(trial), "")
        if command[0] == "sh" and ".pulp-launcher.json" in command[-1]:
            return self._place(command[-1], options)
        return self.pending if command[0] == "pending-updates" else self.proof

    def _restored(
        self, command: Sequence[str], options: Sequence[str]
    ) -> subprocess.CompletedProcess[str]:
        (folder,) = re.findall(r"--volume=(\S+):/snapshots:ro", " ".join(options))
        path = Path(folder, command[-2].rpartition("/")[2])
        assert path.read_text("utf-8") == "the database"
        self.loaded.append(path)
        return subprocess.CompletedProcess([], 0, "", "")

    def _place(self, script: str, options: Sequence[str]) -> subprocess.CompletedProcess[str]:
        """Be the shell that looks into places, or writes the marker of one."""
        mounts = [
            item.removeprefix("--volume=").split(":") for item in options if "volume=" in item
        ]
        said = ""
        for source, target, *_ in mounts:
            place, marked = self.places.get(source, {}), re.search(r"echo '(.*)' >", script)
            if marked:
                self.places[source] = {"marker": marked[1], "used": True}
                continue
            name = target.removeprefix("/places/")
            said += f"{name} (open)\n"
            said += f"{name} used\n" if place.get("used") else ""
            said += f"{name} {place['marker']}\n" if place.get("marker") else ""
        return subprocess.CompletedProcess([], 0, said, "")

    def containers(self, labels: Mapping[str, str]) -> list[Container]:
        assert labels
        found = [self._container(text) for text in self.units.values() if _is_container(text)]
        return [item for item in found if labels.items() <= item.labels.items()]

    def unpause(self, containers: Sequence[str]) -> None:
        self.paused.difference_update(containers)

    def check_of(self, container: str) -> Check:
        return Check("check it", self.said.get(container, ""))

    def attach(self, container: str, command: Sequence[str], *, terminal: bool) -> int:
        self.entered.append((container, tuple(command)))
        return 7

    def answer(self, container: str, command: Sequence[str]) -> str:
        done = self.execute(container, command)
        if done.returncode:
            raise EngineFailed(f"{command[0]} failed in {container}", details=done.stderr)
        return done.stdout

    def save(self, container: str, command: Sequence[str], path: Path) -> None:
        path.write_text("the database", "utf-8")
        self.dumps.append(path)

    def load(self, container: str, command: Sequence[str], path: Path) -> None:
        assert path.read_text("utf-8") == "the database"
        self.verified.append(path)

    def secrets(self) -> set[str]:
        return set(self.values)

    def secret_ids(self) -> dict[str, str]:
        return {name: f"{name}-{hash(value)}" for name, value in self.values.items()}

    def create_secret(self, name: str, value: str, labels: Mapping[str, str]) -> None:
        assert labels
        assert name not in self.values
        self.values[name] = value

    def replace_secret(self, name: str, value: str, labels: Mapping[str, str]) -> None:
        assert labels
        self.values[name] = value

    def secret(self, name: str) -> str:
        return self.values[name]

    def remove_secret(self, name: str) -> None:
        self.values.pop(name, None)

    def volumes(self, labels: Mapping[str, str]) -> list[str]:
        return [name for name, has in self.volume_labels.items() if labels.items() <= has.items()]

    def volume_names(self) -> set[str]:
        return set(self.volume_labels)

    def create_volume(self, name: str, labels: Mapping[str, str]) -> None:
        assert name not in self.volume_labels
        self.volume_labels[name] = dict(labels)

    def remove_volume(self, name: str) -> None:
        del self.volume_labels[name]
        self.places.pop(name, None)

    def create_network(self, name: str, labels: Mapping[str, str]) -> None:
        assert labels
        self.networks_there.add(name)

    def networks(self) -> set[str]:
        return self.networks_there

    def remove_network(self, name: str) -> None:
        self.networks_there.discard(name)

    def storage(self) -> Path:
        return Path("/var/lib/containers/storage")

    def _container(self, unit: str) -> Container:
        """Return the container that was started from a unit's text."""
        (name,) = re.findall(r"^ContainerName=(.*)$", unit, re.MULTILINE)
        (image,) = re.findall(r"^Image=(.*)$", unit, re.MULTILINE)
        health = self.health.get(name, "healthy")
        if self.looks.get(name):
            self.looks[name] -= 1
            health = "starting"
        ports = tuple(int(port) for port in re.findall(r"^PublishPort=(\d+):", unit, re.MULTILINE))
        labels = self._labels_of(image) | dict(_LABEL.findall(unit))
        paused = name in self.paused
        return Container(name, not paused, health, image, labels, ports, paused=paused)

    def _labels_of(self, image: str) -> dict[str, str]:
        """Return the labels that a container has of its image, as podman gives them to it."""
        _, _, number = self.names.get(image, "").partition("image-")
        return dict(self.builds[int(number) - 1].labels) if number.isdigit() else {}


def _is_container(unit: str) -> bool:
    """Tell whether a unit has a container; that of one that has done its work is gone."""
    return "\nContainerName=" in unit and "\nType=oneshot\n" not in unit


@dataclass(frozen=True)
class FakeSystemd(Systemd):
    """A manager that knows units from its last reload on, as the real one does.

    `running` says from which text a unit that is up was started.
    """

    quadlet_dir: Path = Path("/nowhere")
    unit_dir: Path = Path("/nowhere")
    lingering: set[str] = field(default_factory=lambda: {"alice"})
    loaded: dict[str, str] = field(default_factory=dict)
    running: dict[str, str] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    broken_images: set[str] = field(default_factory=set)
    """Where there are any, units are broken only as containers of these."""
    coming: set[str] = field(default_factory=set)
    """The units that run, and that systemd does not call active before it is asked for it."""
    deaf: set[str] = field(default_factory=set)
    """The units that run, and of which systemd is never told that they are ready."""
    failed: set[str] = field(default_factory=set)
    enabled: set[str] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)
    acts: Acts = field(default_factory=Acts)
    followed: list[tuple[str, ...]] = field(default_factory=list)
    reloads: list[str] = field(default_factory=list)

    def check(self) -> None:
        pass

    def shutdown_seconds(self) -> int:
        return 0

    def lingers(self, user: str) -> bool:
        return user in self.lingering

    def reload(self) -> None:
        self.acts.append(("reload", ()))
        self.loaded.clear()
        for path in self.quadlet_dir.glob("*"):
            suffix = "" if path.suffix == ".container" else path.suffix.replace(".", "-")
            self.loaded[f"{path.stem}{suffix}.service"] = path.read_text(encoding="utf-8")
        for path in (path for kind in UNITS for path in self.unit_dir.glob(kind)):
            self.loaded[path.name] = path.read_text(encoding="utf-8")

    def enable(self, *units: str) -> None:
        assert set(units) <= self.loaded.keys()
        self.enabled.update(units)

    def forget(self, units: Sequence[str]) -> None:
        self.acts.append(("forget", tuple(units)))

    def disable(self, unit: str) -> None:
        self.enabled.discard(unit)

    def start(self, units: Sequence[str], *, wait: bool = True) -> None:
        self.acts.append(("start", tuple(units)))
        self.coming.difference_update(units)
        self.failed.difference_update(units)
        for unit in units:
            self._try(unit, wait=wait)

    def launch(self, unit: str) -> None:
        assert unit in self.loaded
        self.acts.append(("launch", (unit,)))

    def restart(self, units: Sequence[str], *, wait: bool = True) -> None:
        self.stop(units)
        self.acts.append(("restart", tuple(units)))
        self.deaf.difference_update(units)
        self.failed.difference_update(units)
        for unit in units:
            self._try(unit, wait=wait)

    def tell_ready(self, unit: str) -> None:
        self.acts.append(("tell", (unit,)))
        self.deaf.discard(unit)

    def read_anew(self, unit: str) -> None:
        self.acts.append(("reload", (unit,)))
        self.reloads.append(unit)

    def stop(self, units: Sequence[str], *, wait: bool = True) -> None:
        if units:
            self.acts.append(("stop", tuple(units)))
        self.coming.difference_update(units)
        self.deaf.difference_update(units)
        for unit in units:
            self.running.pop(unit, None)
            # systemd stops what requires it too.
            for other in [name for name, text in self.running.items() if unit in _needed(text)]:
                del self.running[other]
        unknown = [unit for unit in units if unit not in self.loaded]
        if unknown:
            raise UnitFailed(f"Failed to stop {unknown}: not loaded")

    def states(self, units: Sequence[str]) -> list[UnitState]:
        return [self._state(unit) for unit in units]

    def check_calendar(self, schedule: str) -> None:
        if schedule == "now and then":
            raise UsageProblem(f"'{schedule}' is no schedule")

    def scheduled(self, timer: str, service: str) -> Run:
        assert timer in self.running
        assert service in self.loaded
        return Run("Mon 2025-01-06 03:00:00", "Tue 2025-01-07 03:00:00", "success")

    def last_words(self, unit: str, lines: int = 15) -> str:
        return f"last words of {unit}"

    def follow(self, units: Iterable[str], *, lines: int, follow: bool) -> int:
        self.followed.append(tuple(units))
        return 0

    def check_quadlets(self, folder: Path) -> None:
        assert list(folder.glob("*.container"))
        if self.refused:
            raise UnitFailed("podman refuses a unit", details="\n".join(self.refused))

    def _try(self, unit: str, *, wait: bool) -> None:
        """Run a unit; where nobody waits for it, only its state says that it does not come up."""
        try:
            self._run_unit(unit)
        except UnitFailed:
            if wait or unit not in self.loaded:
                raise
            self.failed.add(unit)

    def _run_unit(self, unit: str) -> None:
        if unit not in self.loaded or (unit in self.broken and self._of_broken(unit)):
            raise UnitFailed(f"{unit} did not start")
        if unit not in self.running:
            for needed in _needed(self.loaded[unit]):
                self._run_unit(needed)
            self.running[unit] = self.loaded[unit]

    def _of_broken(self, unit: str) -> bool:
        images = self.broken_images
        return not images or any(f"\nImage={name}\n" in self.loaded[unit] for name in images)

    def _state(self, unit: str) -> UnitState:
        active = "active" if unit in self.running else "inactive"
        active = "activating" if unit in self.coming | self.deaf else active
        active = "failed" if unit in self.failed else active
        since = "Mon 2025-01-06 10:00:00"
        boot = "enabled" if unit in self.enabled else "disabled"
        return UnitState(unit, "loaded", active, "running", "success", since, at_boot=boot)


def _needed(unit: str) -> list[str]:
    """Return the services of the networks and volumes that a unit uses."""
    return [f"{stem}-{kind}.service" for stem, kind in _NEEDED.findall(unit)]


def _plugin_needs() -> dict[str, tuple[str, ...]]:
    return {name: ("pulpcore>=3.100",) for name in INDEX if name != "pulpcore"}


@dataclass(frozen=True)
class FakeUv(Uv):
    """A resolver whose index names the newest version of each distribution.

    An older one is chosen where the question pins it; one in `newest` only where nothing limits
    it. `needs` is by name, for all versions;
    `sources` are the names of the projects at the addresses that a test uses; what is `hollow`
    has no plugin in it.
    """

    index: dict[str, str] = field(default_factory=lambda: dict(INDEX))
    needs: dict[str, tuple[str, ...]] = field(default_factory=_plugin_needs)
    sources: dict[str, str] = field(default_factory=dict)
    newest: dict[str, str] = field(default_factory=dict)
    hollow: set[str] = field(default_factory=set)
    yanked: list[Yanked] = field(default_factory=list)
    away: list[bool] = field(default_factory=list)
    asked: list[Question] = field(default_factory=list)

    @property
    def program(self) -> Path:
        path = self.cache / "bin" / "uv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"#!uv")
        return path

    def answer(self, question: Question) -> Answer:
        self.asked.append(question)
        if self.away:
            raise IndexUnreachable("the package index does not answer")
        found = self._versions(question)
        yanked = [item for item in self.yanked if found.get(item.name) == item.version]
        return Answer(lock_text(found), tuple(yanked))

    def origins(self, question: Question) -> dict[str, tuple[str, ...]]:
        found = self._versions(question)
        return {
            name: tuple(
                asker
                for asker in found
                if name in {Requirement(need).name for need in self.needs.get(asker, ())}
            )
            for name in found
        }

    def _versions(self, question: Question) -> dict[str, str]:
        """Return version by name; in place of a version may stand a source."""
        pinned = _pinned(question)
        limits = [Requirement(text) for text in question.constraints]
        asked = [self._requirement(text) for text in question.requirements]
        found: dict[str, str] = {}
        while asked:
            item = asked.pop(0)
            if item.url or "://" in found.get(item.name, ""):
                found[item.name] = item.url or found[item.name]
                continue
            if item.name not in self.index:
                raise UnknownDistribution(item.name, "", f"no {item.name} in the registry")
            wanted = [item, *(limit for limit in limits if limit.name == item.name)]
            if item.name not in found and question.dependencies:
                asked += map(Requirement, self.needs.get(item.name, ()))
            there = found.get(item.name)
            found[item.name] = self._best(wanted, [there] if there else self._those(item, pinned))
        return found

    def _those(self, item: Requirement, pinned: Mapping[str, str]) -> list[str | None]:
        """Return the versions that may be chosen, best first."""
        newest = None if item.specifier else self.newest.get(item.name)
        return [pinned.get(item.name), newest, self.index[item.name]]

    def _best(self, wanted: list[Requirement], versions: list[str | None]) -> str:
        for version in filter(None, versions):
            if all(item.specifier.contains(version, prereleases=True) for item in wanted):
                return version
        raise Conflict("no set of versions fits", details=" and ".join(map(str, wanted)))

    def _requirement(self, text: str) -> Requirement:
        return Requirement(f"{self.sources[text]} @ {text}" if text in self.sources else text)


def _pinned(question: Question) -> dict[str, str]:
    exact = dict(text.split("==") for text in question.constraints if "==" in text)
    if question.pins is None or question.upgrade == ALL:
        return exact
    versions = Lock.parse(question.pins, Path("pylock.toml")).versions
    return exact | {name: text for name, text in versions.items() if name not in question.upgrade}


def lock_text(versions: Mapping[str, str]) -> str:
    """Return a small but valid lock (PEP 751); a source may stand in place of a version."""
    return _lock_text(tuple(sorted(versions.items())))


@functools.cache
def _lock_text(versions: tuple[tuple[str, str], ...]) -> str:
    packages = [_locked(name, version) for name, version in versions]
    return tomlkit.dumps({"lock-version": "1.0", "created-by": "uv", "packages": packages})


def _locked(name: str, version: str) -> dict[str, Any]:
    if version.startswith("git+"):
        address, _, rev = version.removeprefix("git+").rpartition("@")
        return {"name": name, "vcs": {"type": "git", "url": address, "commit-id": rev}}
    if version.startswith("file://"):
        return {"name": name, "directory": {"path": version.removeprefix("file://")}}
    url = f"https://files.example/{name.replace('-', '_')}-{version}-py3-none-any.whl"
    wheel = {"url": url, "hashes": {"sha256": "00"}}
    return {"name": name, "version": version, "wheels": [wheel]}


@dataclass(frozen=True)
class FakeWheelhouse(Wheelhouse):
    """A wheelhouse that makes the wheels which others fetch or build."""

    def fetch(self, sources: Iterable[Source], on_line: Callable[[str], None]) -> list[Wheel]:
        return [self._made(source, on_line) for source in sources]

    def known(self, source: Source) -> Wheel | None:
        """Return the wheel that was made for a source, as its record says nothing here."""
        name = f"{source.name.replace('-', '_')}-{source.version or '0.1.dev1'}"
        made = sorted(self.folder.glob(f"*/{name}-py3-none-any.whl"))
        if made:
            return wheel_of(made[-1].name, made[-1].parent.name, str(made[-1]))
        return super().known(source)

    def _made(self, source: Source, on_line: Callable[[str], None]) -> Wheel:
        assert isinstance(self.uv, FakeUv)
        version = source.version or "0.1.dev1"
        is_plugin = source.name.startswith("pulp-") and source.name not in self.uv.hollow
        content = wheel_bytes(
            source.name, version, self.uv.needs.get(source.name, ()), is_plugin=is_plugin
        )
        digest = hashlib.sha256(content).hexdigest()
        filename = f"{source.name.replace('-', '_')}-{version}-py3-none-any.whl"
        path = self.folder / digest / filename
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        on_line(f"{source.name} {version}")
        return wheel_of(filename, digest, str(path))


@functools.cache
def wheel_bytes(name: str, version: str, needs: tuple[str, ...], *, is_plugin: bool) -> bytes:
    """Return a wheel with nothing but its papers."""
    head = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    papers = {"METADATA": head + "".join(f"Requires-Dist: {need}\n" for need in needs)}
    if is_plugin:
        papers["entry_points.txt"] = f"[pulpcore.plugin]\n{name} = {name}\n"
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for paper, text in papers.items():
            # A ZipInfo made by hand has no date, so that equal wheels have equal digests.
            archive.writestr(zipfile.ZipInfo(f"{name}-{version}.dist-info/{paper}"), text)
    return file.getvalue()


class RecordingReporter:
    """What the user was told."""

    def __init__(self) -> None:
        self.steps: list[str] = []
        self.lines: list[str] = []
        self.notes: list[str] = []

    @contextlib.contextmanager
    def step(self, text: str) -> Iterator[None]:
        self.steps.append(text)
        yield

    def line(self, text: str) -> None:
        self.lines.append(text)

    def note(self, text: str) -> None:
        self.notes.append(text)


@dataclass
class World:
    """One instance, and all of the host that it can see."""

    instance: Instance
    podman: FakePodman
    systemd: FakeSystemd
    uv: FakeUv
    reporter: RecordingReporter
    ports: dict[int, str] = field(default_factory=dict)
    free: int = 100 * 1024**3
    database: int = 1024**3
    advisories: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """The advisories on a version of a distribution, by `name version`."""
    held: dict[tuple[str, str], int] = field(default_factory=dict)
    """How much the database has of a plugin, by Pulp's table and the plugin's label."""
    probed: dict[str, Any] = field(default_factory=lambda: {"problems": [], "downloads": []})
    """What Pulp says when it is asked for its lists."""
    statuses: dict[str, int] = field(default_factory=dict)
    """What the content server answers to a path, where that is not 206."""
    workers: int | None = None
    """How many workers Pulp reports, where that is not what the units say."""

    @classmethod
    def on(cls, root: Path, names: Names) -> World:
        paths = Paths.of_user(names.instance, root, 1000, {})
        podman, reporter, uv = FakePodman(), RecordingReporter(), FakeUv(paths.cache_dir)
        systemd = FakeSystemd(user=True, quadlet_dir=paths.quadlet_dir, unit_dir=paths.unit_dir)
        podman.units = systemd.running
        instance = Instance(names, paths, True, podman, systemd, uv, reporter)  # noqa: FBT003
        return cls(instance, podman, systemd, uv, reporter)

    def move(self, volume: str, folder: Path) -> None:
        """Copy a volume to a folder, with all that is hidden, as an administrator does."""
        folder.mkdir(exist_ok=True)
        self.podman.places[str(folder)] = dict(self.podman.places[volume])

    def configure(self, old: str, new: str) -> None:
        """Edit the config as an administrator does."""
        path = self.instance.paths.config
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def publish(self, *updates: dict[str, Any]) -> None:
        """Let the distribution's archive have updates of the image."""
        said = json.dumps({"updates": updates})
        self.podman.pending = subprocess.CompletedProcess([], 0, f"{said}\n", "")

    def known(self, service: str, versions: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
        """Be the service of advisories."""
        assert service == "https://api.osv.dev"
        found = {name: self.advisories.get(f"{name} {text}") for name, text in versions.items()}
        return {name: ids for name, ids in found.items() if ids}

    def write_manifest(self, text: str) -> None:
        self.instance.paths.manifest.write_text(text, encoding="utf-8")

    def files(self) -> dict[str, bytes]:
        """Return all files of the instance but logs, for comparing before and after."""
        paths = self.instance.paths
        folders = (paths.config_dir, paths.state_dir, paths.quadlet_dir, paths.unit_dir)
        return {
            str(path): path.read_bytes()
            for folder in folders
            for path in sorted(folder.rglob("*"))
            if path.is_file() and path != paths.mutex and paths.logs not in path.parents
        }

    @property
    def up(self) -> dict[str, str]:
        """The services of containers that are up, and the text that each was started from."""
        found = self.systemd.running.items()
        return {unit: text for unit, text in found if "\nContainerName=" in text}

    def service(self, role: str, *numbers: int) -> str:
        names = self.instance.names
        return names.service(names.container(role, *numbers))

    def front(self, *_: Any, **__: Any) -> Front | None:
        """Be the web server: the generation of the site that it has read answers."""
        site = files.read(self.instance.paths.etc / "web" / "site.conf") or ""
        found = re.search(r"Pulp-Launcher-Generation (\d+)", site)
        if self.service("web") not in self.systemd.running or found is None:
            return None
        answer = self.answer(int(found[1]))
        return Front(answer, found[1]) if answer else None

    def execute(self, container: str, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        """Be a program in a container: the web server's test, or a question to the API."""
        for word, said in self._facts().items():
            if any(word in one for one in command):
                return subprocess.CompletedProcess([], 0, said, "")
        if "nginx" in command or command[0] == "sh":
            return subprocess.CompletedProcess([], 0, "", "")
        asked = self._asked(command)
        if asked is not None:
            return subprocess.CompletedProcess([], 0, asked, "")
        if "psql" in command:
            return subprocess.CompletedProcess([], 0, "", "")
        answer = self.answer(int(container.rpartition("-")[2]))
        return subprocess.CompletedProcess([], 0, json.dumps(answer) if answer else "", "")

    def _asked(self, command: Sequence[str]) -> str | None:
        """Be Pulp or its database, asked whether all is well; None where that is not asked."""
        if "/tmp/probe.sock" in command:  # noqa: S108
            return json.dumps(self.probed)
        if "0-0" in command:
            paths = [word.removeprefix("http://pulp") for word in command if "://" in word]
            return "\n".join(str(self.statuses.get(path, 206)) for path in paths)
        return self._held(command[-1]) if "ON_ERROR_STOP=1" in command else None

    def _held(self, sql: str) -> str:
        """Be the database, asked for its tables, for what it has in them, or for how much."""
        if "core_signingservice" in sql:
            return ""
        if "information_schema" in sql:
            return "".join(f"{table}\tpulp_type\n" for table in {table for table, _ in self.held})
        if "count(*)" not in sql:
            return "".join(f"{label}\n" for label in {label for _, label in self.held})
        found = (
            f"{table}\t{label}\t{count}\n"
            for (table, label), count in self.held.items()
            if f"= '{label}'" in sql
        )
        return "".join(found)

    def found(self, _port: int, _hostname: str, paths: Sequence[str]) -> list[int]:
        """Be the web server, asked for content."""
        return [self.statuses.get(path, 206) for path in paths]

    def _facts(self) -> dict[str, str]:
        """Return what programs say, by a word of theirs; the first that fits counts."""
        return {
            "pg_database_size": f"{self.database}\n",
            "max_wal_size": f"{WAL}\n",
            "df --block-size": f"1\n{self.free} overlay\n",
            "WHERE pulp_created > ": "content units\t3\ntasks\t0\n",
            "valkey-cli": "OK",
        }

    def answer(self, number: int) -> dict[str, Any] | None:
        """Be the Pulp of a generation: as whole as the units that are up."""
        up = [unit.removesuffix(".service") for unit in self.systemd.running]
        generation = self.instance.generation(number)
        if generation is None or self.service("api", number) not in self.systemd.running:
            return None
        workers = [unit for unit in up if "-worker-" in unit]
        return {
            "versions": [
                {"package": name.replace("-", "_"), "version": version}
                for name, version in generation.versions.items()
            ],
            "database_connection": {"connected": True},
            "redis_connection": {"connected": True},
            "online_workers": [{"name": f"1@{unit}"} for unit in workers[: self.workers]],
            "online_api_apps": [{"name": f"1@{unit}"} for unit in up if "-api-" in unit],
            "online_content_apps": [{"name": f"1@{unit}"} for unit in up if "-content-" in unit],
        }


@dataclass
class Journalled:
    """Kills the launcher, or ends it otherwise, when its journal says that a step was begun."""

    world: World
    step: str
    monkeypatch: pytest.MonkeyPatch
    end: type[BaseException] = Killed

    def run(self, action: Callable[[], object]) -> bool:
        write = files.write

        def killing(path: Path, text: str, mode: int = files.READABLE) -> None:
            write(path, text, mode)
            if path == self.world.instance.paths.journal and f'"step":"{self.step}"' in text:
                raise self.end

        with self.monkeypatch.context() as context:
            context.setattr(files, "write", killing)
            try:
                action()
            except Killed:
                return True
        return False


def _never() -> NoReturn:
    pytest.fail("the engine's service was woken")
