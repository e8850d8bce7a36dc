"""Ends a host when the process that wanted it is gone, however that ended."""

from __future__ import annotations

import os
import secrets
import select
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from tests.lab import state
from tests.lab.errors import LabError
from tests.lab.names import HERE
from tests.lab.system import started

if TYPE_CHECKING:
    from tests.lab.state import State

PERIOD_MS = 2000


def start(known: State, owner: int) -> State:
    """Watch from now on; an earlier owner has no say any more."""
    if not started(owner):
        raise LabError(f"the owner, process {owner}, is gone already")
    watched = replace(known, watch=secrets.token_hex(8))
    state.save(watched)
    command = ["setsid", "--fork", sys.executable, "-P", "-m", "tests.lab", "_watch"]
    command += [known.name, str(owner), watched.watch]
    subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        check=True, cwd="/", env=os.environ | {"PYTHONPATH": str(HERE.parent.parent)},
    )  # fmt: skip
    return watched


def owner_is_gone(name: str, owner: int, watch: str) -> bool:
    """Wait for the owner's end; False when the host is no longer this watchdog's."""
    ended = select.poll()
    try:
        ended.register(os.pidfd_open(owner), select.POLLIN)
    except ProcessLookupError:
        return True
    while True:
        gone = bool(ended.poll(PERIOD_MS))
        known = state.load(name)
        if not known or known.watch != watch:
            return False
        if gone:
            return True
