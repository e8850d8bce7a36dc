"""Finish a switch that was interrupted; the guard does that where nobody types a command."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from launcher.model.errors import Busy
from launcher.operations import hooks
from launcher.operations.changing import FINISHING, changing

if TYPE_CHECKING:
    from launcher.operations.bring_up import Started
    from launcher.operations.instance import Instance

_POLL = 1


@dataclass(frozen=True)
class Resumed:
    """What the interrupted switch came to; nothing where no switch had to be finished."""

    finished: Started | None


def resume(instance: Instance) -> Resumed:
    """Finish the switch that was interrupted; one that is under way is left to its launcher.

    The lock is not waited for as such: who only looks whether the other launcher still lives
    stands in nobody's way.

    Raises:
        SwitchFailed: the old generation serves again.

    """
    instance.systemd.check()
    finished = None
    with hooks.told_of_failure(instance):
        while instance.journal():
            try:
                with changing(instance, FINISHING) as finished:
                    pass
            except Busy:
                time.sleep(_POLL)
    return Resumed(finished)
