"""Folders of the host in Pulp: what goes out by one comes in by another, or the config is refused.

Nothing that Pulp is told to write may end in the memory of one container.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.client import unique
from tests.acceptance.rest import post

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.acceptance.client import Pulp
    from tests.host.actor import Actor

pytestmark = pytest.mark.host

_MOUNT = '\n[mounts.transfer]\nsource = "{folder}"\n'
SECONDS = 120
_PATHS = 'ALLOWED_EXPORT_PATHS = ["/mnt/transfer"]\nALLOWED_IMPORT_PATHS = ["/mnt/transfer"]\n'


@pytest.fixture
def config(actor: Actor) -> Iterator[str]:
    """Give the path of the config, whose content comes back in the end."""
    path = f"{actor.config_dir}/config.toml"
    before = actor.run("cat", path)
    yield path
    actor.run("tee", path, stdin=before)


def test_what_leads_nowhere_is_refused_and_nothing_is_changed(actor: Actor, config: str) -> None:
    text, before = actor.run("cat", config), actor.containers()
    folder = f"{actor.home}/no-such-folder"
    for more, said in (
        (_PATHS, "[mounts.NAME]"),
        (_MOUNT.format(folder=folder), "is no folder of this host"),
    ):
        actor.run("tee", config, stdin=f"{text.rstrip()}\n{more}")
        done = actor.try_(*actor.argv("start"))
        assert done.returncode
        assert said in done.stderr
    actor.run("test", "!", "-e", folder)
    assert actor.containers() == before


def _content(pulp: Pulp, repository: str) -> list[str]:
    listed = pulp("file", "repository", "content", "list", "--repository", repository)
    return [item["relative_path"] for item in listed]


@pytest.mark.thorough
def test_a_repository_goes_out_and_comes_in_by_a_mount(actor: Actor, config: str) -> None:
    text, folder = actor.run("cat", config), f"{actor.home}/transfer"
    owner = ["chown", "700:700", folder]
    actor.run("mkdir", "-p", folder)
    actor.run(*([] if actor.is_root else ["podman", "unshare"]), *owner)
    actor.run("tee", config, stdin=f"{text.rstrip()}\n{_PATHS}{_MOUNT.format(folder=folder)}")
    actor.launcher("start")
    pulp, name = actor.pulp(), unique("transfer")
    path = f"{pulp.client.folder()}/{name}"
    pulp.client.write(path, name)
    pulp("file", "repository", "create", "--name", name)
    pulp("file", "content", "upload", "--repository", name, "--file", path,
         "--relative-path", name)  # fmt: skip
    pulp("exporter", "pulp", "create", "--name", name, "--path", f"/mnt/transfer/{name}",
         "--repository", f"file:file:{name}")  # fmt: skip
    pulp("export", "pulp", "run", "--exporter", name)
    toc = actor.podman("exec", actor.own("api"), "sh", "-c", f"ls /mnt/transfer/{name}/*-toc.json")
    pulp("file", "repository", "create", "--name", f"{name}-in")
    pulp("importer", "pulp", "create", "--name", name, "--repo-map", name, f"{name}-in")
    importer = pulp("importer", "pulp", "show", "--name", name)["pulp_href"]
    post(pulp, f"{importer}imports/", toc=toc.strip())
    # It is a group of tasks, which pulp-cli does not wait for.
    deadline = time.monotonic() + SECONDS
    while not (found := _content(pulp, f"{name}-in")) and time.monotonic() < deadline:
        time.sleep(1)
    assert found == [name]
    actor.run("tee", config, stdin=text)
    actor.launcher("start")
