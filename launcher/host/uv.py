"""The resolver: uv, for the image's Python and platform and not for this host's."""

from __future__ import annotations

import contextlib
import os
import platform
import re
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from launcher.host import files, machine, process, proxy
from launcher.host.uv_errors import Asked, translated
from launcher.model.bases import GLIBC
from launcher.model.errors import HostUnfit, IndexUnreachable
from launcher.model.mask import stripped

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

    from launcher.model.errors import LauncherError
    from launcher.model.manifest import Index

TIME_LIMIT = 300
"""Seconds that one resolution may take."""

ANSWER_LIMIT = 15
"""Seconds that an index may take to answer one request."""

TRIES = 2
"""How often an index is asked for the same thing."""

_LOCK = "pylock.toml"
_YANKED = re.compile(r"`([^`=]+)==([^`]+)` is yanked(?: \(reason: \"(.*)\"\))?")
_PATH = re.compile(r'\bpath = "([^"]*)"')
_EXTRA = re.compile(r"The package `([^`]+)` does not have an extra named `([^`]+)`")


@dataclass(frozen=True)
class Yanked:
    """A version that its makers withdrew, and why."""

    name: str
    version: str
    reason: str


@dataclass(frozen=True)
class Answer:
    """A `pylock.toml`, and what uv warns of: withdrawn versions, extras that are not there."""

    lock: str
    yanked: tuple[Yanked, ...] = ()
    no_extras: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Question:
    """What is to be resolved, for which Python, and from where.

    `pins` is an older lock: what it holds stays, but for the names in `upgrade`, or for ALL.
    Nobody looks for what is `provided`, though plugins need it: the image has it otherwise.
    With `wheels_only`, what is published as source only is not there.
    """

    requirements: tuple[str, ...]
    python: str
    index: Index
    constraints: tuple[str, ...] = ()
    pins: str | None = None
    upgrade: tuple[str, ...] = ()
    dependencies: bool = True
    provided: tuple[str, ...] = ()
    wheels_only: bool = False


ALL = ("*",)

_OF_ACCESS = re.compile(
    r"UV_(INDEX_\w+_(USERNAME|PASSWORD)|KEYRING\w*|NATIVE_TLS|SYSTEM_CERTS|\w*CERT\w*)"
)


def others_say() -> tuple[str, ...]:
    """Return the variables of our environment that have a say in what uv chooses, by name."""
    ours = {"UV_CACHE_DIR", "UV_NO_PROGRESS", "UV_HTTP_TIMEOUT", "UV_HTTP_RETRIES"}
    found = (name for name in os.environ if name.startswith("UV_") and name not in ours)
    return tuple(sorted(name for name in found if not _OF_ACCESS.fullmatch(name)))


