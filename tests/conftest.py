"""What all tests share: the option that rewrites golden files, and a host to try things on."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from launcher.host import credentials

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lab import Host


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="Write what is rendered now to tests/golden/cases/*/expected, and say so.",
    )


@pytest.fixture(autouse=True)
def _knows_no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test mask what another one called a secret."""
    monkeypatch.setattr(credentials, "_told", set())


@pytest.fixture(scope="session")
def lab_host() -> Iterator[Host]:
    """Boot a host of this run's own: two runs at once must not share, or end, each other's."""
    if os.geteuid():
        pytest.skip("only root can boot a host (tests/lab)")
    from tests.lab import Host  # noqa: PLC0415 - the unit tests run without it

    host = Host(f"tests-{os.getpid()}").up(owner=os.getpid())
    try:
        yield host
    finally:
        host.down()
