"""What PostgreSQL gets: enough for what is configured, and the same at each start.

The kind of fault: a limit that is fixed, below something that the config or the data can ask for.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as some

from launcher.host import machine
from launcher.model.config import Config
from launcher.model.errors import InputInvalid
from launcher.model.toml import parse
from launcher.model.tuning import connections, rounded, tuning
from launcher.operations.rebuild import rebuild
from launcher.operations.start import start
from launcher.operations.stop import stop
from tests.unit.test_switch import started

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.fakes import World

__all__ = ["started"]

GIB = 1024**3


def read(text: str, path: Path) -> Config:
    return parse(f'hostname = "x"\n{text}', path, Config)


@given(some.integers(1, 64), some.integers(1, 64), some.integers(1, 64))
def test_two_generations_fit_with_room_to_spare(api: int, content: int, workers: int) -> None:
    config = Config.model_validate(
        {"hostname": "x", "api": {"processes": api}, "content": {"processes": content}}
        | {"worker": {"count": workers}}
    )
    assert connections(config) >= 2 * (api + content + 2 * workers) + 40
    assert connections(config) % 200 == 0


def test_a_worker_more_does_not_restart_the_database() -> None:
    few, more = (
        Config.model_validate({"hostname": "x", "worker": {"count": count}}) for count in (2, 8)
    )
    assert tuning(few, 4 * GIB) == tuning(more, 4 * GIB)


@pytest.mark.parametrize(
    ("memory", "buffers", "shared"),
    [(1, "128MB", 256), (4, "256MB", 1024), (16, "1024MB", 4096), (1024, "8192MB", 16384)],
)
def test_it_gets_a_share_of_the_host(memory: int, buffers: str, shared: int) -> None:
    found = tuning(Config(hostname="x"), memory * GIB)
    assert found.parameters["shared_buffers"] == buffers
    assert found.shared_memory == shared * 1024**2
    assert found.shared_memory > 64 * 1024**2, "podman's own was too little"


@given(some.integers(int(3.1 * GIB), int(5.5 * GIB)))
def test_hosts_of_a_size_are_alike(memory: int) -> None:
    assert rounded(memory) == 4 * GIB


def test_the_config_has_the_last_word(tmp_path: Path) -> None:
    text = """
    [database]
    memory = "16GB"
    shared_memory = "2GB"
    parameters = { work_mem = "1GB", jit_x = 1 }
    """
    with pytest.raises(InputInvalid, match="a mistake") as caught:
        read(text, tmp_path)
    assert "'jit_x' can not be set here" in caught.value.details
    given_ = text.replace("jit_x = 1", "wal_compression = true, random_page_cost = 1.1")
    found = tuning(read(given_, tmp_path), GIB)
    assert found.parameters["shared_buffers"] == "1024MB"
    assert found.parameters["work_mem"] == "1GB"
    assert found.parameters["wal_compression"] == "on"
    assert found.parameters["random_page_cost"] == "1.1"
    assert found.shared_memory == 2 * GIB


@pytest.mark.parametrize(
    "line",
    [
        'memory = "much"',
        "memory = 8",
        'shared_memory = "1 GB"',
        "parameters = { fsync = false }",
        'parameters = { data_directory = "/tmp" }',
        'parameters = { listen_addresses = "*" }',
        'parameters = { max_connections = "400" }',
        "parameters = { max_connections = 1 }",
        'parameters = { shared_buffers = "64kB" }',
        'parameters = { checkpoint_timeout = "1ms" }',
        "parameters = { checkpoint_completion_target = 2 }",
        "parameters = { max_connections = true }",
        'parameters = { work_mem = "8MB -c fsync=off" }',
        "parameters = { work_mem = 8 }",
        "parameters = { random_page_cost = nan }",
        "parameters = { track_io_timing = 1 }",
        'parameters = { checkpoint_timeout = "soon" }',
        "max_connections = 400",
    ],
)
def test_what_is_wrong_or_unsafe_is_refused_by_name(tmp_path: Path, line: str) -> None:
    with pytest.raises(InputInvalid) as caught:
        read(f"[database]\n{line}\n", tmp_path)
    assert caught.value.details.startswith("database.")


def test_a_running_database_is_not_restarted_for_another_memory(
    started: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A guard and a login may see different limits, and a host may get memory while it runs."""
    before = unit(started)
    assert "; exec db -c effective_cache_size=1024MB -c " in before
    monkeypatch.setattr(machine, "memory", lambda: 64 * GIB)
    start(started.instance)
    rebuild(started.instance)
    assert unit(started) == before
    stop(started.instance)
    start(started.instance)
    assert "-c shared_buffers=4096MB" in unit(started)


def test_an_instance_of_before_gets_its_values_once(started: World) -> None:
    started.instance.paths.memory.unlink()
    start(started.instance)
    assert started.instance.paths.memory.read_text("utf-8") == str(4 * GIB)
    started.instance.paths.memory.write_text("nonsense", "utf-8")
    assert start(started.instance).restarted == ()


def unit(world: World) -> str:
    text = world.systemd.running[world.service("db")]
    assert re.search(r"^ShmSize=\d+m$", text, re.MULTILINE)
    return text
