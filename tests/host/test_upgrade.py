"""A real upgrade: what Debian and PyPI have newer is found, built, and serves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.host.archive import PACKAGE, Archive, served

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.host.actor import Actor
    from tests.lab import Host

pytestmark = [pytest.mark.host, pytest.mark.thorough]

BASE = "localhost/pulp-trial/base:1"
# The package is in the base, so that the image of every role has it.
DERIVE = f"""
folder=$(mktemp -d)
echo "$1" >"$folder/trial.list"
cat >"$folder/Containerfile" <<'END'
FROM localhost/pulp-launcher/base:trixie
COPY trial.list /etc/apt/sources.list.d/
RUN apt-get update -q && apt-get install -qy {PACKAGE} && rm -rf /var/lib/apt/lists/*
END
podman build --quiet --pull=never --tag {BASE} "$folder"
rm -r "$folder"
"""
# Nobody is asked for advisories, as what they say changes from day to day.
SETTLE = f's|^base = .*|base = "{BASE}"|; s|^\\[core\\]|[index]\\nadvisories = ""\\n\\n[core]|'
BY_HAND = "apt-get -qq update && apt-get --simulate upgrade --with-new-pkgs"
MOVED = {"name": PACKAGE, "old": "1", "new": "2", "why": ["security"]}


@pytest.fixture(scope="module")
def archive(host: Host, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """Give an archive on this machine, which is the way out of the host and its containers."""
    machine = f"{host.address.rpartition('.')[0]}.1"
    with served(tmp_path_factory.mktemp("archive"), machine) as archive:
        yield archive


def test_an_upgrade_of_all_that_there_is(actor: Actor, archive: Archive) -> None:
    newer = actor.other("newer")
    archive.publish("1")
    begin(newer, archive)
    archive.publish("2")
    upgrade(newer)
    upgrade_by_timer(newer)
    destroy(newer)


def begin(actor: Actor, archive: Archive) -> None:
    """Bring up a Pulp that is not the newest, on a Debian that is."""
    actor.init()
    actor.shell(DERIVE, archive.source)
    actor.run("sed", "-i", SETTLE, f"{actor.config_dir}/plugins.toml")
    pin(actor, f"<{core(actor)['newest']}")
    actor.launcher("rebuild")
    actor.launcher("start")
    actor.wait_healthy()
    assert planned(actor)["system"] == []
    assert "Everything is up to date." in actor.launcher("upgrade")
    assert installed(actor) == "1"


def upgrade(actor: Actor) -> None:
    found = planned(actor, "--security-only")
    assert MOVED in found["system"]
    assert found["packages"] == []
    assert {row["name"] for row in found["system"]} == by_hand(actor)
    pin(actor, "*")
    before, number = actor.containers(), actor.generation()
    actor.launcher("upgrade", "--yes")
    actor.wait_healthy()
    after, rows = actor.containers(), core(actor)
    assert actor.generation() == number + 1
    assert installed(actor) == "2"
    assert rows["running"] == rows["newest"]
    for role in ("db", "cache", "web"):
        assert before[f"{actor.prefix}-{role}"] != after[f"{actor.prefix}-{role}"]
    assert f"{PACKAGE} 1 2\n" in actor.run("cat", f"{actor.state_dir}/debian-updates.txt")
    assert PACKAGE in actor.launcher("generation", "diff", str(number), str(number + 1))
    assert "Everything is up to date." in actor.launcher("upgrade")
    assert "Nothing to build" in actor.launcher("rebuild")


def upgrade_by_timer(actor: Actor) -> None:
    """Start by hand what the timer starts; there is nothing to do for it."""
    actor.launcher("auto-upgrade", "enable", "--security-only")
    actor.systemctl("start", f"{actor.prefix}-upgrade.service")
    found = actor.data("auto-upgrade", "status")
    assert found["security_only"]
    assert found["last"]
    assert found["result"] == "success"
    assert "There is nothing to mend." in found["said"]


def destroy(actor: Actor) -> None:
    actor.launcher("destroy", "--purge", "--yes")
    actor.podman("image", "rm", BASE)


def pin(actor: Actor, version: str) -> None:
    path = f"{actor.config_dir}/plugins.toml"
    actor.run("sed", "-i", f's/^version = ".*"/version = "{version}"/', path)


def core(actor: Actor) -> dict[str, Any]:
    """Return what the launcher says of pulpcore."""
    rows: list[dict[str, Any]] = actor.data("plugin", "list")["plugins"]
    return next(row for row in rows if row["name"] == "pulpcore")


def planned(actor: Actor, *words: str) -> Any:
    return actor.data("upgrade", "--plan", *words)


def installed(actor: Actor) -> str:
    """Return the version of the package in the database's container."""
    show = ["dpkg-query", "--show", "--showformat=${Version}", PACKAGE]
    return actor.podman("exec", f"{actor.prefix}-db", *show)


def by_hand(actor: Actor) -> set[str]:
    """Return what apt itself would move in the image that serves."""
    command = ["run", "--rm", "--user=root", actor.image(), "sh", "-euc", BY_HAND]
    said = actor.podman(*command).splitlines()
    return {line.split()[1] for line in said if line.startswith("Inst ")}
