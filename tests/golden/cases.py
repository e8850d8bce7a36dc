"""The cases: a manifest, a config and facts of a host; and all that is rendered from them."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from launcher import catalogue
from launcher.model import roles
from launcher.model.catalogue import Catalogue
from launcher.model.config import Config
from launcher.model.generation import Generation
from launcher.model.manifest import Manifest
from launcher.model.names import Names
from launcher.model.paths import Paths
from launcher.model.toml import parse
from launcher.render.context import PACKAGES, context
from launcher.render.guard import guard
from launcher.render.nginx import closed, site
from launcher.render.settings import settings
from launcher.render.units import Desired, target, units

FOLDER = Path(__file__).parent / "cases"
DATA = ".expected"
"""Added to the names of Python files, which tools would take for code of this project."""


@dataclass(frozen=True)
class Case:
    """One folder of `cases/`."""

    folder: Path
    names: Names
    podman: tuple[int, int]
    rootless: bool
    shutdown: int

    @classmethod
    def read(cls, folder: Path) -> Case:
        facts = json.loads((folder / "facts.json").read_text(encoding="utf-8"))
        major, minor = facts["podman"]
        names, rootless = Names(facts["instance"]), facts["rootless"]
        return cls(folder, names, (major, minor), rootless, facts.get("shutdown", 0))

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def expected(self) -> Path:
        return self.folder / "expected"

    @property
    def manifest(self) -> Manifest:
        path = self.folder / "plugins.toml"
        return parse(path.read_text(encoding="utf-8"), path, Manifest)

    @property
    def config(self) -> Config:
        path = self.folder / "config.toml"
        return parse(path.read_text(encoding="utf-8"), path, Config)

    @property
    def generation(self) -> Generation:
        return Generation(
            number=7,
            image=self.names.image(7, "0123456789abcdef"),
            image_id="",
            platform=self.names.platform("fedcba9876543210"),
            fingerprint="",
            inputs={},
            plugins=tuple(self.manifest.plugins),
            versions={},
            snippets={"pulp_x": "location /x/ {\n    proxy_pass http://pulp-api;\n}\n"},
            built_at="",
        )

    def reviewed(self) -> dict[str, str]:
        """Return the files that were reviewed: name → text."""
        return {
            path.name.removesuffix(DATA): path.read_text(encoding="utf-8")
            for path in self.expected.iterdir()
        }

    def rewrite(self) -> None:
        """Take what is rendered now for reviewed."""
        shutil.rmtree(self.expected, ignore_errors=True)
        self.expected.mkdir()
        for name, text in self.render().items():
            file = f"{name}{DATA}" if name.endswith(".py") else name
            (self.expected / file).write_text(text, encoding="utf-8")

    def render(self) -> dict[str, str]:
        """Return every file that the launcher makes for this case: name → text."""
        known = Catalogue(catalogue.plugins())
        plugins = tuple(self.manifest.plugins)
        wanted = Desired(
            names=self.names, paths=self._paths, config=self.config, generation=self.generation,
            podman=self.podman, rootless=self.rootless,
            settings=settings(self.config, known, plugins, self.manifest.off),
            shutdown=self.shutdown,
            places={"pulp": "1" * 32, "database": "2" * 32},
        )  # fmt: skip
        etc = {
            roles.SETTINGS: wanted.settings,
            roles.SITE: site(self.config, self.generation),
            "closed.conf": closed(self.config),
        }
        packages = {*known.packages(plugins), *self.manifest.packages()}
        return {
            **units(wanted),
            self.names.target: target(wanted),
            self.names.resume_service: guard(wanted, ("/usr/bin/python3", "-m", "launcher")),
            **etc,
            PACKAGES: context({}, (), packages, b"", {})[PACKAGES].decode(),
        }

    @property
    def _paths(self) -> Paths:
        if self.rootless:
            return Paths.of_user(self.names.instance, Path("/home/alice"), 1000, {})
        return Paths.of_root(self.names.instance)


CASES = [Case.read(folder) for folder in sorted(FOLDER.iterdir()) if folder.is_dir()]
