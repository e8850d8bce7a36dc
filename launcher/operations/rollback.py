"""Go back to an earlier generation by hand."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from launcher.model.errors import NotReady, UsageProblem
from launcher.model.migrations import Kind, Migrations
from launcher.operations import generations, hooks
from launcher.operations.changing import changing
from launcher.operations.database import inspect_migrations, lost_since, try_migrations
from launcher.operations.desired import desired
from launcher.operations.install import write_settings
from launcher.operations.own_settings import (
    config_of,
    follow_config,
    not_in_force,
    set_aside,
    told,
)
from launcher.operations.ready import check_own
from launcher.operations.switch import knows_the_same, runs, switch
from launcher.operations.switch_steps import wake

if TYPE_CHECKING:
    from pathlib import Path

    from launcher.model.generation import Generation
    from launcher.operations.bring_up import Started
    from launcher.operations.instance import Instance
    from launcher.render.units import Desired


@dataclass(frozen=True)
class Rollback:
    """Where it goes, and what the database has seen since: `loss` in words, empty for nothing.

    `dump` is the snapshot from before the first migration since, if it is still there; `kind` is
    that of the migrations which the earlier image would run itself: none, but for odd cases.
    """

    old: Generation
    new: Generation
    kind: Kind
    loss: tuple[str, ...]
    dump: Path | None
    keep_settings: bool = False


def look(instance: Instance, number: int | None, *, keep_settings: bool = False) -> Rollback:
    """Return what going back would mean; nothing is changed but an interrupted switch finished.

    The generation gets the [settings] that it served with, or is to `keep_settings` of today.

    Raises:
        NotReady: nothing runs yet, or there is no earlier generation, or its image is gone.
        UsageProblem: there is no such generation, or it is no earlier one.

    """
    instance.systemd.check()
    with changing(instance):
        current = instance.current()
        if current is None:
            raise NotReady("nothing was started yet", hint="Start it with: pulp-launcher start")
        wanted = _wanted(instance, current, number)
        check_own(instance, instance.config())
        there = desired(instance, wanted, config_of(instance, wanted, again=not keep_settings))
        if runs(instance, current) and knows_the_same(instance, there, current):
            return Rollback(current, wanted, Kind.NONE, (), None, keep_settings)
        wake(instance)
        with instance.reporter.step("Comparing the migrations with the database"):
            seen = _tried(instance, there)
            # Those of plugins that were taken out earlier are known to neither.
            ahead = set(seen.ahead) - (_ahead(instance, current) if seen.ahead else set())
        dump = _dump(instance, wanted)
        loss = _loss(instance, ahead, dump) if ahead else ()
    return Rollback(current, wanted, seen.kind(current.versions), loss, dump, keep_settings)


def rollback(instance: Instance, going: Rollback, *, restore: bool) -> Started:
    """Go back; raises as `switch`, and NotReady where there is no snapshot to restore."""
    if restore and going.loss and going.dump is None:
        raise NotReady(
            f"there is no snapshot from before generation {going.new.number} was left",
            hint="Keep the database as it is with --keep-database.",
        )
    dump = going.dump if restore and going.loss else None
    kind = Kind.GUARDED if dump else going.kind
    with hooks.told_of_failure(instance), changing(instance):
        _check_current(instance, going)
        _choose_settings(instance, going)
        started = switch(instance, going.old, going.new, kind=kind, dump=dump)
        names = not_in_force(instance, going.new)
    if names:
        instance.reporter.note(told(names, going.new.number))
    hooks.succeeded(instance, f"generation {going.new.number} serves again", going.new.number)
    return started


def _choose_settings(instance: Instance, going: Rollback) -> None:
    if going.keep_settings:
        follow_config(instance, going.new)
    else:
        set_aside(instance, going.new, instance.config().settings)


def _check_current(instance: Instance, going: Rollback) -> None:
    current = instance.current()
    if current is None or current.number != going.old.number:
        raise NotReady(
            f"meanwhile another generation than {going.old.number} serves",
            hint="Look again with: pulp-launcher rollback",
        )


def _wanted(instance: Instance, current: Generation, number: int | None) -> Generation:
    if number is None:
        record = instance.record()
        served = [instance.generation(item) for item in (record.served if record else ())]
        before = [item for item in served if item and instance.podman.image_id(item.image)]
        if not before:
            raise NotReady(
                f"no generation that served before {current.number} is kept, with its image",
                hint="What there is: pulp-launcher generation list",
            )
        return before[-1]
    if number >= current.number:
        raise UsageProblem(
            f"generation {number} is not earlier than {current.number}, which runs",
            hint="Go on to the newest with: pulp-launcher rebuild",
        )
    wanted = generations.generation(instance, number)
    if instance.podman.image_id(wanted.image) is None:
        raise NotReady(
            f"the image of generation {number} is gone, and it can not be built again",
            hint="Those that can be gone back to have their image: pulp-launcher generation list",
        )
    return wanted


def _tried(instance: Instance, wanted: Desired) -> Migrations:
    write_settings(instance, wanted)
    return try_migrations(instance, wanted)


def _ahead(instance: Instance, generation: Generation) -> set[str]:
    """Return the migrations that a generation which serves does not know; it is not disturbed."""
    return set(inspect_migrations(instance, desired(instance, generation)).ahead)


def _dump(instance: Instance, wanted: Generation) -> Path | None:
    """Return the snapshot from when the generation was left last, or the one that followed it."""
    there = {_taken(path): path for path in instance.paths.snapshots.glob("*-*-*.dump")}
    left = [number for number, _ in there if number >= wanted.number]
    latest = max((key for key in there if left and key[0] == min(left)), default=None)
    return there[latest] if latest else None


def _taken(dump: Path) -> tuple[int, int]:
    """Return which generation was left when the snapshot was begun, and when that was (ms)."""
    old, _, moment = dump.stem.split("-")
    return int(old), int(moment)


def _loss(instance: Instance, ahead: set[str], dump: Path | None) -> tuple[str, ...]:
    migrated = f"{len(ahead)} migrations ran since: {', '.join(sorted(ahead)[:5])}" + (
        " …" if len(ahead) > 5 else ""  # noqa: PLR2004
    )
    if dump is None:
        return (migrated, "No snapshot from before them is there any more.")
    taken = dt.datetime.fromtimestamp(_taken(dump)[1] / 1000, dt.UTC)
    counts = lost_since(instance, taken)
    words = ", ".join(f"{count} {what}" for what, count in counts.items() if count) or "nothing"
    since = f"The snapshot is of {taken:%Y-%m-%d %H:%M:%S} UTC; since then came: {words}"
    return (migrated, since, "The database would forget what came since.")
