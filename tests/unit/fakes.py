"""Adapters that remember what they are told instead of doing it."""

# ruff: noqa: ARG002 - they take what the real ones take
from __future__ import annotations

import contextlib
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
from packaging.requirements import Requirement

from launcher.host.podman import Build, Container, Podman, Version
from launcher.host.systemd import Systemd, UnitState
from launcher.host.uv import UnknownDistribution, Uv
from launcher.model.errors import HostUnfit, LauncherError, ResolutionFailed, UnitFailed
from launcher.model.manifest import DEFAULT_BASE
from launcher.model.paths import Paths
from launcher.operations.instance import Instance

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from launcher.model.manifest import Index
    from launcher.model.names import Names

PROVED = subprocess.CompletedProcess([], 0, '{"problems": []}\n', "")
INDEX = {"pulpcore": "3.115.0", "pulp-rpm": "3.39.0", "pulp-deb": "3.9.1", "pulp-python": "3.27.0"}


class FakePodman(Podman):
    """An engine whose images, secrets and volumes are mappings."""

    def __init__(self) -> None:
        super().__init__(Path("/nowhere/podman.sock"), _never)
        self.version: Version = (5, 4)
        self.names = {DEFAULT_BASE: "base-1"}
        self.present = {"base-1"}
        self.builds: list[Build] = []
        self.output = ["STEP 1/1: FROM base"]
        self.failure: LauncherError | None = None
        self.proof = PROVED
        self.runs: list[tuple[str, tuple[str, ...]]] = []
        self.values: dict[str, str] = {}
        self.volume_labels: dict[str, dict[str, str]] = {}
        self.networks: set[str] = set()
        self.found: list[Container] = []
        self.entered: list[tuple[str, tuple[str, ...]]] = []

    def check(self, oldest: Version) -> Version:
        if self.version < oldest:
            raise HostUnfit(f"podman {self.version} is too old")
        return self.version

    def image_id(self, reference: str) -> str | None:
        return self.names.get(reference)

    def pull(self, reference: str, on_line: Callable[[str], None]) -> None:
        on_line(f"Trying to pull {reference}")
        self.names[reference] = f"pulled-{len(self.names)}"

    def build(self, build: Build, on_line: Callable[[str], None]) -> str:
        self.builds.append(build)
        for line in self.output:
            on_line(line)
        if self.failure is not None:
            raise self.failure
        self.present.add(f"image-{len(self.builds)}")
        return f"image-{len(self.builds)}"

    def tag(self, image_id: str, reference: str) -> None:
        assert image_id in self.present
        self.names[reference] = image_id

    def remove_image(self, reference: str) -> None:
        self.present.discard(self.names.pop(reference, reference))

    def run(
        self, image: str, command: Sequence[str], options: Sequence[str] = ()
    ) -> subprocess.CompletedProcess[str]:
        self.runs.append((image, (*options, *command)))
        return self.proof

    def containers(self, labels: Mapping[str, str]) -> list[Container]:
        assert labels
        return self.found

    def attach(self, container: str, command: Sequence[str], *, terminal: bool) -> int:
        self.entered.append((container, tuple(command)))
        return 7

    def secrets(self) -> set[str]:
        return set(self.values)

    def create_secret(self, name: str, value: str, labels: Mapping[str, str]) -> None:
        assert labels
        assert name not in self.values
        self.values[name] = value

    def secret(self, name: str) -> str:
        return self.values[name]

    def remove_secret(self, name: str) -> None:
        self.values.pop(name, None)

    def volumes(self, labels: Mapping[str, str]) -> list[str]:
        return [name for name, has in self.volume_labels.items() if labels.items() <= has.items()]

    def remove_volume(self, name: str) -> None:
        del self.volume_labels[name]

    def remove_network(self, name: str) -> None:
        self.networks.discard(name)

    def storage(self) -> Path:
        return Path("/var/lib/containers/storage")


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
    enabled: set[str] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)
    acts: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    followed: list[tuple[str, ...]] = field(default_factory=list)

    def check(self) -> None:
        pass

    def lingers(self, user: str) -> bool:
        return user in self.lingering

    def reload(self) -> None:
        self.acts.append(("reload", ()))
        self.loaded.clear()
        for path in self.quadlet_dir.glob("*.container"):
            self.loaded[f"{path.stem}.service"] = path.read_text(encoding="utf-8")
        for path in self.unit_dir.glob("*.target"):
            self.loaded[path.name] = path.read_text(encoding="utf-8")

    def enable(self, unit: str) -> None:
        assert unit in self.loaded
        self.enabled.add(unit)

    def disable(self, unit: str) -> None:
        self.enabled.discard(unit)

    def start(self, units: Sequence[str]) -> None:
        self.acts.append(("start", tuple(units)))
        for unit in units:
            self._run_unit(unit)

    def restart(self, units: Sequence[str]) -> None:
        self.stop(units)
        self.acts.append(("restart", tuple(units)))
        for unit in units:
            self._run_unit(unit)

    def stop(self, units: Sequence[str]) -> None:
        if units:
            self.acts.append(("stop", tuple(units)))
        for unit in units:
            self.running.pop(unit, None)
        unknown = [unit for unit in units if unit not in self.loaded]
        if unknown:
            raise UnitFailed(f"Failed to stop {unknown}: not loaded")

    def states(self, units: Sequence[str]) -> list[UnitState]:
        return [self._state(unit) for unit in units]

    def last_words(self, unit: str, lines: int = 15) -> str:
        return f"last words of {unit}"

    def follow(self, units: Iterable[str], *, lines: int, follow: bool) -> int:
        self.followed.append(tuple(units))
        return 0

    def check_quadlets(self, folder: Path) -> None:
        assert list(folder.glob("*.container"))
        if self.refused:
            raise UnitFailed("podman refuses a unit", details="\n".join(self.refused))

    def _run_unit(self, unit: str) -> None:
        if unit in self.broken or unit not in self.loaded:
            raise UnitFailed(f"{unit} did not start")
        self.running.setdefault(unit, self.loaded[unit])

    def _state(self, unit: str) -> UnitState:
        active = "active" if unit in self.running else "inactive"
        return UnitState(unit, "loaded", active, "running", "success", "Mon 2025-01-06 10:00:00")


