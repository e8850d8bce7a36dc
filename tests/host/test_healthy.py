"""Wrong and called healthy: a plugin that is gone, a file, a key, a type that nobody knows."""

# ruff: noqa: S108, S608 - a path in a container, and words of our own

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.client import unique
from tests.acceptance.file_flow import file_flow
from tests.host.refusal import assert_refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.acceptance.file_flow import Download
    from tests.host.actor import Actor

    AsEach = Callable[[Callable[[Actor], None]], None]

pytestmark = [pytest.mark.host, pytest.mark.thorough]


def sql(actor: Actor, text: str) -> str:
    return actor.podman(
        "exec", f"{actor.prefix}-db", "with-database", "psql", "-XqAt", "-c", text
    ).strip()


@contextmanager
def changed(actor: Actor, name: str, old: str, new: str) -> Iterator[None]:
    """Edit a file of the config folder for a while."""
    path = f"{actor.config_dir}/{name}"
    before = actor.run("cat", path)
    assert old in before
    actor.run("tee", path, stdin=before.replace(old, new))
    try:
        yield
    finally:
        actor.run("tee", path, stdin=before)


def assert_unhealthy(actor: Actor, word: str) -> None:
    done = actor.try_(*actor.argv("status"))
    assert done.returncode == 1, done.stdout
    assert word in done.stdout, done.stdout


def test_a_plugin_stays_while_its_content_is_there(as_each: AsEach) -> None:
    def turn_off(actor: Actor) -> None:
        pulp, name = actor.pulp(), unique("held")
        pulp("rpm", "repository", "create", "--name", name)
        off = 'pulp-rpm = { version = "*", enabled = false }'
        words = ("does not load pulp-rpm", "pulp-rpm: ", " repositor", "plugin add pulp-rpm")
        with changed(actor, "plugins.toml", 'pulp-rpm = "*"', off):
            assert_refused(actor, actor.argv("start"), 1, *words)
            assert_refused(actor, actor.argv("rebuild"), 1, *words)
        actor.wait_healthy()

    as_each(turn_off)


def test_a_file_that_is_gone(as_each: AsEach) -> None:
    def lose(actor: Actor) -> None:
        download = file_flow(actor.pulp())
        actor.wait_healthy()
        with away(actor, download):
            assert_unhealthy(actor, "a download of /pulp/content/")
        actor.wait_healthy()

    as_each(lose)


@contextmanager
def away(actor: Actor, download: Download) -> Iterator[None]:
    digest = download.sha256
    path = f"/var/lib/pulp/media/artifact/{digest[:2]}/{digest[2:]}"
    api = actor.own("api")
    actor.podman("exec", api, "mv", path, f"{path}.away")
    try:
        yield
    finally:
        actor.podman("exec", api, "mv", f"{path}.away", path)


def test_a_secret_under_another_key_and_a_type_nobody_knows(as_each: AsEach) -> None:
    def break_rows(actor: Actor) -> None:
        pulp, name = actor.pulp(), unique("locked")
        pulp(
            "file", "remote", "create", "--name", name, "--url", "http://nowhere.example/",
            "--username", "me", "--password", "secret",
        )  # fmt: skip
        actor.wait_healthy()
        where = f"WHERE name = '{name}'"
        sql(actor, f"UPDATE core_remote SET password = 'x' || password {where}")
        assert_unhealthy(actor, "the key does not decrypt password of 1 of")
        sql(actor, f"UPDATE core_remote SET password = substr(password, 2) {where}")
        actor.wait_healthy()
        sql(actor, f"UPDATE core_remote SET pulp_type = 'gone.gone' {where}")
        assert_unhealthy(actor, "remotes of gone.gone, which no plugin here knows")
        sql(actor, f"UPDATE core_remote SET pulp_type = 'file.file' {where}")
        actor.wait_healthy()
        pulp("file", "remote", "destroy", "--name", name)

    as_each(break_rows)


def test_nobody_gets_to_the_questions_from_outside(root: Actor) -> None:
    """The socket is in the container of the API alone; web and the other roles have none."""
    for role in ("web", "db", "content"):
        container = root.own(role) if role == "content" else f"{root.prefix}-{role}"
        assert root.try_("podman", "exec", container, "test", "-e", "/tmp/probe.sock").returncode
    root.podman("exec", root.own("api"), "test", "-S", "/tmp/probe.sock")
