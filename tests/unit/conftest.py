"""Unit tests touch nothing of this machine but a temporary folder."""

from __future__ import annotations

import functools
import os
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
from hypothesis import settings

from launcher.host import advisories, disk, files, machine, package, process, proxy, pulp
from launcher.model import secrets, wheel
from launcher.model.catalogue import Catalogue
from launcher.model.names import Names
from launcher.model.space import FileSystem
from launcher.model.wheel import image_tags
from launcher.operations import install, observe
from launcher.operations import instance as instances
from tests.unit.fakes import FakeWheelhouse, World

if TYPE_CHECKING:
    from pathlib import Path


# A busy machine is no failure, and more examples found nothing more.
settings.register_profile("unit", max_examples=25, deadline=None)
settings.load_profile("unit")


@pytest.fixture
def real_programs() -> None:
    """Ask for this to run real programs; only `true`, `sh` and their like."""


@pytest.fixture(autouse=True)
def _shut_off(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Be the user `alice` with a home of her own, on a machine where no program can be run."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for word in ("CONFIG", "STATE", "CACHE", "RUNTIME"):
        variable = f"XDG_{word}_{'DIR' if word == 'RUNTIME' else 'HOME'}"
        monkeypatch.setenv(variable, str(tmp_path / word.lower()))
    monkeypatch.setattr(machine, "user_id", lambda: 1000)
    monkeypatch.setattr(machine, "user_name", lambda: "alice")
    monkeypatch.setattr(machine, "memory", lambda: 4 * 1024**3)
    monkeypatch.setattr(machine, "hostname", lambda: "pulp.example")
    monkeypatch.setattr(instances, "Wheelhouse", FakeWheelhouse)
    # These never differ, and take long to make.
    monkeypatch.setattr(instances, "Catalogue", CATALOGUE)
    monkeypatch.setattr(wheel, "image_tags", TAGS)
    # It is made to take long.
    monkeypatch.setattr(secrets, "COST", 2)
    # What a crash of the machine leaves is no matter here, and waiting for a disk takes long.
    monkeypatch.setattr(os, "fsync", lambda _: None)
    monkeypatch.setattr(os, "posix_fallocate", lambda *_: None)
    monkeypatch.setattr(advisories, "known", _forbidden)
    for word in ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"):
        monkeypatch.delenv(word, raising=False)
        monkeypatch.delenv(word.lower(), raising=False)
    proxy.use(str)
    if "real_programs" not in request.fixturenames:
        for name in ("run", "run_within", "stream", "attach", "pipe", "feed", "save"):
            monkeypatch.setattr(process, name, _forbidden)
        monkeypatch.setattr(pulp, "front", _forbidden)
        monkeypatch.setattr(pulp, "statuses", _forbidden)


def _forbidden(*args: Any, **_: Any) -> NoReturn:
    pytest.fail(f"a unit test reached for the outside: {args}")


CATALOGUE = functools.cache(Catalogue)
TAGS = functools.cache(lambda python: tuple(image_tags(python)))
STATIC = {
    "Containerfile": b"ARG BASE",
    "roles/api": b"#!/bin/sh\n",
    "bin/restore-database": b"#!/bin/sh\n",
    "README.md": b"# Image\n",
}


@pytest.fixture
def static(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Return the folder with the static files of the image, which a test may change."""
    folder = tmp_path / "containers"
    for name, content in STATIC.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    monkeypatch.setattr(package, "containers", lambda: folder)
    return folder


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, static: Path) -> World:
    """Return an instance on a host that exists in memory, but for its files."""
    del static
    made = World.on(tmp_path, Names())
    monkeypatch.setattr(machine, "listener", made.ports.get)
    monkeypatch.setattr(machine, "privileged", lambda port: port < 1024)
    monkeypatch.setattr(machine, "ca_bundle", lambda: None)
    monkeypatch.setattr(files, "free_bytes", lambda _: made.free)
    monkeypatch.setattr(disk, "file_system", lambda _: FileSystem("1", made.free))
    monkeypatch.setattr(pulp, "front", made.front)
    monkeypatch.setattr(pulp, "statuses", made.found)
    monkeypatch.setattr(advisories, "known", made.known)
    # A gate is passed at once here, or never.
    monkeypatch.setattr(observe, "GATE_SECONDS", 0)
    monkeypatch.setattr(install, "RELOAD_SECONDS", 0)
    monkeypatch.setattr(made.podman, "execute", made.execute)
    return made
