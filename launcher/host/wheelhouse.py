"""The wheelhouse: every wheel of the lock on this host, so that a build needs no index.

Files lie under their own digest and are never changed; what PyPI drops later stays here.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import sys
import tempfile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from launcher.host import fetch, files, process, proxy
from launcher.host.uv import ANSWER_LIMIT, TRIES, index_arguments, not_fetched
from launcher.model.errors import BuildFailed, IndexUnreachable, ResolutionFailed
from launcher.model.wheel import Kind, Source, Wheel, wheel_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from launcher.host.uv import Uv
    from launcher.model.manifest import Index

_AT_ONCE = 8
_LAST_LINES = 8
_CHUNK = 1 << 20

_NETRC = "Put the index's credentials into ~/.netrc."
_GONE = "The index has dropped it; lock what it has now: pulp-launcher lock --upgrade"
_HINTS = {401: _NETRC, 403: _NETRC, 404: _GONE, 407: proxy.LET_THROUGH, 410: _GONE}

_NOBODY_TYPES = {"GIT_TERMINAL_PROMPT": "0", "GIT_SSH_COMMAND": "ssh -oBatchMode=yes"}
"""git shall fail rather than ask for a name, a password or whether a host is known; one's own
variables come first."""

_REPRODUCIBLE = {"SOURCE_DATE_EPOCH": "315532800"}
"""The oldest time that a zip archive can name, so that equal sources give equal wheels."""


@dataclass(frozen=True)
class Wheelhouse:
    """Wheels below `folder`; `uv` makes them of sources, with build tools from `constraints`."""

    folder: Path
    uv: Uv
    constraints: Path
    index: Index

    def fetch(self, sources: Iterable[Source], on_line: Callable[[str], None]) -> list[Wheel]:
        """Return a wheel for each source, in their order; what is there already is not fetched.

        Raises:
            IndexUnreachable: a file can not be had.
            ResolutionFailed: a file is not the one that was locked.
            BuildFailed: no wheel can be made of a source.

        """

        def one(source: Source) -> Wheel:
            wheel = self._wheel(source)
            on_line(f"{source.name} {wheel.version}")
            return wheel

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return list(pool.map(one, sources))

    def there(self, source: Source) -> Path | None:
        """Return a source's wheel if this host has it; of a folder the one that was made last."""
        if source.kind is Kind.WHEEL:
            path = self.folder / source.check / source.filename
        else:
            path = Path(files.read(self._record(source)) or "nowhere")
        return path if path.is_file() else None

    def known(self, source: Source) -> Wheel | None:
        """Return the wheel that `fetch` gives for a source, where that shows without fetching.

        Of a folder it is the wheel that was made last; it may have changed since.
        """
        if source.kind is Kind.WHEEL and source.check:
            path = self.folder / source.check / source.filename
            return wheel_of(source.filename, source.check, str(path))
        there = None if source.kind is Kind.WHEEL else self.there(source)
        return wheel_of(there.name, there.parent.name, str(there)) if there else None

    def _record(self, source: Source) -> Path:
        """Return the file that names the wheel which was made of a source."""
        what = f"{source.kind}{source.address}{source.check}{source.subdirectory}"
        return self.folder / "built" / hashlib.sha256(what.encode()).hexdigest()

    def _wheel(self, source: Source) -> Wheel:
        if source.kind is not Kind.WHEEL:
            return self._built(source)
        path = self._file(source)
        if path.is_relative_to(self.folder):
            return wheel_of(source.filename, path.parent.name, str(path))
        return self._stored(path, source.filename)

    def _built(self, source: Source) -> Wheel:
        """Return the wheel of a source; a folder is built each time, as nothing names its state."""
        there = None if source.kind is Kind.FOLDER else self.there(source)
        if there is not None:
            return wheel_of(there.name, there.parent.name, str(there))
        with tempfile.TemporaryDirectory() as scratch:
            made = self._build(source, self._unpacked(source, Path(scratch)), Path(scratch, "out"))
            wheel = self._stored(made, made.name)
        files.write(self._record(source), wheel.path)
        return wheel

    def _unpacked(self, source: Source, scratch: Path) -> Path:
        """Return what uv can build: a source archive, or a folder."""
        if source.kind is Kind.SDIST:
            archive = scratch / source.filename
            shutil.copy(self._file(source), archive)
            return archive
        if source.kind is Kind.FOLDER:
            return Path(source.address, source.subdirectory)
        clone = scratch / "clone"
        try:
            self._clone(source, clone)
        except process.ProgramFailed as error:
            raise IndexUnreachable(
                f"{source.name} can not be had from {source.address} at {source.check[:7]}",
                details=error.details,
                hint="Check the address, or name another revision of it in plugins.toml.",
            ) from error
        return clone / source.subdirectory

    def _clone(self, source: Source, clone: Path) -> None:
        silent = {name: text for name, text in _NOBODY_TYPES.items() if name not in os.environ}
        env = {**proxy.environment(), **silent}
        argv = ["git", "clone", "--quiet", "--no-checkout", source.address, str(clone)]
        process.run(argv, env=env)
        git = ["git", "-C", str(clone)]
        if process.run([*git, "cat-file", "-e", source.check], env=env, check=False).returncode:
            # No branch has it, as the commits of a pull request.
            process.run([*git, "fetch", "--quiet", "origin", source.check], env=env)
        # What is missing of a clone that is not whole is fetched now.
        process.run([*git, "checkout", "--quiet", source.check], env=env)
        submodules = ["submodule", "update", "--quiet", "--init", "--recursive"]
        process.run([*git, *submodules], env=env)

    def _build(self, source: Source, project: Path, out: Path) -> Path:
        argv = [str(self.uv.program), "build", "--wheel", "--python", sys.executable]
        argv += [*index_arguments(self.index), "--color", "never"]
        argv += ["--build-constraints", str(self.constraints), "--out-dir", str(out), str(project)]
        try:
            process.run(argv, env={**self.uv.environment, **_REPRODUCIBLE})
        except process.ProgramFailed as error:
            unreachable = not_fetched(error, self.index.url or "PyPI")
            if unreachable:
                raise unreachable from error
            raise BuildFailed(
                f"no wheel can be made of {source.name}",
                details="\n".join(error.details.splitlines()[-_LAST_LINES:]),
                hint=f"Ask the makers of {source.name} for a wheel, or pin another version.",
            ) from error
        (made,) = out.glob("*.whl")
        if not made.name.endswith("-none-any.whl"):
            raise BuildFailed(
                f"{source.name} is published as source only and needs a compiler",
                details=f"its build gave {made.name}, which fits this host and not the image",
                hint="Pin a version that has a wheel for the image's Python.",
            )
        return made

    def _file(self, source: Source) -> Path:
        """Return a file of the right digest, from the wheelhouse, this host or its address."""
        stored = self.folder / source.check / source.filename
        if source.check and _is_whole(stored):
            return stored
        if "://" in source.address and not source.address.startswith("file://"):
            return self._downloaded(source)
        path = source.address
        local = Path(unquote(urlsplit(path).path) if "://" in path else path)
        if not local.exists():
            raise ResolutionFailed(
                f"{local}, which the lock names, is not there",
                hint="Put it back, or change plugins.toml and lock anew: pulp-launcher lock",
            )
        with files.translated(local):
            _check_digest(source, files.sha256(local))
        return local

    def _downloaded(self, source: Source) -> Path:
        with files.translated(self.folder), self._unfinished() as file:
            digest = _download(source, file)
            _check_digest(source, digest)
            return self._kept(Path(file.name), source.filename, digest)

    def _unfinished(self) -> IO[bytes]:
        self.folder.mkdir(parents=True, exist_ok=True)
        return tempfile.NamedTemporaryFile(dir=self.folder)

    def _stored(self, path: Path, filename: str) -> Wheel:
        digest = files.sha256(path)
        return wheel_of(filename, digest, str(self._kept(path, filename, digest)))

    def _kept(self, path: Path, filename: str, digest: str) -> Path:
        """Return the file's place in the wheelhouse; it appears there whole."""
        target = self.folder / digest / filename
        with files.translated(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            if not _is_whole(target):
                with tempfile.TemporaryDirectory(dir=self.folder) as unfinished:
                    copy = Path(shutil.copy(path, unfinished))
                    files.sync(copy)
                    files.move(copy, target)
        return target


def _is_whole(path: Path) -> bool:
    """Tell whether a file is there; a power cut may have left it empty."""
    return path.exists() and path.stat().st_size > 0


def link(wheels: Iterable[Wheel], folder: Path) -> None:
    """Make `folder` hold these wheels and nothing else; hard links, so they cost no space."""
    with files.translated(folder):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for wheel in wheels:
            (folder / wheel.filename).hardlink_to(wheel.path)


def entry_points(wheel: Path) -> str:
    """Return the text of a wheel's `entry_points.txt`, empty where it has none."""
    return _member(wheel, "entry_points.txt")


def metadata(wheel: Path) -> str:
    """Return the text of a wheel's `METADATA`."""
    return _member(wheel, "METADATA")


def _member(wheel: Path, name: str) -> str:
    with zipfile.ZipFile(wheel) as archive:
        found = [path for path in archive.namelist() if path.endswith(f".dist-info/{name}")]
        return archive.read(found[0]).decode(errors="replace") if found else ""


def _download(source: Source, file: Any) -> str:
    """Write an address's content to a file and return its SHA-256."""
    import requests  # noqa: PLC0415

    digest = hashlib.sha256()
    try:
        with fetch.session().get(source.address, stream=True, timeout=ANSWER_LIMIT) as answer:
            if not answer.ok:
                raise _refused(source, answer.status_code, answer.reason)
            for chunk in answer.iter_content(_CHUNK):
                digest.update(chunk)
                file.write(chunk)
        file.flush()
    except requests.RequestException as error:
        raise IndexUnreachable(
            f"{source.filename} can not be fetched: no answer, though it was asked for "
            f"{TRIES} times and had {ANSWER_LIMIT} seconds each time",
            details=source.address + (f"\n{error}" if isinstance(error, ValueError) else ""),
            hint=proxy.LET_THROUGH
            if re.search(proxy.REFUSES, str(error))
            else "Check the network, the proxy and the index, then run the command again.",
        ) from error
    return digest.hexdigest()


def _check_digest(source: Source, digest: str) -> None:
    if source.check and digest != source.check:
        raise ResolutionFailed(
            f"{source.filename} is not the file that was locked",
            details=f"its SHA-256 is {digest}, the lock says {source.check}",
            hint="If you trust it, lock anew: pulp-launcher lock --upgrade",
        )


def _refused(source: Source, status: int, reason: str) -> IndexUnreachable:
    return IndexUnreachable(
        f"{source.filename} can not be fetched: the index says {status} {reason}",
        details=source.address,
        hint=_HINTS.get(status, "Ask those who run the index."),
    )
