"""Unit tests touch nothing of this machine but a temporary folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from launcher.host import files, machine, process, pulp
from launcher.model.names import Names
from tests.unit.fakes import World

if TYPE_CHECKING:
    from pathlib import Path


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
    monkeypatch.setattr(machine, "hostname", lambda: "pulp.example")
    if "real_programs" not in request.fixturenames:
        for name in ("run", "stream", "attach", "pipe"):
            monkeypatch.setattr(process, name, _forbidden)
        monkeypatch.setattr(pulp, "status", _forbidden)


def _forbidden(*args: Any, **_: Any) -> NoReturn:
    pytest.fail(f"a unit test reached for the outside: {args}")


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """Return an instance on a host that exists in memory, but for its files."""
    made = World.on(tmp_path, Names())
    monkeypatch.setattr(machine, "listener", made.ports.get)
    monkeypatch.setattr(machine, "privileged", lambda port: port < 1024)
    monkeypatch.setattr(machine, "ca_bundle", lambda: None)
    monkeypatch.setattr(files, "free_bytes", lambda _: made.free)
    monkeypatch.setattr(pulp, "status", made.answer)
    return made
