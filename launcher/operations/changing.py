"""Change an instance: one launcher at a time, and nothing on top of half a switch."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

from launcher.host import files
from launcher.model.errors import Busy, SwitchFailed
from launcher.operations import hooks
from launcher.operations.switch import finish
from launcher.operations.trial import undo_trial

if TYPE_CHECKING:
    from collections.abc import Iterator

    from launcher.operations.bring_up import Started
    from launcher.operations.instance import Instance

FINISHING = "resume"
"""What the lock is held for by one that does nothing but finish a switch; others wait for it."""

_POLL = 0.5


@contextlib.contextmanager
def changing(instance: Instance, purpose: str = "") -> Iterator[Started | None]:
    """Let nobody else change the instance meanwhile; what was interrupted ends first.

    What became of that is given, and told to the hooks whatever the command.

    Raises:
        Busy: another launcher is at work.
        SwitchFailed: the interrupted switch went back; what was asked for was not begun.

    """
    finished = None
    try:
        with reserved(instance, purpose):
            finished = finish(instance)
            undo_trial(instance)
            yield finished
    except SwitchFailed as error:
        hooks.failed(instance, error)
        raise
    finally:
        if finished:
            number = finished.generation
            hooks.succeeded(instance, f"generation {number} serves", number)


@contextlib.contextmanager
def reserved(instance: Instance, purpose: str = "") -> Iterator[None]:
    """Let nobody else change the instance meanwhile, whatever its state.

    Raises:
        Busy: another launcher is at work, and not just to finish a switch.

    """
    with contextlib.ExitStack() as lock:
        if not _locked(instance, purpose, lock):
            with instance.reporter.step("Waiting until the interrupted switch is finished"):
                while not _locked(instance, purpose, lock):
                    time.sleep(_POLL)
        yield


def _locked(instance: Instance, purpose: str, lock: contextlib.ExitStack) -> bool:
    """Take the lock, or tell that it is worth waiting for; raises Busy where it is not."""
    mutex = instance.paths.mutex
    try:
        lock.enter_context(files.locked(mutex, purpose))
    except Busy:
        if files.purpose(mutex) != FINISHING:
            raise
        return False
    return True
