"""What users get wrong: each time a message with the way out, and nothing changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.host.refusal import assert_refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.host.actor import Actor

    AsEach = Callable[[Callable[[Actor], None]], None]

pytestmark = pytest.mark.host

USAGE = 2
LISTEN = ("systemd-run", "--quiet", "--collect", "python3", "-m", "http.server")
CONFIGS = {
    "no TOML": ("port = 8080", "port = = 8080", "line 7, column 8"),
    "an unknown key": ("port = 8080", "prot = 8080", "prot: unknown key; did you mean 'port'?"),
    "a wrong type": ("count = 2", 'count = "2"', "worker.count: "),
    "quotes": ('pulp = ""', "pulp = '/a\"b'", "storage.pulp: "),
    "brackets": ('hostname = "', 'hostname = "[bold]', "hostname: '[bold]"),
    "a line break": ('pulp = ""', 'pulp = "/a\\nExec=b"', "storage.pulp: '/a\\nExec=b'"),
    "a secret": ("[settings]", '[settings]\nSECRET_KEY = "x"', "SECRET_KEY can not be set here"),
}


@pytest.fixture
def config(root: Actor) -> Iterator[str]:
    path = f"{root.config_dir}/config.toml"
    before = root.run("cat", path)
    yield path
    root.run("tee", path, stdin=before)
    # Nothing, unless a refusal failed.
    root.launcher("start")


@pytest.mark.parametrize("case", CONFIGS)
def test_config(root: Actor, config: str, case: str) -> None:
    old, new, said = CONFIGS[case]
    text = root.run("cat", config)
    assert old in text
    root.run("tee", config, stdin=text.replace(old, new, 1))
    assert_refused(root, root.argv("start"), USAGE, config, said)


def test_unknown_plugin(actor: Actor) -> None:
    texts = "there is no plugin 'pulp-rmp'; did you mean 'rpm'", "pulp-launcher plugin search"
    assert_refused(actor, actor.argv("plugin", "add", "pulp_rmp"), 1, *texts)


def test_impossible_version(actor: Actor) -> None:
    argv = actor.argv("plugin", "add", "pulp_rpm>=999")
    assert_refused(actor, argv, 1, "there is no pulp-rpm>=999", "the index has pulp-rpm ")


@pytest.mark.parametrize("name", ["pulp rpm", "pulp_rpm @ file:///x ; 1", "'", "[x]", "a\nb"])
def test_no_plugin_at_all(root: Actor, name: str) -> None:
    assert_refused(root, root.argv("plugin", "add", name), USAGE, name.splitlines()[0])


@pytest.mark.parametrize("name", ["a b", "../x", "a'b", "[x]", "A", "a\nb", ""])
def test_instance_name(root: Actor, name: str) -> None:
    argv = ("pulp-launcher", "--instance", name, "init")
    assert_refused(root, argv, USAGE, "can not be the name of an instance")


def test_init_with_odd_values(root: Actor) -> None:
    spare = root.other("odd")
    for option, value in (("--hostname", 'a"b\n'), ("--base", "a\nb"), ("--base", "[x]")):
        assert_refused(spare, spare.argv("init", option, value), USAGE, option.strip("-"))


def test_start_before_init_and_rebuild(root: Actor) -> None:
    spare = root.other("odd")
    assert_refused(spare, spare.argv("status"), 1, "has no config.toml yet", "--instance odd init")
    spare.launcher("init")
    argv = spare.argv("start")
    assert_refused(spare, argv, 1, "nothing is built yet", "--instance odd rebuild")
    spare.launcher("destroy", "--purge", "--yes")


def test_a_port_that_is_taken(as_each: AsEach) -> None:
    """By root for root, and by somebody else for the rootless user."""

    def start_beside(actor: Actor) -> None:
        unit = f"--unit=taken-{actor.port}"
        actor.launcher("stop")
        actor.host.run([*LISTEN[:3], unit, *LISTEN[3:], str(actor.port)])
        who = "python3 (process " if actor.is_root else "a program of another user"
        texts = f"port {actor.port} is taken by {who}", f"{actor.config_dir}/config.toml"
        assert_refused(actor, actor.argv("start"), 4, *texts)
        actor.host.run(["systemctl", "stop", f"taken-{actor.port}"])
        actor.launcher("start")

    as_each(start_beside)


def test_another_port_that_is_taken(root: Actor, config: str) -> None:
    """The running web role holds its own port, not the one that it shall have."""
    root.host.run([*LISTEN[:3], "--unit=taken-8070", *LISTEN[3:], "8070"])
    root.run("sed", "-i", "s/^port = 8080/port = 8070/", config)
    try:
        assert_refused(root, root.argv("start"), 4, "port 8070 is taken by python3 (process ")
    finally:
        root.host.run(["systemctl", "stop", "taken-8070"])
