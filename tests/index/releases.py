"""What the index of the tests has: a pulpcore of our own, and plugins good and bad."""

from __future__ import annotations

from tests.index.distributions import Release


def library(name: str, version: str, *requires: str) -> Release:
    return Release(name, version, requires, plugin=False)


def plugin(name: str, version: str, *requires: str) -> Release:
    return Release(name, version, requires)


def core(version: str) -> Release:
    extras = (("s3", "boto>=1"),)
    return Release("pulpcore", version, ("django>=5,<6",), plugin=False, extras=extras)


STANDARD = (
    *map(core, ("3.100.0", "3.105.0", "3.114.0", "3.118.0", "3.119.0")),
    library("django", "5.1"),
    library("django", "5.2"),
    library("boto", "1.40"),
    # Good ones.
    plugin("pulp-rpm", "3.30.0", "pulpcore>=3.100,<3.115"),
    plugin("pulp-rpm", "3.38.0", "pulpcore>=3.105,<3.130"),
    plugin("pulp-rpm", "3.39.0", "pulpcore>=3.118,<3.130", "solv>=0.7"),
    library("solv", "0.7.1"),
    plugin("pulp_deb", "3.10.0", "pulpcore>=3.100,<3.130"),
    plugin("pulp_deb", "3.11.0", "pulpcore>=3.105,<3.130"),
    plugin("pulp-python", "3.37.0", "pulpcore>=3.105,<3.130"),
    # One that others need.
    plugin("pulp-base", "1.0", "pulpcore>=3.105,<3.130"),
    plugin("pulp-upon", "2.0", "pulpcore>=3.105,<3.130", "pulp-base>=1"),
    # A normal library that is called like a plugin.
    library("pulp-glue", "0.39.0", "pulpcore>=3.100"),
    # The four real cases that would drag pulpcore down, or bring nothing along.
    library("pulp-rust", "0.0.1"),
    plugin("pulp-rust", "0.1.0", "pulpcore>=3.100,<3.115"),
    plugin("pulp-cookbook", "0.1.0b9", "pulpcore>=3.100"),
    plugin("galaxy-ng", "4.2.0"),
    plugin("galaxy-ng", "4.9.2", "pulpcore>=3.100,<3.101"),
    plugin("pulp-2to3-migration", "0.10.0", "pulpcore>=3.100"),
    plugin("pulp-2to3-migration", "0.17.0", "pulpcore>=3.100,<3.106"),
)
