"""Change an instance: one launcher at a time, and nothing on top of half a switch."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from launcher.host import files
from launcher.operations.switch import resume

if TYPE_CHECKING:
    from collections.abc import Iterator

    from launcher.operations.instance import Instance


@contextlib.contextmanager
def reserved(instance: Instance) -> Iterator[None]:
    """Let nobody else change the instance meanwhile, whatever its state; raises Busy."""
    with files.locked(instance.paths.mutex):
        yield


@contextlib.contextmanager
def changing(instance: Instance) -> Iterator[None]:
    """Let nobody else change the instance meanwhile; a switch that was interrupted ends first.

    Raises:
        Busy: another launcher is at work.
        SwitchFailed: the interrupted switch went back; what was asked for was not begun.

    """
    with reserved(instance):
        resume(instance)
        yield
