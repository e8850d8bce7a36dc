"""A secret that is lost, or another one, is never made up for in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from launcher.host import files
from launcher.model import roles
from launcher.model.errors import EngineFailed, NotReady, UsageProblem
from launcher.operations.change_plugins import add_plugins
from launcher.operations.rebuild import rebuild
from launcher.operations.renew_secret import RENEWABLE, renew
from launcher.operations.secrets import admin_password
from launcher.operations.start import start
from launcher.operations.stop import restart, stop
from tests.unit.fakes import World  # noqa: TC001 - pytest reads annotations


@pytest.fixture
def stopped(world: World) -> World:
    add_plugins(world.instance, ["rpm"])
    rebuild(world.instance)
    start(world.instance)
    stop(world.instance)
    return world


@pytest.mark.parametrize("name", RENEWABLE)
@pytest.mark.parametrize("record", ["", "none yet"])
def test_one_that_is_gone_stops_all_that_starts(stopped: World, name: str, record: str) -> None:
    if record:
        files.remove(stopped.instance.paths.secrets)
    del stopped.podman.values[f"pulp-{name}"]
    before, values = stopped.files(), dict(stopped.podman.values)
    for action in (lambda: start(stopped.instance), lambda: restart(stopped.instance, None)):
        with pytest.raises(NotReady, match=f"pulp-{name} is gone") as caught:
            action()
        assert f"secret renew {name}" in caught.value.hint
    assert (stopped.files(), stopped.podman.values) == (before, values)


@pytest.mark.parametrize("name", RENEWABLE)
def test_another_one_stops_the_start_and_the_same_does_not(stopped: World, name: str) -> None:
    right = stopped.podman.values[f"pulp-{name}"]
    stopped.podman.values[f"pulp-{name}"] = "wrong"
    with pytest.raises(NotReady, match="another value"):
        start(stopped.instance)
    stopped.podman.values[f"pulp-{name}"] = right
    start(stopped.instance)


def test_one_that_is_renewed_is_taken(stopped: World) -> None:
    del stopped.podman.values["pulp-django-key"]
    assert renew(stopped.instance, "django-key").made
    start(stopped.instance)
    stop(stopped.instance)
    stopped.podman.values["pulp-db-password"] = "my own"
    assert not renew(stopped.instance, "db-password").made
    start(stopped.instance)
    assert stopped.podman.values["pulp-db-password"] == "my own"


def script(static: Path) -> None:
    name = "bin/forget-undecryptable"
    files.write(static / name, (Path(__file__).parents[2] / "containers" / name).read_text("utf-8"))


def test_the_field_key_is_given_up_in_so_many_words_only(stopped: World, static: Path) -> None:
    del stopped.podman.values["pulp-field-key"]
    with pytest.raises(UsageProblem, match="encrypted"):
        renew(stopped.instance, "field-key")
    script(static)
    stopped.podman.forgotten = {"password of remotes": 1}
    done = renew(stopped.instance, "field-key", give_up=True)
    assert done.forgotten == {"password of remotes": 1}
    assert stopped.service("db") not in stopped.systemd.running
    start(stopped.instance)


def test_what_can_not_be_removed_is_said_and_tried_again(stopped: World, static: Path) -> None:
    """Pulp would never be healthy: what the lost key encrypted can not be read by the new one."""
    del stopped.podman.values["pulp-field-key"]
    script(static)
    stopped.podman.forgotten = None
    with pytest.raises(EngineFailed, match="could not be taken away"):
        renew(stopped.instance, "field-key", give_up=True)
    assert stopped.service("db") not in stopped.systemd.running
    stopped.podman.forgotten = {}
    renew(stopped.instance, "field-key", give_up=True)
    start(stopped.instance)


def test_the_password_of_admin_may_be_lost_and_no_other_is_told_for_it(stopped: World) -> None:
    del stopped.podman.values["pulp-admin-password"]
    start(stopped.instance)
    assert any("pulp-admin-password was gone" in note for note in stopped.reporter.notes)
    with pytest.raises(NotReady, match="not known any more"):
        admin_password(stopped.instance)


def test_the_record_is_for_its_owner_and_tells_no_secret(stopped: World) -> None:
    path = stopped.instance.paths.secrets
    assert path.stat().st_mode & 0o777 == 0o600
    text = path.read_text("utf-8")
    assert not [name for name in roles.SECRETS if stopped.podman.values[f"pulp-{name}"] in text]
