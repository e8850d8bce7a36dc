"""Acts of other administrators, drawn from a seed: afterwards Pulp is whole, or it is said why not.

It is never empty, and never called healthy while it is wrong. For another draw, or a longer one,
set PULP_LAUNCHER_SEED and PULP_LAUNCHER_ACTS.
"""

from __future__ import annotations

import os
import random
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.install import install, install_client
from tests.host.actor import Actor
from tests.host.acts import ACTS, POWER_CUT, REBOOT, STOPPED, Act
from tests.host.conftest import PORTS
from tests.host.truth import Kept, put, wrongs
from tests.lab import Host

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.host, pytest.mark.thorough]

SEED = int(os.environ.get("PULP_LAUNCHER_SEED", "10"))
COUNT = int(os.environ.get("PULP_LAUNCHER_ACTS", "40"))
ROW = "{:24} {:6} {:8} {:>4}  {}"

# The content is on a disk of its own, as it is with many.
DISK = """
mountpoint -q $1/content && exit
mkdir -p $1/content $1/content.disk $1/aside
chown $2: $1/content $1/content.disk $1/aside
echo "$1/content.disk $1/content none bind 0 0" >>/etc/fstab
mount $1/content
"""
# What careful administrators have a copy of.
COPIES = """
for name in field-key django-key db-password; do
    podman secret inspect --showsecret --format '{{.SecretData}}' $1-$name | head -c -1 >$2/$name
done
podman volume export $1-database -o $2/database.tar
"""
WORDS = """
PREFIX=$1 STATE=$2 QUADLETS=$3 CONTENT=$4 ASIDE=$5 MANAGER=$6
ctl() { systemctl $MANAGER "$@"; }
"""


@dataclass(frozen=True)
class Place:
    """A Pulp that acts are tried on, with what was put into it."""

    actor: Actor
    base: str
    kept: Kept

    @property
    def words(self) -> tuple[str, ...]:
        actor, manager = self.actor, "--system" if self.actor.is_root else "--user"
        folders = (actor.state_dir, actor.quadlet_dir, f"{self.base}/content", f"{self.base}/aside")
        return (actor.prefix, *folders, manager)

    def perform(self, act: Act, script: str) -> None:
        """Do or undo an act, however it ends."""
        host = self.actor.host
        if script in {REBOOT, POWER_CUT}:
            host.reboot(hard=script == POWER_CUT)
        else:
            argv = ["bash", "-c", WORDS + script, "bash", *self.words]
            host.run(argv, "root" if act.as_root else self.actor.user, check=False, timeout=300)


@pytest.fixture(scope="module")
def places() -> Iterator[dict[str, Place]]:
    """Give both users on a host of its own, each with a Pulp and something in it."""
    kept = os.environ.get("PULP_LAUNCHER_ACTS_HOST")
    host = Host(kept or f"acts-{os.getpid()}").up(owner=None if kept else os.getpid())
    try:
        install(host)
        install_client(host)
        actors = [Actor(host, user, port) for user, port in PORTS.items()]
        with ThreadPoolExecutor() as pool:
            yield dict(zip(PORTS, pool.map(made, actors), strict=True))
    finally:
        if not kept:
            host.down()


def made(actor: Actor) -> Place:
    """Bring a Pulp up whose content is on a disk of its own; keep copies of the rest."""
    base = "/srv" if actor.is_root else actor.home
    actor.host.run(["bash", "-euc", DISK, "bash", base, actor.user])
    actor.init()
    edit = f's|^pulp = ""|pulp = "{base}/content"|'
    actor.run("sed", "-i", edit, f"{actor.config_dir}/config.toml")
    actor.launcher("rebuild")
    actor.launcher("start")
    place = Place(actor, base, put(actor))
    actor.launcher("stop")
    actor.shell(COPIES, actor.prefix, f"{base}/aside")
    return place


def drawn(seed: int, count: int) -> list[tuple[Act, str, str]]:
    """Return acts, whose Pulp they hit and when; none comes twice before all came once."""
    choice = random.Random(seed)  # noqa: S311 - it is to be the same again
    rows: list[tuple[Act, str, str]] = []
    while len(rows) < count:
        acts = choice.sample(ACTS, len(ACTS))
        rows += [(act, choice.choice(act.users), choice.choice(act.when)) for act in acts]
    return rows[:count]


def test_afterwards_pulp_is_whole_or_it_is_said_why_not(
    places: dict[str, Place], capsys: pytest.CaptureFixture[str]
) -> None:
    def show(*columns: str) -> None:
        with capsys.disabled():
            print(f"\n{ROW.format(*columns)}", end="", flush=True)

    show("act", "whose", "while", "s", f"what came of it (seed {SEED})")
    failed = []
    for act, user, when in drawn(SEED, COUNT):
        place, began = places[user], time.monotonic()
        try:
            outcome = tried(place, act, when)
        except AssertionError as error:
            failed.append(f"{act.name} of {user} while {when}: {error}")
            outcome = f"WRONG: {str(error).splitlines()[0]}"
            place.perform(act, act.undo)
        show(act.name, user, when, f"{time.monotonic() - began:.0f}", outcome)
    assert not failed, "\n\n".join(failed)


def tried(place: Place, act: Act, when: str) -> str:
    """Do the act to a Pulp that is whole, and return what came of it in words."""
    place.actor.launcher("start")
    place.actor.wait_healthy()
    assert wrongs(place.kept) == [], "not whole before"
    if when == STOPPED:
        place.actor.launcher("stop")
    place.perform(act, act.do)
    assert_truthful(place)
    outcome = recovered(place, act)
    place.perform(act, act.undo)
    return outcome


def assert_truthful(place: Place) -> None:
    """See that nobody is told that Pulp is healthy while it is not; it may change in between."""
    before = wrongs(place.kept)
    says_healthy = place.actor.try_(*place.actor.argv("status")).returncode == 0
    if says_healthy and before:
        assert wrongs(place.kept) == [], "status says healthy while it is not"


def recovered(place: Place, act: Act) -> str:
    """Type `start`, and `rebuild` where that does not do; return what came of it."""
    started = place.actor.try_(*place.actor.argv("start"))
    said = started.stdout + started.stderr
    if started.returncode == 0:
        assert_whole(place, f"start says that all is well\n{said}")
        return "whole after start"
    if act.told:
        return told(place, act, said)
    for command in ("rebuild", "start"):
        done = place.actor.try_(*place.actor.argv(command))
        said += f"\n--- {command}: exit status {done.returncode}\n{done.stdout}{done.stderr}"
        assert done.returncode == 0, f"neither start nor rebuild helps\n{said}"
    assert_whole(place, said)
    return "whole after rebuild and start"


def told(place: Place, act: Act, said: str) -> str:
    """See that it is said what is gone and what to do, and that doing it is enough."""
    assert any(word in said for word in act.told), f"it is not said what is gone\n{said}"
    assert "\n→ " in said, f"it is not said what to do\n{said}"
    assert "Traceback" not in said, f"a traceback\n{said}"
    assert not place.actor.containers() or not wrongs(place.kept), f"something wrong serves\n{said}"
    place.perform(act, act.undo)
    place.actor.launcher("start")
    assert_whole(place, said)
    return next(line for line in said.splitlines() if line.startswith("Error: "))


def assert_whole(place: Place, said: str) -> None:
    wrong = wrongs(place.kept)
    assert not wrong, f"{', '.join(wrong)}\n{said}"
