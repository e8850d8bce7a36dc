"""A credential of the environment that we are called in is in no output, log, file, or unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.host.test_secrets import SEARCH_FILES, SEARCH_IMAGE

if TYPE_CHECKING:
    from tests.host.actor import Actor

pytestmark = pytest.mark.host

CANARY = "canary-7Fq2"
# Nothing listens there, so that the address of the proxy is part of every complaint.
PROXY = f"http://kim:{CANARY}@127.0.0.1:9"
VARIABLES = [f"{name}={PROXY}" for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY")]
VARIABLES += [f"UV_INDEX=https://kim:{CANARY}@index.invalid/simple"]

EXPORT = 'while read -r line; do export "$line"; done; exec "$@"'


def test_a_command_that_fails_for_a_proxy_tells_no_password(actor: Actor) -> None:
    for options in ([], ["--json"], ["--debug"]):
        # By standard input: the journal keeps the command lines with which a user comes in.
        argv = ("bash", "-euc", EXPORT, "bash", *actor.argv(*options, "outdated"))
        done = actor.try_(*argv, stdin="\n".join(VARIABLES) + "\n")
        said = done.stdout + done.stderr
        assert done.returncode
        # A traceback has the message alone, and no hint that names the proxy.
        assert "127.0.0.1:9" in said or "--debug" in options
        assert CANARY not in said
    folders = [actor.config_dir, actor.state_dir, actor.quadlet_dir, actor.unit_dir]
    # The journal has what is searched for only if the launcher, or a program of it, said it.
    found = actor.run("bash", "-euc", SEARCH_FILES, "bash", *folders, stdin=f"{CANARY}\n")
    assert found.split() == ["0"]
    found = actor.run("bash", "-euc", SEARCH_IMAGE, "bash", actor.image(), stdin=f"{CANARY}\n")
    assert found.split() == ["0", "0", "0"]
