"""The launcher of this checkout, installed on a host as a user would do it."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.acceptance.client import Client, silent

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.lab import Host

CHECKOUT = Path(__file__).parent.parent.parent
PULP_CLI = "pulp-cli"


def install(host: Host, say: Callable[[str], None] = silent) -> None:
    """Put `pulp-launcher` on the host, for all users."""
    with tempfile.TemporaryDirectory() as folder:
        say("make a wheel of this checkout")
        wheel = _wheel(Path(folder))
        host.copy(wheel, f"/srv/{wheel.name}")
    say("pipx install pulp-launcher")
    Client(host).run("pipx", "install", "--quiet", "--global", "--force", f"/srv/{wheel.name}")


def install_client(host: Host, say: Callable[[str], None] = silent) -> None:
    """Put `pulp`, the command line client of Pulp, on the host."""
    say(f"pipx install {PULP_CLI}")
    Client(host).run("pipx", "install", "--quiet", "--global", PULP_CLI)


def _wheel(folder: Path) -> Path:
    uv = Path(sys.executable).with_name("uv")
    subprocess.run([uv, "build", "-q", "--wheel", "-o", folder, CHECKOUT], check=True)
    return next(folder.glob("*.whl"))
