"""Each base that is named in the reference is built, and a Pulp of it does what it is for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from launcher.model.bases import BASES, BOOTSTRAP
from tests.acceptance.file_flow import file_flow
from tests.host.actor import BASE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from launcher.model.bases import Base
    from tests.host.actor import Actor

pytestmark = [pytest.mark.host, pytest.mark.thorough]

# What all other tests run on needs none of its own.
OTHERS = {item.suite: item for item in BASES if f"{BOOTSTRAP}{item.suite}" != BASE}


@pytest.fixture
def spare(root: Actor) -> Iterator[Actor]:
    actor = root.other("base")
    yield actor
    actor.launcher("destroy", "--purge", "--yes")


@pytest.mark.parametrize("base", OTHERS.values(), ids=OTHERS)
def test_a_pulp_of_it_serves_a_file(spare: Actor, base: Base) -> None:
    spare.init(f"{BOOTSTRAP}{base.suite}")
    spare.launcher("plugin", "add", "pulp_rpm")
    spare.launcher("rebuild")
    spare.launcher("start")
    file_flow(spare.pulp())
    database = spare.podman("exec", f"{spare.prefix}-db", "ls", "/var/lib/pgsql").split()
    assert str(base.postgresql) in database
    python = spare.podman("exec", spare.own("api"), "python3", "--version")
    assert python.split()[1].startswith(f"{base.python}.")
