"""A variable of [environment] comes as it is written to those it is for, and to no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.host.test_secrets import SEARCH_FILES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.host.actor import Actor

pytestmark = [pytest.mark.host, pytest.mark.thorough]

ODD = 'team=a b, "50%" of $HOME; it\'s ${X} \\n ä'
VARIABLES = f"""
[environment]
NOTE_FOR_ALL = '''{ODD}'''

[environment.worker]
NOTE_FOR_WORKERS = "plain"
SECRET_FOR_WORKERS = {{ from-secret = "note-34" }}

[settings]
"""


@pytest.fixture
def having(actor: Actor) -> Iterator[Actor]:
    """Give an instance with variables; all is as before in the end."""
    path = f"{actor.config_dir}/config.toml"
    before = actor.run("cat", path)
    actor.run("tee", path, stdin=before.replace("\n[settings]\n", VARIABLES))
    yield actor
    actor.run("tee", path, stdin=before)
    actor.launcher("start")
    actor.launcher("secret", "remove", "note-34")


def variables(actor: Actor, role: str, *numbers: int) -> dict[str, str]:
    """Return the variables of ours that the first process of a role's container has."""
    lines = actor.podman("exec", actor.own(role, *numbers), "cat", "/proc/1/environ").split("\0")
    found = dict(line.split("=", 1) for line in lines if "=" in line)
    return {name: value for name, value in found.items() if "_FOR_" in name}


def test_a_variable_and_a_secret_one_are_for_whom_they_are_for(having: Actor) -> None:
    actor = having
    running = actor.containers()
    refused = actor.try_(*actor.argv("start"))
    assert "secret set note-34" in refused.stderr
    assert actor.containers() == running
    before = running
    for value in ("canary-34-one", "canary-34 'two' $HOME %h"):
        before = actor.containers()
        actor.run(*actor.argv("secret", "set", "note-34"), stdin=f"{value}\n")
        actor.launcher("start")
        worker = {"NOTE_FOR_WORKERS": "plain", "SECRET_FOR_WORKERS": value}
        assert variables(actor, "worker", 1) == {"NOTE_FOR_ALL": ODD, **worker}
        assert variables(actor, "api") == variables(actor, "content") == {"NOTE_FOR_ALL": ODD}
        folders = [actor.config_dir, actor.state_dir, actor.quadlet_dir, actor.unit_dir]
        searched = actor.run("bash", "-euc", SEARCH_FILES, "bash", *folders, stdin=f"{value}\n")
        assert searched.split() == ["0"]
    after = actor.containers()
    changed = {name for name, number in after.items() if before[name] != number}
    assert changed == {name for name in after if "-worker-" in name}
    assert actor.is_healthy()
