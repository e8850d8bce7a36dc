"""Each base of the reference, and each old pulpcore: built, killed, and brought to the newest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from launcher.model.bases import BASES, BOOTSTRAP
from tests.acceptance.file_flow import check, file_flow
from tests.host.pair import pin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from launcher.model.bases import Base
    from tests.host.actor import Actor

pytestmark = [pytest.mark.host, pytest.mark.thorough]

# The newest pulpcore on trixie is what all other tests run on.
PAIRS = (
    ("bookworm", "~=3.49.0"),
    ("trixie", "~=3.63.0"),
    ("trixie", "~=3.73.0"),
    ("trixie", "~=3.85.0"),
    ("forky", "*"),
)
BY_SUITE = {base.suite: base for base in BASES}


@pytest.fixture
def spare(root: Actor) -> Iterator[Actor]:
    actor = root.other("base")
    yield actor
    actor.launcher("destroy", "--purge", "--yes")


@pytest.mark.parametrize(("suite", "core"), PAIRS)
def test_a_pulp_of_it_serves_comes_back_and_goes_on(spare: Actor, suite: str, core: str) -> None:
    spare.init(f"{BOOTSTRAP}{suite}")
    pin(spare, core)
    spare.launcher("rebuild")
    spare.launcher("start")
    assert_made_of(spare, BY_SUITE[suite])
    kept = file_flow(spare.pulp())
    for role in ("api", "content", "worker"):
        numbers = (1,) if role == "worker" else ()
        container = spare.own(role, *numbers)
        pid = spare.podman("inspect", "--format", "{{.State.Pid}}", container).strip()
        spare.host.run(["kill", "-9", pid])
    spare.wait_healthy()
    check(kept, spare.host)
    # With a trial on a copy and a snapshot, made by the programs of the base.
    pin(spare, "*")
    spare.launcher("lock", "--upgrade")
    spare.launcher("rebuild", "--force")
    spare.wait_healthy()
    check(kept, spare.host)
    file_flow(spare.pulp())


def assert_made_of(actor: Actor, base: Base) -> None:
    database = actor.podman("exec", f"{actor.prefix}-db", "ls", "/var/lib/pgsql").split()
    assert str(base.postgresql) in database
    python = actor.podman("exec", actor.own("api"), "/opt/pulp/bin/python", "--version")
    assert python.split()[1].startswith(f"{base.python}.")
