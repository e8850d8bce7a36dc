"""Every test has an index and a home of its own; the resolver and the wheelhouse are the real ones.

Nothing but 127.0.0.1 is asked, and no engine.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from launcher.cli import session
from launcher.cli.session import Session
from launcher.host import fetch, machine, proxy, uv, wheelhouse
from launcher.host.podman import Podman
from launcher.operations.init import init
from tests.index.releases import STANDARD
from tests.index.server import Index, Server
from tests.index.site import Site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


SECRETS: dict[str, str] = {}
"""What the engine keeps, by name."""


class _Engine(Podman):
    """As much of an engine as a rebuild asks for before it builds."""

    def check(self, oldest: tuple[int, int]) -> tuple[int, int]:
        return oldest

    def image_id(self, reference: str) -> str | None:
        return reference

    def secrets(self) -> set[str]:
        return set(SECRETS)

    def secret(self, name: str) -> str:
        return SECRETS[name]


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.close()


@pytest.fixture(scope="session")
def uv_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the resolver's own cache; what it has of our index it always asks for anew."""
    return tmp_path_factory.mktemp("uv")


@pytest.fixture(autouse=True)
def _host(server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, uv_cache: Path) -> None:
    """Be a user with a home of her own, and without settings of this machine."""
    (tmp_path / "cache" / "pulp-launcher").mkdir(parents=True)
    (tmp_path / "cache" / "pulp-launcher" / "uv").symlink_to(uv_cache)
    for name in os.environ:
        if name.startswith(("UV_", "GIT_")) or name.lower().endswith("_proxy") or name == "NETRC":
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for word in ("CONFIG", "STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{word}_HOME", str(tmp_path / word.lower()))
    # No test shall ask PyPI, nor wait for a second try.
    monkeypatch.setenv("UV_DEFAULT_INDEX", f"{server.address}/none/simple/")
    monkeypatch.setattr(uv, "TRIES", 1)
    monkeypatch.setattr(wheelhouse, "TRIES", 1)
    monkeypatch.setattr(fetch, "TRIES", 1)
    monkeypatch.setattr(machine, "user_id", lambda: 1000)
    monkeypatch.setattr(machine, "hostname", lambda: "pulp.example")
    monkeypatch.setattr(session, "Podman", _Engine)
    proxy.use(str)
    SECRETS.clear()


@pytest.fixture(scope="session")
def only_index(server: Server) -> Index:
    """Return the index of all tests: one address, so that what one test locked serves others."""
    return server.index()


@pytest.fixture
def index(only_index: Index) -> Index:
    """Return the index as new."""
    only_index.reset(STANDARD)
    return only_index


@pytest.fixture
def fresh(index: Index, tmp_path: Path) -> Site:
    """Return a site with the two files of an instance, and nothing locked."""
    instance = Session().instance
    init(instance)
    text = instance.manifest_text()
    instance.paths.manifest.write_text(
        text.replace("[core]", f'[index]\nurl = "{index.url}"\n\n[core]'), encoding="utf-8"
    )
    return Site(tmp_path, index)


Locked = Callable[..., Site]


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder that keeps the files of what `locked` made."""
    return tmp_path_factory.mktemp("locked")


@pytest.fixture
def locked(fresh: Site, kept: Path) -> Locked:
    """Return a function that gives a site where some plugins are locked; it is made once."""

    def copied(*names: str) -> Site:
        folder = kept / "-".join(("core", *names))
        if not folder.exists():
            fresh.run(*(("plugin", "add", *names) if names else ("lock",)))
            shutil.copytree(fresh.home / "config", folder / "config")
        shutil.copytree(folder, fresh.home, dirs_exist_ok=True)
        fresh.index.asked.clear()
        return fresh

    return copied


@pytest.fixture
def site(locked: Locked) -> Site:
    """Return a site where pulpcore is locked."""
    return locked()


@pytest.fixture
def ready(locked: Locked) -> Site:
    """Return a site where pulp-rpm is locked."""
    return locked("rpm")
