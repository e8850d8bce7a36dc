"""The table `[database]` of the config: what PostgreSQL gets, and which parameters it may name."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, Field, field_validator

from launcher.model.toml import Table, nearest

Value = bool | int | float | str

_MIB = 1024**2
_UNITS = {"MB": _MIB, "GB": 1024**3}
_SIZE = re.compile(r"([1-9][0-9]{0,8})(MB|GB)")
_TIME = re.compile(r"([0-9]{1,6})(ms|s|min|h|d)")
_TIMES = {"ms": 0.001, "s": 1, "min": 60, "h": 3600, "d": 86400}


def _size(text: str) -> str:
    if text and not _SIZE.fullmatch(text):
        raise ValueError(f"{text!r} must be a size like '512MB' or '4GB'")
    return text


Size = Annotated[str, AfterValidator(_size)]


def _seconds(text: str) -> float:
    found = _TIME.fullmatch(text)
    return int(found[1]) * _TIMES[found[2]] if found else -1


@dataclass(frozen=True)
class Kind:
    """What a parameter takes: a test of the value, and the same in words."""

    fits: Callable[[Value], bool]
    words: str


def _count(least: int, most: int) -> Kind:
    def fits(value: Value) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most

    return Kind(fits, f"a whole number, {least} to {most}")


def _number(least: float, most: float) -> Kind:
    def fits(value: Value) -> bool:
        is_one = isinstance(value, int | float) and not isinstance(value, bool)
        return is_one and least <= float(value) <= most

    return Kind(fits, f"a number, {least:g} to {most:g}")


def _size_of(least: int) -> Kind:
    def fits(value: Value) -> bool:
        is_one = isinstance(value, str) and _SIZE.fullmatch(value)
        return bool(is_one) and least * _MIB <= bytes_of(str(value)) < 2**40

    return Kind(fits, f"a size like '512MB' or '4GB', {least}MB or more")


def _time(least: int, most: int) -> Kind:
    def fits(value: Value) -> bool:
        return isinstance(value, str) and least <= _seconds(value) <= most

    return Kind(fits, f"a time like '500ms', '30s' or '15min', {least} to {most} seconds")


SWITCH = Kind(lambda value: isinstance(value, bool), "true or false")
_DAY = 86400

PARAMETERS = {
    "autovacuum_analyze_scale_factor": _number(0, 100),
    "autovacuum_max_workers": _count(1, 100),
    "autovacuum_naptime": _time(1, _DAY),
    "autovacuum_vacuum_cost_limit": _count(1, 10000),
    "autovacuum_vacuum_scale_factor": _number(0, 100),
    "checkpoint_completion_target": _number(0, 1),
    "checkpoint_timeout": _time(30, _DAY),
    "default_statistics_target": _count(1, 10000),
    "effective_cache_size": _size_of(1),
    "effective_io_concurrency": _count(0, 1000),
    "hash_mem_multiplier": _number(1, 1000),
    "log_autovacuum_min_duration": _time(0, _DAY),
    "log_checkpoints": SWITCH,
    "log_lock_waits": SWITCH,
    "log_min_duration_statement": _time(0, _DAY),
    "maintenance_work_mem": _size_of(1),
    "max_connections": _count(50, 10000),
    "max_parallel_maintenance_workers": _count(0, 1024),
    "max_parallel_workers": _count(0, 1024),
    "max_parallel_workers_per_gather": _count(0, 1024),
    "max_wal_size": _size_of(128),
    "max_worker_processes": _count(8, 1024),
    "min_wal_size": _size_of(32),
    "random_page_cost": _number(0, 1000),
    "seq_page_cost": _number(0, 1000),
    "shared_buffers": _size_of(1),
    "temp_file_limit": _size_of(1),
    "track_io_timing": SWITCH,
    "wal_compression": SWITCH,
    "work_mem": _size_of(1),
}
"""What the config may set: how much PostgreSQL takes and how it plans, nothing of where data lie,
who comes in, or what survives a crash. With a value that it refuses it would not start."""


class Database(Table):
    """What PostgreSQL gets; what is empty follows from this host and the counts of processes."""

    memory: Size = Field(
        default="",
        description="Derive its values as if the host had this much memory, like `8GB`; empty is "
        "what the host has.",
    )
    shared_memory: Size = Field(
        default="", description="Size of `/dev/shm`, which parallel queries share, like `1GB`."
    )
    parameters: dict[str, Value] = Field(
        default={}, description="Parameters of PostgreSQL, by name, which win over derived ones."
    )

    @field_validator("parameters")
    @classmethod
    def _parameters(cls, parameters: dict[str, Value]) -> dict[str, Value]:
        for name, value in parameters.items():
            if name not in PARAMETERS:
                raise ValueError(
                    f"{name!r} can not be set here{nearest(name, PARAMETERS)}; what can is in "
                    "docs/reference/config.md"
                )
            if not PARAMETERS[name].fits(value):
                raise ValueError(f"{name} must be {PARAMETERS[name].words}, not {value!r}")
        return parameters


def bytes_of(size: str) -> int:
    found = _SIZE.fullmatch(size)
    assert found is not None  # noqa: S101 - the config was validated
    return int(found[1]) * _UNITS[found[2]]
