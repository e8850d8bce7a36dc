"""A change of the config: told before, and only what it concerns starts anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.host.actor import Actor

pytestmark = pytest.mark.host

PENDING = "the units are not those of the config: run pulp-launcher start"


@pytest.fixture
def config(actor: Actor) -> Iterator[str]:
    """Give the path of the config, whose content comes back in the end."""
    path = f"{actor.config_dir}/config.toml"
    before = actor.run("cat", path)
    yield path
    write(actor, path, before)
    actor.launcher("start")


def write(actor: Actor, path: str, text: str) -> None:
    actor.run("tee", path, stdin=text)


def test_more_and_fewer_workers(actor: Actor, config: str) -> None:
    two, text = actor.containers(), actor.run("cat", config)
    write(actor, config, text.replace("\ncount = 2\n", "\ncount = 3\n"))
    assert PENDING in actor.try_(*actor.argv("status")).stdout
    actor.launcher("start")
    three = actor.containers()
    assert {name: ID for name, ID in three.items() if name in two} == two
    assert set(three) - set(two) == {actor.own("worker", 3)}
    assert PENDING not in actor.launcher("status")
    write(actor, config, text)
    actor.launcher("start")
    assert actor.containers() == two
    assert actor.own("worker", 3) not in actor.run("ls", actor.quadlet_dir)


def test_a_pulp_setting(root: Actor) -> None:
    path = f"{root.config_dir}/config.toml"
    before, text = root.containers(), root.run("cat", path)
    values = "NOTE_OF_OURS = \"it's 'quoted' [so]\\n{and} more\"\n"
    write(root, path, text + values)
    assert PENDING in root.try_(*root.argv("status")).stdout
    root.launcher("start")
    shown = ["shell", "from django.conf import settings; print(repr(settings.NOTE_OF_OURS))"]
    said = root.launcher("manager", shown[0], "-c", shown[1])
    assert repr("it's 'quoted' [so]\n{and} more") in said
    again = {name for name, ID in root.containers().items() if before[name] != ID}
    workers = {root.own("worker", 1), root.own("worker", 2)}
    assert again == {root.own("api"), root.own("content"), *workers}
    write(root, path, text)
    root.launcher("start")
    root.wait_healthy()
