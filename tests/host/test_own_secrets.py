"""A secret for a setting comes to Pulp alone, and another value of it comes with a start."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.host.test_secrets import SEARCH_FILES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.host.actor import Actor

pytestmark = [pytest.mark.host, pytest.mark.thorough]

SETTINGS = '\nNOTE_OF_OURS = { deep = [{ from-secret = "note" }] }\n'
SHOWN = "from django.conf import settings; print(repr(settings.NOTE_OF_OURS))"


@pytest.fixture
def referring(actor: Actor) -> Iterator[Actor]:
    """Give an instance with a setting that refers to a secret; all is as before in the end."""
    path = f"{actor.config_dir}/config.toml"
    before = actor.run("cat", path)
    actor.run("tee", path, stdin=before + SETTINGS)
    yield actor
    actor.run("tee", path, stdin=before)
    actor.launcher("start")
    actor.launcher("secret", "remove", "note")


def test_a_secret_comes_to_pulp_and_to_nobody_else(referring: Actor) -> None:
    actor = referring
    running = actor.containers()
    refused = actor.try_(*actor.argv("start"))
    assert "pulp-launcher" in refused.stderr
    assert "secret set note" in refused.stderr
    assert actor.containers() == running
    for value in ("canary-18-one", 'it\'s "canary" 18 %s {two}'):
        actor.run(*actor.argv("secret", "set", "note"), stdin=f"{value}\n")
        actor.launcher("start")
        assert repr({"deep": [value]}) in actor.launcher("manager", "shell", "-c", SHOWN)
        folders = [actor.config_dir, actor.state_dir, actor.quadlet_dir, actor.unit_dir]
        searched = actor.run("bash", "-euc", SEARCH_FILES, "bash", *folders, stdin=f"{value}\n")
        assert searched.split() == ["0"]
    assert actor.try_(*actor.argv("secret", "remove", "note")).returncode
    settings = f"{actor.state_dir}/etc/{actor.generation()}/settings.py"
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    other = actor.host.run([*nobody, "cat", settings], check=False)
    assert other.returncode
    assert "ermission denied" in other.stderr
