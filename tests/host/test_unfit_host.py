"""Hosts that lack something: each time a message with the way out, and nothing changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.host.refusal import assert_refused, with_program, without

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.host.actor import Actor

pytestmark = pytest.mark.host

UNFIT = 4
# Everything else of the host stays reachable; uv's cache is empty, as on the first day.
OFFLINE = 'exec env UV_CACHE_DIR="$(mktemp -d)" XDG_CACHE_HOME="$(mktemp -d)" "$@"'

SMALL = """
folder=$1; shift
copy=$(mktemp -d); cp "$folder"/*.toml "$copy"
mount -t tmpfs -o "size=$(($(du -k -s "$copy" | cut -f 1) + 16))k" none "$folder"
cp "$copy"/* "$folder"
"$@" || code=$?
diff -r "$copy" "$folder"
exit "$code"
"""


@pytest.fixture
def spare(actor: Actor) -> Iterator[Actor]:
    """Give an instance that has its files, and nothing built."""
    yield from made(actor)


@pytest.fixture
def roots_spare(root: Actor) -> Iterator[Actor]:
    yield from made(root)


def made(actor: Actor) -> Iterator[Actor]:
    spare = actor.other("spare")
    spare.launcher("init", "--base", "registry.invalid/debian:trixie")
    spare.launcher("lock")
    yield spare
    spare.launcher("destroy", "--purge", "--yes")


def test_no_podman(actor: Actor) -> None:
    path = "PATH=/usr/local/bin"
    texts = "podman is not installed on this host", "Install podman 4.6 or newer"
    assert_refused(actor, ("env", path, *actor.argv("rebuild")), UNFIT, *texts)


def test_old_podman(actor: Actor) -> None:
    argv = with_program(actor, "podman", "#!/bin/sh\necho podman version 4.3.1\n", "rebuild")
    texts = "this host has podman version 4.3.1, too old: 4.6 is needed", "Debian 13"
    assert_refused(actor, argv, UNFIT, *texts)


@pytest.mark.parametrize("command", ["start", "stop"])
def test_no_systemd(root: Actor, command: str) -> None:
    argv = without("/run/systemd", root, command)
    assert_refused(root, argv, UNFIT, "systemd does not run on this host", "booted by systemd")


def test_no_user_session(root: Actor) -> None:
    root.shell("id bob 2>/dev/null || useradd --create-home bob")
    argv = ("runuser", "-u", "bob", "--", "env", "HOME=/home/bob", *root.argv("start"))
    texts = "systemd does not run for this user", "loginctl enable-linger"
    assert_refused(root, argv, UNFIT, *texts)


def test_no_lingering(alice: Actor) -> None:
    argv = with_program(alice, "loginctl", "#!/bin/sh\necho Linger=no\n", "start")
    texts = "would end with the login", "loginctl enable-linger alice"
    assert_refused(alice, argv, UNFIT, *texts)


def test_no_network(root: Actor) -> None:
    argv = ("unshare", "--net", "sh", "-euc", OFFLINE, "sh", *root.argv("plugin", "add", "npm"))
    hide = 'mount -t tmpfs none /var/cache/pulp-launcher; exec "$@"'
    argv = ("unshare", "--mount", "sh", "-euc", hide, "sh", *argv)
    assert_refused(root, argv, 1, "the package index (PyPI) does not answer", "HTTPS_PROXY")


def test_no_network_of_a_user(alice: Actor) -> None:
    words = alice.argv("plugin", "add", "npm")
    argv = ("unshare", "--user", "--map-current-user", "--net", "sh", "-euc", OFFLINE, "sh")
    assert_refused(alice, (*argv, *words), 1, "the package index (PyPI) does not answer")


def test_no_registry(spare: Actor) -> None:
    texts = "registry.invalid/debian:trixie can not be fetched", 'base = "bootstrap:trixie"'
    assert_refused(spare, spare.argv("rebuild"), 1, *texts)


def test_no_space_for_a_build(root: Actor) -> None:
    words = root.argv("rebuild", "--force")
    small = 'mount -t tmpfs -o size=50M none /var/lib/containers/storage; exec "$@"'
    argv = ("unshare", "--mount", "sh", "-euc", small, "sh", *words)
    texts = "no space for a build: /var/lib/containers/storage has 0.0 GB free", "Free some space"
    assert_refused(root, argv, UNFIT, *texts)


def test_no_space_for_a_file(roots_spare: Actor) -> None:
    """On a file system that has room for the files as they are, and little more."""
    words = roots_spare.argv("plugin", "add", "pulp_rpm")
    argv = ("unshare", "--mount", "bash", "-euc", SMALL, "bash", roots_spare.config_dir, *words)
    assert_refused(roots_spare, argv, UNFIT, "no space left while writing", "Free some space")
