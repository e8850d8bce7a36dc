"""A second instance beside the first, its data in host folders, and its end without a trace."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.acceptance.client import unique
from tests.acceptance.file_flow import file_flow
from tests.host.snapshot import snapshot

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.host.actor import Actor

    AsEach = Callable[[Callable[[Actor], None]], None]

pytestmark = pytest.mark.host


def test_a_second_instance(as_each: AsEach) -> None:
    def whole_life(first: Actor) -> None:
        before, containers = snapshot(first), first.containers()
        second = first.other("two")
        data = f"{first.home}/{unique('two')}"
        bring_up(second, data)
        file_flow(second.pulp())
        check_folders(second, data)
        assert first.containers() == containers
        destroy(second)
        assert snapshot(first) == before
        assert first.containers() == containers
        first.wait_healthy()
        # Folders of the host are the administrator's.
        first.run(*as_container(first), "rm", "-r", data)

    as_each(whole_life)


def bring_up(second: Actor, data: str) -> None:
    second.init()
    folders = f's|^pulp = ""|pulp = "{data}/pulp"|; s|^database = ""|database = "{data}/db"|'
    second.run("sed", "-i", folders, f"{second.config_dir}/config.toml")
    second.bring_up()
    second.wait_healthy()


def as_container(actor: Actor) -> list[str]:
    """Return what a command needs before it to see users as the user's containers do."""
    return [] if actor.is_root else ["podman", "unshare"]


def check_folders(second: Actor, data: str) -> None:
    """See that the data is there, and belongs to the image's user as the containers know it."""
    enter = as_container(second)
    found = second.run(*enter, "stat", "--format=%u:%g", f"{data}/pulp/media", f"{data}/db")
    assert found.split() == ["700:700", "700:700"]
    assert second.run(*enter, "find", f"{data}/db", "-name", "PG_VERSION", "-path", "*/data/PG_*")
    assert second.run(*enter, "find", f"{data}/pulp/media", "-type", "f", "-size", "+100k")
    volumes = second.podman("volume", "ls", "--format", "{{.Name}}").split()
    assert {name for name in volumes if name.startswith("pulp-two-")} == {
        "pulp-two-run", "pulp-two-web",
    }  # fmt: skip


def destroy(second: Actor) -> None:
    done = second.try_(*second.argv("destroy", "--purge"), stdin="n\n")
    assert done.returncode != 0
    assert second.containers()
    second.launcher("destroy", "--purge", "--yes")
    assert second.containers() == {}
    assert "pulp-two" not in second.systemctl("list-units", "--all", "--plain", "--no-legend")
    everything = second.podman("images", "--format", "{{.Repository}}")
    assert "pulp-launcher/two" not in everything
