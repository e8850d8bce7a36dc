"""What every operation works on: one instance, its files, and the host's adapters."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Protocol

from launcher import catalogue
from launcher.host import files, package
from launcher.host.wheelhouse import Wheelhouse
from launcher.model.catalogue import Catalogue
from launcher.model.config import Config
from launcher.model.errors import NotReady
from launcher.model.generation import Current, Generation, KnownGood, parse_record
from launcher.model.journal import Journal
from launcher.model.lock import Lock
from launcher.model.manifest import Manifest
from launcher.model.places import Places
from launcher.model.toml import parse
from launcher.operations.proxy import use_proxy

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from launcher.host.podman import Podman
    from launcher.host.systemd import Systemd
    from launcher.host.uv import Uv
    from launcher.model.manifest import Index
    from launcher.model.names import Names
    from launcher.model.paths import Paths


class Reporter(Protocol):
    """Who tells the user what is going on."""

    def step(self, text: str) -> AbstractContextManager[None]:
        """Say what is being done for as long as it takes."""

    def line(self, text: str) -> None:
        """Pass on a line of a program's output."""

    def note(self, text: str) -> None:
        """Say something that the user should know."""


@dataclass(frozen=True)
class Instance:
    """One Pulp deployment on this host."""

    names: Names
    paths: Paths
    rootless: bool
    podman: Podman
    systemd: Systemd
    uv: Uv
    reporter: Reporter

    def wheelhouse(self, index: Index) -> Wheelhouse:
        constraints = package.containers() / "build-constraints.txt"
        return Wheelhouse(self.paths.wheels, self.uv, constraints, index)

    @property
    def catalogue(self) -> Catalogue:
        return _catalogue()

    def provided(self, manifest: Manifest) -> tuple[str, ...]:
        """Return the distributions that Debian packages bring, so that no index is asked."""
        return tuple(self.catalogue.provided(manifest.plugins))

    def manifest_text(self) -> str:
        return self._text(self.paths.manifest)

    def manifest(self) -> Manifest:
        """Return the manifest; raises InputInvalid, or NotReady where there is none."""
        return self.parsed(self.manifest_text())

    def parsed(self, text: str) -> Manifest:
        """Return the manifest in a text; from then on all is fetched through its proxy."""
        manifest = parse(text, self.paths.manifest, Manifest)
        use_proxy(manifest, self.paths.manifest, self.podman, self.names)
        return manifest

    def config(self) -> Config:
        """Return the config; raises InputInvalid, or NotReady where there is none."""
        return parse(self._text(self.paths.config), self.paths.config, Config)

    def lock(self) -> Lock | None:
        """Return the lock, or None where nothing was resolved yet; raises InputInvalid."""
        text = files.read(self.paths.lock)
        return None if text is None else Lock.parse(text, self.paths.lock)

    def generations(self) -> list[Generation]:
        """Return the generations that are kept, oldest first."""
        folders = [path for path in files.below(self.paths.generations) if path.name.isdigit()]
        found = {path / "generation.json": files.read(path / "generation.json") for path in folders}
        records = [
            parse_record(text, path, Generation) for path, text in found.items() if text is not None
        ]
        return sorted(records, key=lambda record: record.number)

    def newest(self) -> Generation | None:
        """Return the generation that was built last."""
        generations = self.generations()
        return generations[-1] if generations else None

    def record(self) -> Current | None:
        """Return the launcher's record of which generation serves, or None before the first."""
        text = files.read(self.paths.current)
        return None if text is None else parse_record(text, self.paths.current, Current)

    def keep(self, record: Current) -> None:
        files.write(self.paths.current, record.model_dump_json())

    def known_good(self, number: int) -> KnownGood | None:
        """Return with what a generation served when it was healthy, or None where it never was."""
        path = self.paths.known_good(number)
        text = files.read(path)
        return None if text is None else parse_record(text, path, KnownGood)

    def keep_known_good(self, number: int, good: KnownGood) -> None:
        path = self.paths.known_good(number)
        if path.parent.exists():
            files.write(path, good.model_dump_json(), files.PRIVATE)

    def places(self) -> Places:
        """Return the launcher's record of where the data are."""
        text = files.read(self.paths.places)
        return Places() if text is None else parse_record(text, self.paths.places, Places)

    def current(self) -> Generation | None:
        """Return the generation that serves, or shall when the instance is started."""
        record = self.record()
        return self.generation(record.generation) if record else None

    def skipped(self) -> int:
        """Return the newest generation that a start does not take by itself, or 0."""
        record = self.record()
        return record.skipped if record else 0

    def skip_all(self) -> None:
        """Let no start take a generation but the current one, until another is built."""
        record, newest = self.record(), self.newest()
        if record and newest and newest.number > max(record.generation, record.skipped):
            self.keep(record.model_copy(update={"skipped": newest.number}))

    def due(self) -> Generation | None:
        """Return the generation that a start takes: the newest that was not left again."""
        newest, current = self.newest(), self.current()
        return current if newest and current and newest.number <= self.skipped() else newest

    def generation(self, number: int) -> Generation | None:
        """Return the generation of a number, or None."""
        return next((item for item in self.generations() if item.number == number), None)

    def journal(self) -> Journal | None:
        """Return how far a switch has come that did not end, or None."""
        text = files.read(self.paths.journal)
        return None if text is None else parse_record(text, self.paths.journal, Journal)

    def _text(self, path: Path) -> str:
        text = files.read(path)
        if text is None:
            raise NotReady(
                f"the instance '{self.names.instance}' has no {path.name} yet",
                details=f"looked for {path}",
                hint="Make it with: pulp-launcher init",
            )
        return text


@cache
def _catalogue() -> Catalogue:
    return Catalogue(catalogue.plugins())
