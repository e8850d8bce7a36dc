"""What would happen, and why; nothing on the disk or on the engine is touched to find out.

It needs no lock of the instance, so that it may be asked while another launcher is at work.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from launcher.model.lock import labels, moves
from launcher.model.plan import Act, Change, Plan
from launcher.operations.foresee_build import Building, foresee_build
from launcher.operations.foresee_start import Starting, foresee_start
from launcher.operations.start import startable
from launcher.operations.switch import runs

if TYPE_CHECKING:
    from launcher.model.generation import Generation
    from launcher.model.journal import Journal
    from launcher.model.lock import Lock, Move
    from launcher.operations.instance import Instance


@dataclass(frozen=True)
class _Now:
    """Where the instance stands once the switch that was interrupted, if one was, is finished."""

    serving: Generation | None
    due: Generation | None
    journal: Journal | None = None


def plan(instance: Instance) -> Plan:
    """Return what a rebuild and a start would do.

    Raises:
        ResolutionFailed, IndexUnreachable: the manifest can not be resolved.
        HostUnfit: podman is missing or too old, or systemd does not run.

    """
    instance.systemd.check()
    now = _now(instance)
    building = foresee_build(instance, now.serving)
    generation = building.generation
    # A rebuild that comes to what serves lets no start take another.
    settled = generation == now.serving or _takes_over(instance, now, generation)
    if not building.due and not settled:
        generation = startable(instance, now.due)
    return _whole(instance, now, building, generation)


def plan_rebuild(
    instance: Instance,
    *,
    lock: Lock | None = None,
    updates: str | None = None,
    force: bool = False,
    switching: bool = True,
) -> Plan:
    """Return what a rebuild would do; raises as `plan`.

    `lock` and `updates` stand in place of the instance's, where they are given.
    """
    now = _now(instance)
    building = foresee_build(instance, now.serving, lock=lock, updates=updates, force=force)
    generation = now.serving if now.journal else None
    if switching and _takes_over(instance, now, building.generation):
        generation = building.generation
    return _whole(instance, now, building, generation)


def plan_start(instance: Instance) -> Plan:
    """Return what a start would do; raises as `plan`, and NotReady where nothing is built."""
    instance.systemd.check()
    now = _now(instance)
    return _whole(instance, now, None, startable(instance, now.due))


def _now(instance: Instance) -> _Now:
    journal = instance.journal()
    pair = [instance.generation(number) for number in (journal.old, journal.new)] if journal else []
    if journal is None or None in pair:
        return _Now(instance.current(), instance.due())
    newest, skipped = instance.newest(), instance.skipped()
    serving = pair[0] if journal.back else pair[1]
    left = max(skipped, journal.new) if journal.back else skipped
    return _Now(serving, serving if newest and newest.number <= left else newest, journal)


def _takes_over(instance: Instance, now: _Now, generation: Generation) -> bool:
    """Tell whether a rebuild that comes to a generation switches to it."""
    if now.serving is None or now.serving.number == generation.number:
        return False
    return now.journal is not None or runs(instance, now.serving)


def _whole(
    instance: Instance, now: _Now, building: Building | None, generation: Generation | None
) -> Plan:
    """Return the plan of a build, if one is asked for, and of a start of a generation, if any."""
    starting = _starting(instance, now, generation) if generation else None
    parts = [part for part in (building, starting) if part is not None]
    changes = [*_finish(now.journal), *(item for part in parts for item in part.changes)]
    current = instance.current()
    return Plan(
        due=bool(changes),
        serving=current.number if current else None,
        generation=_end(building, generation).number,
        changes=tuple(changes),
        packages=_packages(instance, now, building, generation),
        migrations=starting.migrations if starting else None,
        untouched=starting.untouched if starting else (),
        pauses=starting.pauses if starting else (),
        disk=building.disk if building else None,
        notes=tuple(note for part in parts for note in part.notes),
    )


def _end(building: Building | None, generation: Generation | None) -> Generation:
    """Return what is there in the end: a build alone ends with what it built."""
    found = generation or (building.generation if building else None)
    assert found is not None  # noqa: S101 - there is a part, or there is no plan
    return found


def _starting(instance: Instance, now: _Now, generation: Generation) -> Starting:
    built = instance.generation(generation.number) is not None
    return foresee_start(instance, generation, instance.current(), now.journal, built=built)


def _finish(journal: Journal | None) -> list[Change]:
    if journal is None:
        return []
    way = f"it goes back to generation {journal.old}" if journal.back else "it goes on"
    what = f"the switch from generation {journal.old} to {journal.new}"
    return [Change(Act.FINISH, what, f"it was interrupted at the step '{journal.step}'; {way}")]


def _packages(
    instance: Instance, now: _Now, building: Building | None, generation: Generation | None
) -> tuple[Move, ...]:
    """Return how distributions move from what serves, or was built last, to what shall be."""
    after = building.labels if building and building.due else _labels(_end(building, generation))
    found = moves(_labels(now.serving or instance.newest()), after)
    # A checkout has no version before it is built.
    return tuple(move for move in found if not (move.new == "" and move.old))


def _labels(generation: Generation | None) -> dict[str, str]:
    return labels(generation.versions, generation.origins) if generation else {}
