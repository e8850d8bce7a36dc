"""One host as its administrator sees it: the real command, and the files that it writes."""

from __future__ import annotations

import contextlib
import io
import json
import shlex
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from typer.main import get_command

from launcher.cli.app import app
from launcher.cli.session import Session
from launcher.model.generation import Current, Generation
from launcher.model.wheel import Wheel, sources

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from launcher.model.lock import Lock
    from launcher.operations.instance import Instance
    from tests.index.distributions import Release
    from tests.index.server import Index

_COMMAND = get_command(app)
AUTHOR = ("-c", "user.name=Kim", "-c", "user.email=kim@example.com")


@dataclass(frozen=True)
class Answer:
    """What a command wrote, and its exit status."""

    status: int | str | None
    out: str
    err: str


@dataclass(frozen=True)
class Problem:
    """What a command that failed said."""

    code: str
    message: str
    details: str
    hint: str

    @property
    def text(self) -> str:
        return f"{self.message}\n{self.details}\n{self.hint}"

    @property
    def command(self) -> list[str]:
        """The words of the command that the hint proposes, without the program."""
        return shlex.split(self.hint.partition("pulp-launcher ")[2])


@dataclass(frozen=True)
class Site:
    """An instance below `home`, whose manifest names `index`."""

    home: Path
    index: Index

    # What the administrator does

    def run(self, *words: str) -> str:
        """Run a command that works, and return what it says."""
        return self.call(*words).out

    def call(self, *words: str) -> Answer:
        """Run a command that works, and return all that it says."""
        answer = _call(words)
        assert answer.status == 0, answer.out + answer.err
        return answer

    def data(self, *words: str) -> Any:
        """Run a command that works, and return its answer for programs."""
        return json.loads(self.run("--json", *words))["data"]

    def refused(self, *words: str, status: int = 1) -> Problem:
        """Run a command that has to fail with words and a way out, and to change nothing."""
        before = self.files()
        answer = _call(("--json", *words))
        assert answer.status == status, answer.out + answer.err
        assert self.files() == before
        (error,) = json.loads(answer.out)["errors"]
        problem = Problem(**error)
        assert problem.message
        assert problem.hint
        return problem

    def edit(self, old: str, new: str) -> None:
        """Edit the manifest by hand."""
        text = self.manifest
        assert old in text
        self.instance.paths.manifest.write_text(text.replace(old, new), encoding="utf-8")

    def edit_lock(self, old: str, new: str) -> None:
        text = self.lock.text
        assert old in text
        self.instance.paths.lock.write_text(text.replace(old, new), encoding="utf-8")

    def folder(self, name: str, content: Mapping[str, bytes]) -> Path:
        folder = self.home / name
        folder.mkdir(exist_ok=True)
        for file, data in content.items():
            (folder / file).write_bytes(data)
        return folder

    def file(self, name: str, content: bytes) -> str:
        return str(self.folder("files", {name: content}) / name)

    def repository(self, release: Release, name: str = "repository") -> Path:
        """Return a git repository with a project; a second call commits another state of it."""
        folder = self.folder(name, release.project())
        for wheel in folder.glob("*.whl"):
            if wheel.name != release.wheel_name:
                wheel.unlink()
        git(folder, "init", "--quiet", "--initial-branch=main")
        git(folder, "add", "--all")
        git(folder, *AUTHOR, "commit", "--quiet", f"--message={release.version}")
        return folder

    def running(self, core: str, **versions: str) -> None:
        """Let a generation be in front of the database."""
        plugins = {name.replace("_", "-"): version for name, version in versions.items()}
        generation = Generation(
            number=1,
            image="localhost/pulp-launcher/pulp:1",
            image_id="image-1",
            platform="localhost/pulp-launcher/pulp:platform",
            fingerprint="",
            inputs={},
            plugins=tuple(plugins),
            versions={"pulpcore": core, **plugins},
            built_at="2026-11-22T10:00:00+00:00",
        )
        paths = self.instance.paths
        paths.generation(1).mkdir(parents=True)
        (paths.generation(1) / "generation.json").write_text(generation.model_dump_json(), "utf-8")
        paths.current.write_text(Current(generation=1).model_dump_json(), "utf-8")

    # What there is then

    @property
    def instance(self) -> Instance:
        return Session().instance

    @property
    def manifest(self) -> str:
        return self.instance.manifest_text()

    @property
    def plugins(self) -> str:
        """The end of the manifest: what stands below [plugins]."""
        return self.manifest.partition("[plugins]\n")[2]

    @property
    def lock(self) -> Lock:
        found = self.instance.lock()
        assert found
        return found

    @property
    def versions(self) -> dict[str, str]:
        return self.lock.versions

    def files(self) -> dict[str, bytes]:
        paths = self.instance.paths
        found = (path for path in paths.config_dir.rglob("*") if path.is_file())
        return {path.name: path.read_bytes() for path in found}

    def fetch(self) -> list[Wheel]:
        """Do what a rebuild does to have the wheels of the lock."""
        wheelhouse = self.instance.wheelhouse(self.instance.manifest().index)
        return wheelhouse.fetch(sources(self.lock.text, "3.13"), lambda _: None)


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), *words], check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def _call(words: tuple[str, ...]) -> Answer:
    out, err = io.StringIO(), io.StringIO()
    status: int | str | None = 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            _COMMAND.main(list(words), prog_name="pulp-launcher")
        except SystemExit as end:
            status = end.code
    return Answer(status, out.getvalue(), err.getvalue())