@dataclass(frozen=True)
class Uv:
    """uv with its cache in `cache`."""

    cache: Path

    @property
    def program(self) -> Path:
        """The uv that came with the launcher; it also installs in the image's build."""
        import uv  # noqa: PLC0415

        return Path(uv.find_uv_bin())

    @property
    def environment(self) -> dict[str, str]:
        """Our own cache, the proxy, and the certificates that this host trusts."""
        bundle = machine.ca_bundle()
        return {
            **({"SSL_CERT_FILE": str(bundle)} if bundle else {}),
            "UV_CACHE_DIR": str(self.cache / "uv"),
            "UV_NO_PROGRESS": "1",
            "UV_HTTP_TIMEOUT": str(ANSWER_LIMIT),
            "UV_HTTP_RETRIES": str(TRIES - 1),
            **proxy.environment(),
        }

    def compile(self, question: Question) -> str:
        """Return the `pylock.toml` that answers a question; raises as `answer`."""
        return self.answer(question).lock

    def answer(self, question: Question) -> Answer:
        """Return the `pylock.toml` that answers a question, with what there is to warn of.

        Raises:
            UnknownDistribution: a name that the index does not have.
            ResolutionFailed: no set of versions fits.
            IndexUnreachable: the index did not answer.

        """
        with _own_folder() as folder:
            lock = folder / _LOCK
            if question.pins is not None:
                lock.write_text(question.pins, encoding="utf-8")
            done = self._ask(question, folder, ["--format", "pylock.toml", "--no-annotate"])
            return Answer(
                stripped(_absolute(lock.read_text(encoding="utf-8"), folder)),
                tuple(Yanked(*found) for found in _YANKED.findall(done.stderr)),
                tuple(_EXTRA.findall(done.stderr)),
            )

    def origins(self, question: Question) -> dict[str, tuple[str, ...]]:
        """Return who asks for each distribution of the answer, by name; raises as `answer`."""
        with _own_folder() as folder:
            options = ["--format", "requirements.txt", "--annotation-style", "line"]
            text = self._ask(question, folder, options, name="requirements.txt").stdout
        return dict(_annotated(line) for line in text.splitlines() if "# via" in line)

    def _ask(
        self, question: Question, folder: Path, options: list[str], name: str = _LOCK
    ) -> subprocess.CompletedProcess[str]:
        argv = [str(self.program), *_arguments(question, name), *options]
        # An override takes the place of all requirements of that name; this one never holds.
        overrides = tuple(f"{name}; sys_platform == 'never'" for name in question.provided)
        for kind, lines in (("constraints", question.constraints), ("overrides", overrides)):
            if lines:
                file = folder / f"{kind}.txt"
                file.write_text("\n".join(lines), encoding="utf-8")
                argv += [f"--{kind}", str(file)]
        try:
            return process.run(
                argv,
                stdin="\n".join(question.requirements),
                env=self.environment,
                cwd=folder,
                timeout=TIME_LIMIT,
            )
        except process.ProgramFailed as error:
            asked = Asked(question.index.url or "PyPI", ANSWER_LIMIT, TRIES)
            raise translated(error, asked) from error


@contextlib.contextmanager
def _own_folder() -> Iterator[Path]:
    """Give a folder for uv to write in place, with no settings of others.

    It takes them from the current folder or, where that has none, from one above it, and anybody
    may put some into `/tmp`.
    """
    with contextlib.ExitStack() as stack:
        with files.translated(Path(tempfile.gettempdir())):
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            (folder / "uv.toml").touch()
        yield folder


def _absolute(lock: str, folder: Path) -> str:
    """Return the lock with the paths of local sources absolute; uv's are seen from its folder."""

    def absolute(found: re.Match[str]) -> str:
        return f'path = "{(folder / found[1]).resolve()}"'

    return _PATH.sub(absolute, lock)


def _arguments(question: Question, output: str) -> list[str]:
    arguments = ["pip", "compile", "-", "--output-file", output, "--no-header"]
    arguments += ["--python-version", question.python, "--python-platform", image_platform()]
    arguments += ["--python", sys.executable, "--no-python-downloads", "--color", "never"]
    arguments += index_arguments(question.index)
    if question.upgrade == ALL:
        arguments.append("--upgrade")
    else:
        arguments += [f"--upgrade-package={name}" for name in question.upgrade]
    arguments += ["--only-binary=:all:"] if question.wheels_only else []
    return arguments if question.dependencies else [*arguments, "--no-deps"]


def not_fetched(error: process.ProgramFailed, index: str) -> LauncherError | None:
    """Return what kept uv from fetching something, or None where that was not it."""
    found = translated(error, Asked(index, ANSWER_LIMIT, TRIES))
    return found if isinstance(found, IndexUnreachable | HostUnfit) else None


def index_arguments(index: Index) -> list[str]:
    """Return uv's options for where distributions come from."""
    arguments = ["--default-index", index.url] if index.url else []
    arguments += [f"--index={address}" for address in index.extra]
    return [*arguments, *(f"--find-links={place}" for place in index.find_links)]


def _annotated(line: str) -> tuple[str, tuple[str, ...]]:
    """Return the name and its askers in `name==1.0  # via a, b`; files with options are none."""
    pin, _, askers = line.partition("# via")
    name = re.split(r"==| @ |\s", pin.strip())[0]
    items = (item.strip() for item in askers.split(", "))
    return name, tuple(item for item in items if item and not item.startswith("-"))


def image_platform() -> str:
    """Return uv's name of the platform: this machine's processor, the C library of any base."""
    machine = "aarch64" if platform.machine() in {"aarch64", "arm64"} else "x86_64"
    return f"{machine}-manylinux_2_{GLIBC}"
