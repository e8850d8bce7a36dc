"""Something happens to the launcher in the middle of its work."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import subprocess

    from tests.host.actor import Actor

PYTHON = "/opt/pipx/venvs/pulp-launcher/bin/python"
_AT = """
import subprocess, sys
from launcher.cli.app import main
from launcher.host import files
point, script, write = sys.argv.pop(1), sys.argv.pop(1), files.write
def watched(path, text):
    write(path, text)
    if path.name == point or (path.name == "switch.json" and f'"step":"{point}"' in text):
        subprocess.run(["bash", "-euc", script], check=True)
files.write = watched
sys.argv[0] = "pulp-launcher"
main()
"""
KILL = "kill -KILL $PPID"
"""The launcher dies as its journal on the disk says that the step was begun."""


def at(actor: Actor, point: str, script: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the launcher, and a script each time when it begins a step or has written a file.

    `point` is the name of a step of the switch, or of the file.
    """
    return actor.try_(PYTHON, "-c", _AT, point, script, "--instance", actor.instance, *words)