@dataclass(frozen=True)
class FakeUv(Uv):
    """A resolver whose index has one version of each distribution."""

    index: dict[str, str] = field(default_factory=lambda: dict(INDEX))
    asked: list[tuple[str, ...]] = field(default_factory=list)
    pins: list[str | None] = field(default_factory=list)

    @property
    def program(self) -> Path:
        path = self.cache / "bin" / "uv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"#!uv")
        return path

    def compile(
        self, requirements: Iterable[str], pins: str | None, python: str, index: Index
    ) -> str:
        self.asked.append(tuple(requirements))
        self.pins.append(pins)
        wanted = [Requirement(text) for text in self.asked[-1]]
        for item in wanted:
            if item.name not in self.index:
                raise UnknownDistribution(item.name, f"no {item.name} in the registry")
            if not item.specifier.contains(self.index[item.name]):
                raise ResolutionFailed("no set of versions fits", details=str(item))
        return lock_text({item.name: self.index[item.name] for item in wanted})


def lock_text(versions: Mapping[str, str]) -> str:
    """Return a small but valid lock (PEP 751)."""
    parts = ['lock-version = "1.0"\ncreated-by = "uv"\n']
    for name, version in sorted(versions.items()):
        file = f"{name.replace('-', '_')}-{version}-py3-none-any.whl"
        wheel = f'{{ url = "https://files.example/{file}", hashes = {{ sha256 = "00" }} }}'
        parts.append(
            f'\n[[packages]]\nname = "{name}"\nversion = "{version}"\nwheels = [{wheel}]\n'
        )
    return "".join(parts)


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
    workers: int | None = None
    """How many workers Pulp reports, where that is not what the units say."""

    @classmethod
    def on(cls, root: Path, names: Names) -> World:
        paths = Paths.of_user(names.instance, root, 1000, {})
        podman, reporter, uv = FakePodman(), RecordingReporter(), FakeUv(paths.cache_dir)
        systemd = FakeSystemd(user=True, quadlet_dir=paths.quadlet_dir, unit_dir=paths.unit_dir)
        instance = Instance(names, paths, True, podman, systemd, uv, reporter)  # noqa: FBT003
        return cls(instance, podman, systemd, uv, reporter)

    def configure(self, old: str, new: str) -> None:
        """Edit the config as an administrator does."""
        path = self.instance.paths.config
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def write_manifest(self, text: str) -> None:
        self.instance.paths.manifest.write_text(text, encoding="utf-8")

    def files(self) -> dict[str, bytes]:
        """Return all files of the instance, for comparing before and after."""
        paths = self.instance.paths
        folders = (paths.config_dir, paths.state_dir, paths.quadlet_dir, paths.unit_dir)
        return {
            str(path): path.read_bytes()
            for folder in folders
            for path in sorted(folder.rglob("*"))
            if path.is_file() and path != paths.mutex
        }

    def service(self, role: str, number: int | None = None) -> str:
        names = self.instance.names
        return names.service(names.container(role, number))

    def answer(self, *_: Any, **__: Any) -> dict[str, Any] | None:
        """Be Pulp: as whole as the units that are up."""
        up = self.systemd.running
        if self.service("web") not in up:
            return None
        newest = self.instance.newest()
        versions = newest.versions if newest else {}
        workers = [unit for unit in up if "-worker-" in unit]
        online = len(workers) if self.workers is None else self.workers
        return {
            "versions": [
                {"package": name.replace("-", "_"), "version": version}
                for name, version in versions.items()
            ],
            "database_connection": {"connected": True},
            "redis_connection": {"connected": True},
            "online_workers": [{}] * online,
            "online_api_apps": [{}],
            "online_content_apps": [{}],
        }


def _never() -> NoReturn:
    pytest.fail("the engine's service was woken")
