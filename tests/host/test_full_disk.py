"""Everything of an instance is on one small disk, which gets full in the middle of an update.

Each time the old generation serves, and the update can be done once there is space again.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.file_flow import Download, check, file_flow
from tests.acceptance.install import install, install_client
from tests.host.actor import Actor
from tests.host.conftest import PORTS
from tests.host.steps import at
from tests.host.trial import Trial
from tests.lab import Host

if TYPE_CHECKING:
    from collections.abc import Iterator

    Kept = dict[str, tuple[Actor, Download]]

pytestmark = [pytest.mark.host, pytest.mark.thorough]

# Two builds fit, and what a build wants free.
SMALL = """
mount -t tmpfs -o size=7G tmpfs /mnt
mkdir -p /mnt/engine /mnt/state
mount --bind /mnt/engine /var/lib/containers
mkdir -p /var/lib/pulp-launcher && mount --bind /mnt/state /var/lib/pulp-launcher
mount -t tmpfs -o size=7G,uid=$(id -u alice),gid=$(id -g alice),mode=700 tmpfs /home/alice
"""
DISKS = {"root": "/mnt", "alice": "/home/alice"}
# Once: what going back was given is not taken from it.
FILL = "[ -e {0}/filler ] || cat /dev/zero >{0}/filler || true"


@pytest.fixture(scope="module")
def kept() -> Iterator[Kept]:
    """Give both users on a host of its own, each with a Pulp and a file in it."""
    host = Host(f"small-{os.getpid()}").up(owner=os.getpid())
    try:
        host.run(["bash", "-euc", SMALL])
        install(host)
        install_client(host)
        actors = [Actor(host, user, port) for user, port in PORTS.items()]
        with ThreadPoolExecutor() as pool:
            list(pool.map(Actor.bring_up, actors))
        yield {actor.user: (actor, file_flow(actor.pulp())) for actor in actors}
    finally:
        host.down()


@pytest.mark.parametrize("user", PORTS)
@pytest.mark.parametrize("point", ["building", "snapshot", "migrate"])
def test_a_disk_that_gets_full(kept: Kept, user: str, point: str) -> None:
    actor, download = kept[user]
    before, filler = actor.generation(), f"{DISKS[user]}/filler"
    actor.launcher("plugin", "add", Trial(f"pulp-at-{point}").put(actor))
    done = at(actor, point, FILL.format(DISKS[user]), "rebuild")
    said = f"{actor}, {point}: exit status {done.returncode}\n{done.stdout}{done.stderr}"
    print(said)
    assert done.returncode == 1, said
    assert "\nError: " in done.stderr, said
    assert "no space left" in done.stderr.lower(), said
    assert "\n→ " in done.stderr, said
    actor.wait_healthy()
    assert actor.generation() == before, said
    check(download, actor.host)
    actor.run("rm", filler)
    actor.launcher("rebuild")
    actor.wait_healthy()
    assert actor.generation() > before
    check(download, actor.host)
