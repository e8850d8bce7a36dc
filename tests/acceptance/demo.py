"""`make demo`: a real Pulp on a throw-away host, with three commands, and proof that it works."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.acceptance.client import Client, Pulp, StepFailed
from tests.acceptance.file_flow import file_flow
from tests.acceptance.install import install, install_client
from tests.acceptance.rpm_flow import rpm_flow
from tests.lab import Host, LabError

if TYPE_CHECKING:
    from collections.abc import Iterator

HOST = "demo"
PORT = 8080
# No image registry is needed: the base comes from Debian's archive.
BASE = "bootstrap:trixie"


@contextmanager
def phase(title: str) -> Iterator[None]:
    started = time.monotonic()
    say(f"\n== {title}")
    yield
    say(f"== {title}: {time.monotonic() - started:.0f} s")


def say(text: str) -> None:
    print(text, flush=True)


def step(text: str) -> None:
    say(f"   {text}")


def typed(*argv: str) -> None:
    """Run a command on the host as one would type it there, with its output as it comes."""
    say(f"# {' '.join(argv)}")
    terminal = ["--tty"] if sys.stdout.isatty() else []
    enter = [sys.executable, "-m", "tests.lab", "run", HOST, *terminal, "--", *argv]
    code = subprocess.run(enter, stdin=subprocess.DEVNULL, check=False).returncode
    if code:
        raise StepFailed(f"{' '.join(argv)}: exit status {code}")


def demo() -> None:
    with phase("A fresh Debian 13 host, in namespaces of this machine"):
        host = _host()
    with phase("Installation, as a user would do it"):
        install(host, step)
        install_client(host, step)
    with phase("Pulp, with three commands"):
        typed("pulp-launcher", "init", "--hostname", host.address, "--base", BASE)
        typed("pulp-launcher", "plugin", "add", "pulp_rpm")
        typed("pulp-launcher", "rebuild")
        typed("pulp-launcher", "start")
    typed("pulp-launcher", "status")
    _prove(host)


def _host() -> Host:
    host = Host(HOST)
    host.down()
    host.up()
    step(f"'{HOST}' is up at {host.address}")
    return host


def _prove(host: Host) -> None:
    client = Client(host, say=step)
    password = client.run("pulp-launcher", "admin-password").strip()
    pulp = Pulp(client, f"http://{host.address}:{PORT}", password)
    with phase("Proof: a file, with pulp-cli and curl"):
        file_flow(pulp)
    with phase("Proof: an RPM repository, with createrepo_c, pulp-cli and dnf"):
        rpm_flow(pulp)
    _farewell(pulp)


def _farewell(pulp: Pulp) -> None:
    say(f"""
Pulp runs. Open:        {pulp.url}/pulp/api/v3/status/
Log in as:              admin, with the password {pulp.password}
A shell on its host:    python3 -m tests.lab run {HOST} --tty
Shut it all down:       make demo-down
""")


def main() -> int:
    started = time.monotonic()
    try:
        demo()
    except (StepFailed, LabError, subprocess.SubprocessError) as error:
        print(f"\nThe demo failed: {error}", file=sys.stderr)
        return 1
    say(f"Done in {time.monotonic() - started:.0f} s.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
