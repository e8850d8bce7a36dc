"""What Pulp says of itself through the web role, and what the launcher says of it."""

from __future__ import annotations

import json
import re
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest

from tests.acceptance.file_flow import file_flow
from tests.acceptance.rpm_flow import rpm_flow

if TYPE_CHECKING:
    from tests.host.actor import Actor

pytestmark = pytest.mark.host


def status(actor: Actor) -> Any:
    """Ask from outside the host."""
    with urllib.request.urlopen(f"{actor.url}/pulp/api/v3/status/", timeout=10) as answer:  # noqa: S310
        return json.load(answer)


def test_pulp_lists_the_locked_versions(actor: Actor) -> None:
    plugins = actor.data("plugin", "list")["plugins"]
    locked = {row["name"]: row["locked"] for row in plugins}
    found = {item["package"]: item["version"] for item in status(actor)["versions"]}
    assert {name.replace("_", "-"): version for name, version in found.items()} == locked
    assert set(locked) == {"pulpcore", "pulp-rpm"}


def test_pulp_is_whole(actor: Actor) -> None:
    answer = status(actor)
    workers = {worker["name"].partition("@")[2] for worker in answer["online_workers"]}
    assert {actor.own("worker", 1), actor.own("worker", 2)} <= workers
    assert answer["online_api_apps"]
    assert answer["online_content_apps"]
    assert answer["database_connection"]["connected"]
    assert answer["redis_connection"]["connected"]


def test_the_launcher_says_healthy(actor: Actor) -> None:
    actor.wait_healthy()
    said = actor.launcher("status")
    assert re.match(rf"pulp: healthy, generation \d+, {re.escape(actor.url)}/\n", said)
    assert "!" not in said


def test_json_is_an_envelope(actor: Actor) -> None:
    envelope = json.loads(actor.launcher("status", "--json"))
    assert (envelope["version"], envelope["status"], envelope["errors"]) == (1, "success", [])
    roles = {role["role"] for role in envelope["data"]["roles"]}
    assert roles == {"db", "cache", "migrate", "api", "content", "worker", "web"}


def test_a_file_goes_the_whole_way(actor: Actor) -> None:
    file_flow(actor.pulp())


def test_a_package_goes_the_whole_way(actor: Actor) -> None:
    rpm_flow(actor.pulp())
