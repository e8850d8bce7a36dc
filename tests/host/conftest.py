"""One host with the launcher, and on it an instance of root's and one of a rootless user's.

To try tests again and again: PULP_LAUNCHER_TEST_HOST=name keeps the host of that name.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.install import install, install_client
from tests.host.actor import Actor
from tests.host.pair import bring_up
from tests.lab import Host

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.acceptance.file_flow import Download
    from tests.host.pair import Both, Pair

    Actors = dict[str, Actor]

PORTS = {"root": 8080, "alice": 8081}


@pytest.fixture(scope="session")
def host(request: pytest.FixtureRequest) -> Host:
    """Give a host with the launcher and pulp-cli installed for all users."""
    kept = os.environ.get("PULP_LAUNCHER_TEST_HOST")
    host: Host = Host(kept).up() if kept else request.getfixturevalue("lab_host")
    install(host)
    install_client(host)
    return host


@pytest.fixture(scope="session")
def actors(host: Host) -> Actors:
    """Give both users, each with a Pulp that runs; they build side by side."""
    actors = {user: Actor(host, user, port) for user, port in PORTS.items()}
    with ThreadPoolExecutor() as pool:
        list(pool.map(Actor.bring_up, actors.values()))
    return actors


@pytest.fixture(params=PORTS)
def actor(actors: Actors, request: pytest.FixtureRequest) -> Actor:
    """Give each user in turn."""
    return actors[request.param]


@pytest.fixture
def root(actors: Actors) -> Actor:
    return actors["root"]


@pytest.fixture
def alice(actors: Actors) -> Actor:
    return actors["alice"]


@pytest.fixture
def as_each(actors: Actors) -> Callable[[Callable[[Actor], None]], None]:
    """Give what does something for both users at the same time."""

    def do(action: Callable[[Actor], None]) -> None:
        with ThreadPoolExecutor() as pool:
            list(pool.map(action, actors.values()))

    return do


@pytest.fixture(scope="module")
def pair(host: Host) -> Iterator[Pair]:
    """Give an instance of each user with a file in it; of Pulp alone, and not of the newest."""
    pair = [Actor(host, user, port).other("switch") for user, port in PORTS.items()]
    with ThreadPoolExecutor() as pool:
        kept = dict(zip(pair, pool.map(bring_up, pair), strict=True))
        yield kept
        list(pool.map(lambda actor: actor.launcher("destroy", "--purge", "--yes"), pair))


@pytest.fixture
def both(pair: Pair) -> Both:
    """Give what does something for both at the same time."""

    def do(action: Callable[[Actor, Download], object]) -> None:
        with ThreadPoolExecutor() as pool:
            list(pool.map(action, pair, pair.values()))

    return do
