"""The lock of an upgrade is on trial: where nothing of it ever serves, that of before is back.

It is kept aside until then, so that also an upgrade which was killed leaves nothing of itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from launcher.host import files
from launcher.model.generation import Trial, parse_record

if TYPE_CHECKING:
    from launcher.operations.instance import Instance


def begin_trial(instance: Instance, lock: str, updates: str) -> None:
    """Put a lock and a list of Debian's updates in place, and keep those of before."""
    current, newest = instance.current(), instance.newest()
    trial = Trial(
        lock=files.read(instance.paths.lock) or "",
        updates=files.read(instance.paths.updates) or "",
        serving=current.number if current else None,
        newest=newest.number if newest else None,
    )
    if (trial.lock, trial.updates) != (lock, updates):
        files.write(instance.paths.trial, trial.model_dump_json())
    files.write_all({instance.paths.lock: lock, instance.paths.updates: updates})


def end_trial(instance: Instance) -> None:
    """Let the lock that was on trial be the one that counts."""
    files.remove(instance.paths.trial)


def undo_trial(instance: Instance) -> None:
    """Put the lock of before back, where one is on trial and nothing of it serves or will."""
    text = files.read(instance.paths.trial)
    if text is None:
        return
    trial, journal = parse_record(text, instance.paths.trial, Trial), instance.journal()
    if journal and not journal.back:
        return
    current = instance.current()
    if journal or (current.number if current else None) == trial.serving:
        _put_back(instance, trial)
    end_trial(instance)


def _put_back(instance: Instance, trial: Trial) -> None:
    texts = {instance.paths.lock: trial.lock, instance.paths.updates: trial.updates}
    for path, text in texts.items():
        if text:
            files.write(path, text)
        else:
            files.remove(path)
    newest = instance.newest()
    built = newest is not None and newest.number != trial.newest
    if built and trial.serving is not None and not instance.journal():
        # What was built of the lock that is gone shall not be brought forward by the next start.
        instance.skip_all()
    instance.reporter.note("The lock is again what it was before the upgrade.")
