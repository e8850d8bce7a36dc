"""A command that has to refuse: what it says, how it ends, and that it changed nothing."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from tests.host.snapshot import snapshot

if TYPE_CHECKING:
    from tests.host.actor import Actor


def assert_refused(actor: Actor, argv: tuple[str, ...], code: int, *texts: str) -> None:
    """Run it; see that all texts are in its message, and that the host is as before."""
    before = snapshot(actor)
    done = actor.try_(*argv)
    said = f"{shlex.join(argv)}: exit status {done.returncode}\n{done.stdout}{done.stderr}"
    assert done.returncode == code, said
    assert done.stderr.startswith("Error: ") or "\nError: " in done.stderr, said
    assert "Traceback" not in done.stderr, said
    for text in texts:
        assert text in done.stderr, said
    assert snapshot(actor) == before


def without(what: str, actor: Actor, *words: str) -> tuple[str, ...]:
    """Return the launcher's command line, run where a tmpfs hides what is at a place (root)."""
    script = f'mount -t tmpfs none {what}; exec "$@"'
    return ("unshare", "--mount", "sh", "-euc", script, "sh", *actor.argv(*words))


def with_program(actor: Actor, name: str, script: str, *words: str) -> tuple[str, ...]:
    """Return the launcher's command line with another program of that name first on PATH."""
    folder = actor.run("mktemp", "-d").strip()
    actor.run("tee", f"{folder}/{name}", stdin=script)
    actor.run("chmod", "755", f"{folder}/{name}")
    return ("sh", "-euc", f'PATH={folder}:$PATH exec "$@"', "sh", *actor.argv(*words))
