"""What the containers may do: as little as possible."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.host.actor import Actor

pytestmark = pytest.mark.host


def inspected(actor: Actor) -> dict[str, Any]:
    """Return what podman says of each container, by name."""
    found = json.loads(actor.podman("inspect", *actor.containers()))
    return {item["Name"]: item for item in found}


def test_one_port_is_published(actor: Actor) -> None:
    rows = json.loads(actor.podman("ps", "--format", "json"))
    published = {row["Names"][0]: row["Ports"] for row in rows if row.get("Ports")}
    assert list(published) == ["pulp-web"]
    (port,) = published["pulp-web"]
    assert (port["host_port"], port["range"]) == (actor.port, 1)


def test_database_and_cache_have_no_network(actor: Actor) -> None:
    for name, item in inspected(actor).items():
        mode = item["HostConfig"]["NetworkMode"]
        assert (mode == "none") == (name in {"pulp-db", "pulp-cache"}), name


def test_containers_are_confined(actor: Actor) -> None:
    for name, item in inspected(actor).items():
        assert item["HostConfig"]["ReadonlyRootfs"], name
        assert "no-new-privileges" in item["HostConfig"]["SecurityOpt"], name
        assert not item["EffectiveCaps"], name
        assert not item["BoundingCaps"], name


def test_no_process_is_root(actor: Actor) -> None:
    """As the kernel sees it: the user, the capabilities and whether it can gain any."""
    for name in actor.containers():
        said = actor.podman("exec", name, "cat", "/proc/1/status")
        facts = dict(line.split(":\t", 1) for line in said.splitlines() if ":\t" in line)
        assert facts["Uid"].split() == ["700"] * 4, name
        assert int(facts["CapEff"], 16) == int(facts["CapBnd"], 16) == 0, name
        assert facts["NoNewPrivs"] == "1", name


def test_the_root_file_system_is_read_only(actor: Actor) -> None:
    for name in actor.containers():
        tried = actor.try_("podman", "exec", "--user=root", name, "touch", "/usr/share/pulp/x")
        assert "Read-only file system" in tried.stderr, name
