"""A user at a shell of a host, with pulp-cli at hand."""

from __future__ import annotations

import json
import secrets
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.lab import Host

SECONDS = 300
_WRITE = 'umask 077; mkdir -p "$(dirname "$1")"; cat >"$1"'


class StepFailed(Exception):
    """A command did not do what it should; says which, and what it printed."""


def silent(text: str) -> None:
    """Show nothing of a step."""


@dataclass(frozen=True)
class Client:
    """Who runs the commands, and where; `say` gets each step in words."""

    host: Host
    user: str = "root"
    say: Callable[[str], None] = silent

    def run(self, *argv: str, stdin: str = "") -> str:
        """Run a command and return what it printed; raises StepFailed."""
        done = self.host.run(argv, self.user, check=False, input=stdin, timeout=SECONDS)
        if done.returncode:
            said = (done.stderr + done.stdout).strip()
            raise StepFailed(f"{shlex.join(argv)}: exit status {done.returncode}\n{said}")
        return done.stdout

    def write(self, path: str, text: str) -> None:
        """Write a file that only its owner reads."""
        self.run("sh", "-euc", _WRITE, "sh", path, stdin=text)

    def folder(self) -> str:
        return self.run("mktemp", "-d").strip()

    def sha256(self, path: str) -> str:
        return self.run("sha256sum", path).split()[0]


@dataclass(frozen=True)
class Pulp:
    """A running Pulp, and a client whose pulp-cli talks to it as admin."""

    client: Client
    url: str
    password: str

    def __call__(self, *words: str) -> Any:
        """Run pulp-cli and return its answer."""
        config = self._config()
        out = self.client.run("pulp", "--config", config, "--format", "json", *words)
        return json.loads(out) if out.strip() else None

    def _config(self) -> str:
        """Write pulp-cli's own file: a password does not belong on a command line."""
        path = f"/tmp/{self.client.user}.{self.url.rpartition(':')[2]}.toml"  # noqa: S108
        values = {"base_url": self.url, "username": "admin", "password": self.password}
        lines = [f"{key} = {json.dumps(value)}\n" for key, value in values.items()]
        self.client.write(path, "[cli]\n" + "".join(lines))
        return path


def unique(word: str) -> str:
    """Give a name that no other run has."""
    return f"{word}-{secrets.token_hex(4)}"
