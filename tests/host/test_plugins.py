"""The plugins: all that fit, together in one Pulp and doing what they are for; and each alone."""

from __future__ import annotations

import json
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest
from packaging.utils import canonicalize_name

from launcher import catalogue
from launcher.model.catalogue import Catalogue, presets
from tests.acceptance.container_flow import container_flow
from tests.acceptance.deb_flow import deb_flow
from tests.acceptance.file_flow import file_flow
from tests.acceptance.python_flow import python_flow
from tests.acceptance.rpm_flow import rpm_flow
from tests.host.actor import BASE, Actor
from tests.host.refusal import assert_refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.acceptance.client import Pulp
    from tests.lab import Host

pytestmark = pytest.mark.host

KNOWN = Catalogue(catalogue.plugins()).plugins
FIT = [name for name, known in KNOWN.items() if known.fits and not known.built_in]
UNFIT = [name for name, known in KNOWN.items() if not known.fits]
PRESET = "everything"
FLOWS: dict[str, Callable[[Pulp], object]] = {
    "file": file_flow,
    "rpm": rpm_flow,
    "container": container_flow,
    "python": python_flow,
    "deb": deb_flow,
}
SWITCHED = "pulp-npm"


@pytest.fixture(scope="module")
def everything(host: Host) -> Iterator[Actor]:
    """Give an instance of root's with all plugins that fit."""
    actor = Actor(host, "root", 8100, "everything")
    where = ("--hostname", host.address, "--port", str(actor.port))
    actor.launcher("init", "--preset", PRESET, "--base", BASE, *where)
    actor.launcher("rebuild")
    actor.launcher("start")
    yield actor
    actor.launcher("destroy", "--purge", "--yes")


@pytest.fixture(scope="module")
def fresh(host: Host) -> Iterator[Actor]:
    """Give an instance that has its two files and nothing else."""
    actor = Actor(host, "root", 8110, "fresh")
    actor.init()
    yield actor
    actor.launcher("destroy", "--purge", "--yes")


@pytest.fixture(scope="module")
def newest_core(fresh: Actor) -> str:
    (core,) = said(fresh, "plugin", "list")["plugins"]
    return str(core["newest"])


@pytest.fixture
def manifest(everything: Actor) -> Iterator[str]:
    """Give the path of the manifest, whose content comes back in the end."""
    path = f"{everything.config_dir}/plugins.toml"
    before = everything.run("cat", path)
    yield path
    everything.run("tee", path, stdin=before)
    everything.launcher("start")


def said(actor: Actor, *words: str) -> Any:
    """Return what a command of the launcher that has to succeed says in JSON."""
    return json.loads(actor.launcher("--json", *words))["data"]


def served(actor: Actor) -> dict[str, str]:
    """Return the distributions that Pulp says it runs, asked from outside the host."""
    with urllib.request.urlopen(f"{actor.url}/pulp/api/v3/status/", timeout=10) as answer:  # noqa: S310
        versions = json.load(answer)["versions"]
    return {canonicalize_name(item["package"]): item["version"] for item in versions}


def built(actor: Actor) -> tuple[str, str, int]:
    """Return all images of the host, the one that runs, and the generation."""
    images = actor.podman("images", "--all", "--quiet", "--no-trunc")
    return images, actor.image(), said(actor, "status")["generation"]


def test_the_preset_has_all_that_fit() -> None:
    assert sorted(presets(catalogue.presets())[PRESET].plugins) == sorted(FIT)


def test_pulp_lists_the_locked_versions(everything: Actor) -> None:
    rows = said(everything, "plugin", "list")["plugins"]
    locked = {row["name"]: row["locked"] for row in rows}
    assert served(everything) == locked
    assert set(locked) == {"pulpcore", *FIT}


def test_what_is_locked_runs(everything: Actor) -> None:
    listed = said(everything, "plugin", "list")
    assert [row for row in listed["plugins"] if row["running"] != row["locked"]] == []
    assert listed["not_built"] == 0
    rows = [line.split() for line in everything.launcher("plugin", "list").splitlines()]
    assert rows[0] == ["PLUGIN", "ASKED", "FOR", "LOCKED", "BUILT", "RUNNING", "NEWEST"]
    assert {row[0] for row in rows[1:]} == {"pulpcore", *FIT}
    assert all(row[2] == row[4] for row in rows[1:])


@pytest.mark.parametrize("flow", FLOWS)
def test_what_it_is_for(everything: Actor, flow: str) -> None:
    FLOWS[flow](everything.pulp())


def test_off_and_on_without_a_rebuild(everything: Actor, manifest: str) -> None:
    on, before, image = everything.run("cat", manifest), served(everything), built(everything)
    assert SWITCHED in before
    off = f'\n{SWITCHED} = {{ version = "*", enabled = false }}\n'
    everything.run("tee", manifest, stdin=on.replace(f'\n{SWITCHED} = "*"\n', off))
    everything.launcher("start")
    assert served(everything) == {name: before[name] for name in before if name != SWITCHED}
    assert "Nothing to build" in everything.launcher("rebuild")
    everything.run("tee", manifest, stdin=on)
    everything.launcher("start")
    assert served(everything) == before
    assert built(everything) == image
    everything.wait_healthy()


@pytest.mark.parametrize("name", FIT)
def test_each_alone_fits(fresh: Actor, newest_core: str, name: str) -> None:
    path = f"{fresh.config_dir}/plugins.toml"
    before = fresh.run("cat", path)
    moves = said(fresh, "plugin", "add", name, "--dry-run")["moves"]
    found = {move["name"]: move["new"] for move in moves}
    assert name in found
    assert found["pulpcore"] == newest_core
    assert fresh.run("cat", path) == before


@pytest.mark.parametrize("name", UNFIT)
def test_each_that_does_not_fit_is_refused(fresh: Actor, name: str) -> None:
    assert_refused(fresh, fresh.argv("plugin", "add", name, "--dry-run"), 1, KNOWN[name].notes)
