"""The data are away, or others are in their place: nothing is made anew, and the way back is told.

The kind: an empty database that answers, healthy, where somebody's data were.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.host.truth import put, wrongs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.host.actor import Actor

    AsEach = Callable[[Callable[[Actor], None]], None]

pytestmark = [pytest.mark.host, pytest.mark.thorough]

MOUNT = """
mkdir -p $1/disk $1/data
mount --bind $1/disk $1/data
mkdir $1/data/content $1/data/database
chown -R $2: $1
"""
FOLDERS = "mkdir $1/data/content $1/data/database; chown $2: $1/data/*"


@contextmanager
def on_a_disk(first: Actor) -> Iterator[tuple[Actor, str]]:
    """Give an instance that runs, and the folder with its data's mount point and its disk."""
    actor = first.other("places")
    base = f"{actor.home}/places"
    as_root(actor, MOUNT, base)
    actor.init()
    stored(actor, f"{base}/data")
    actor.launcher("rebuild")
    actor.launcher("start")
    yield actor, base
    actor.launcher("destroy", "--purge", "--yes")
    as_root(actor, "umount $1/data; rm -r $1", base)


def as_root(actor: Actor, script: str, folder: str) -> None:
    actor.host.run(["bash", "-euc", script, "bash", folder, actor.user])


def stored(actor: Actor, folder: str) -> None:
    """Let the instance have its data in a folder."""
    edit = (
        f's|^pulp = ""|pulp = "{folder}/content"|; s|^database = ""|database = "{folder}/database"|'
    )
    actor.run("sed", "-i", edit, f"{actor.config_dir}/config.toml")


def assert_refused(actor: Actor, *said: str) -> None:
    done = actor.try_(*actor.argv("start"))
    assert done.returncode != 0, done.stdout
    for text in ("Pulp would start without its data", "\n→ ", *said):
        assert text in done.stderr, done.stderr
    assert actor.containers() == {}


def boot(actor: Actor) -> None:
    """Let systemd start the units by itself, as at boot, and see that nothing serves."""
    target, manager = f"{actor.prefix}.target", [] if actor.is_root else ["--user"]
    actor.try_("systemctl", *manager, "start", target)
    assert f"{actor.prefix}-db" not in actor.containers()
    status = f"{actor.url}/pulp/api/v3/status/"
    assert actor.try_("curl", "-fsS", "-m", "10", status).returncode != 0
    actor.systemctl("stop", target)


def test_a_disk_that_is_not_mounted(as_each: AsEach) -> None:
    def unmount(first: Actor) -> None:
        with on_a_disk(first) as (actor, base):
            kept, listing = put(actor), ("find", f"{base}/data", "-mindepth", "2")
            actor.launcher("stop")
            as_root(actor, "umount $1/data", base)
            assert_refused(actor, f"{base}/data/")
            boot(actor)
            assert actor.run("ls", "-A", f"{base}/data") == ""
            # Folders of these names hold nothing, and are not the data either.
            as_root(actor, FOLDERS, base)
            assert_refused(actor, f"{base}/data/", "nothing in it says so")
            boot(actor)
            assert actor.run(*listing) == ""
            as_root(actor, "mount --bind $1/disk $1/data", base)
            actor.launcher("start")
            assert wrongs(kept) == []

    as_each(unmount)


def test_a_copy_of_another_instance_s_data(as_each: AsEach) -> None:
    def copy(first: Actor) -> None:
        with on_a_disk(first) as (actor, base):
            actor.launcher("stop")
            as_root(actor, "cp -a $1/disk $1/copy", base)
            other = actor.other("copied")
            other.init()
            stored(other, f"{base}/copy")
            other.launcher("rebuild")
            assert_refused(other, "it belongs to the instance 'places'")
            other.launcher("destroy", "--purge", "--yes")
            actor.launcher("start")

    as_each(copy)


def test_volumes_that_a_clean_up_took(as_each: AsEach) -> None:
    """What podman makes anew by itself is empty, and is not the data."""

    def take(first: Actor) -> None:
        actor = first.other("volumes")
        actor.init()
        actor.launcher("rebuild")
        actor.launcher("start")
        actor.launcher("stop")
        actor.podman("volume", "rm", f"{actor.prefix}-database")
        boot(actor)
        assert_refused(actor, f"the volume {actor.prefix}-database")
        actor.launcher("destroy", "--purge", "--yes")
        there = actor.podman("volume", "ls", "--format", "{{.Name}}").split()
        assert not [name for name in there if name.startswith(f"{actor.prefix}-")]

    as_each(take)
