"""Start, restart and stop units, and watch them until that is done; the user hears what is missing.

systemd's word alone is not waited for: it does not hear each time that a role is healthy, an older
podman does not tell it at all, and what it starts again and again would be waited for in vain.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from launcher.host.podman import Check
from launcher.model.errors import UnitFailed
from launcher.model.starting import AGAIN, REFUSED, Seen, Verdict, judge
from launcher.operations.desired import installed_containers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from launcher.host.systemd import UnitState
    from launcher.operations.instance import Instance

_POLL = 0.5
_FIRST_WORD = 5
_LONGEST_SILENCE = 30
_CHECK_SECONDS = 5
_NAMED = 3
_ENDED = {"inactive", "failed"}
_HELP = 2
"""How often systemd's word for a healthy role is sought before it is done without."""


def start_units(instance: Instance, units: Sequence[str]) -> None:
    """Start units and wait until they are up, and healthy where they have a health check.

    Raises:
        UnitFailed: one does not come up; the details say why, and its last words.

    """
    # What is about to be started again may have its history, and the text of before.
    again = [item.unit for item in instance.systemd.states(units) if item.sub.startswith(AGAIN)]
    stop_units(instance, again)
    instance.systemd.start(units, wait=False)
    _await_up(instance, units)


def restart_units(instance: Instance, units: Sequence[str]) -> None:
    """Restart units and wait as `start_units` does; raises as it does."""
    instance.systemd.restart(units, wait=False)
    _await_up(instance, units)


def stop_units(instance: Instance, units: Sequence[str]) -> None:
    """Stop units and wait until they have ended; raises UnitFailed where one is started again."""
    instance.systemd.stop(units, wait=False)
    words = _Words(instance)
    while left := _not_ended(instance, units):
        words.say(left, lambda _: "is ending its work")
        time.sleep(_POLL)


def _not_ended(instance: Instance, units: Sequence[str]) -> list[str]:
    there = [item for item in instance.systemd.states(units) if item.active not in _ENDED]
    again = [item.unit for item in there if item.active == "active" and not item.job]
    if again:
        raise UnitFailed(f"somebody started again what was to be stopped: {', '.join(again)}")
    return [item.unit for item in there]


def _await_up(instance: Instance, units: Sequence[str]) -> None:
    memory, words = _Memory(_limits(instance)), _Words(instance)
    # A target waits for systemd's word on each of its units.
    services = [unit for unit in units if unit.endswith(".service")]
    while waiting := _look(instance, services, memory):
        if words.due or time.monotonic() - memory.checked >= _CHECK_SECONDS:
            memory.checks = {unit: _check(instance, unit) for unit in waiting}
            memory.checked = time.monotonic()
        words.say(waiting, lambda unit: _missing(instance, unit, memory))
        time.sleep(_POLL)


def _limits(instance: Instance) -> dict[str, float]:
    rows = installed_containers(instance)
    return {instance.names.service(row.container): float(row.role.start_timeout) for row in rows}


@dataclass
class _Memory:
    """What is remembered of units between two looks."""

    limits: dict[str, float]
    began: float = field(default_factory=time.monotonic)
    restarts: dict[str, int] = field(default_factory=dict)
    died: dict[str, int] = field(default_factory=dict)
    since: dict[tuple[str, str], float] = field(default_factory=dict)
    checks: dict[str, Check] = field(default_factory=dict)
    checked: float = field(default_factory=time.monotonic)
    helped: dict[str, int] = field(default_factory=dict)

    def seconds(self, what: str, unit: str, *, holds: bool) -> float:
        """Return for how long something holds without a break."""
        if not holds:
            self.since.pop((what, unit), None)
            return 0
        return time.monotonic() - self.since.setdefault((what, unit), time.monotonic())

    def deaths(self, state: UnitState) -> int:
        """Return how often a unit was started again since we wait; systemd may count anew."""
        first = min(self.restarts.get(state.unit, state.restarts), state.restarts)
        self.restarts[state.unit] = first
        self.died[state.unit] = state.restarts - first
        return self.died[state.unit]


@dataclass
class _Words:
    """Says what is waited for: after some seconds, and less often the longer it takes."""

    instance: Instance
    began: float = field(default_factory=time.monotonic)
    next: float = field(default_factory=lambda: _FIRST_WORD)

    @property
    def waited(self) -> float:
        return time.monotonic() - self.began

    @property
    def due(self) -> bool:
        return self.waited >= self.next

    def say(self, units: Sequence[str], what: Callable[[str], str]) -> None:
        if not self.due:
            return
        self.next = self.waited + min(max(self.waited, _FIRST_WORD), _LONGEST_SILENCE)
        more = len(units) - _NAMED
        for unit in units[:_NAMED]:
            self.instance.reporter.note(f"{unit} {what(unit)} ({self.waited:.0f} s)")
        if more > 0:
            self.instance.reporter.note(f"… and {more} more")


def _look(instance: Instance, units: Sequence[str], memory: _Memory) -> list[str]:
    """Return the units that are not up yet; raises UnitFailed where one is given up."""
    verdicts = {unit: judge(seen) for unit, seen in _seen(instance, units, memory).items()}
    failed = {unit: why for unit, (verdict, why) in verdicts.items() if verdict is Verdict.FAILED}
    if failed:
        details = "\n\n".join(_last_words(instance, unit, why) for unit, why in failed.items())
        raise UnitFailed(f"{', '.join(failed)} did not start", details=details)
    for unit, (verdict, _) in verdicts.items():
        if verdict is Verdict.UNTOLD:
            _tell(instance, unit, memory)
    return [
        unit
        for unit, (verdict, _) in verdicts.items()
        if verdict is not Verdict.UP and memory.helped.get(unit, 0) <= _HELP
    ]


def _seen(instance: Instance, units: Sequence[str], memory: _Memory) -> dict[str, Seen]:
    names = instance.names
    database = names.service(names.container("db"))
    states = {item.unit: item for item in instance.systemd.states([*units, database])}
    health = {
        names.service(item.name): item.health for item in instance.podman.containers(names.labels)
    }
    ready = states[database].is_up and health.get(database) == "healthy"
    return {
        unit: _one(states[unit], health.get(unit, ""), memory, ready=ready or unit == database)
        for unit in units
    }


def _one(state: UnitState, health: str, memory: _Memory, *, ready: bool) -> Seen:
    unit = state.unit
    untold = state.active == "activating" and health == "healthy"
    refused = REFUSED in memory.checks.get(unit, Check()).said
    return Seen(
        state.active, state.sub, state.result,
        job=state.job,
        deaths=memory.deaths(state),
        health=health,
        waited=time.monotonic() - memory.began,
        untold=memory.seconds("untold", unit, holds=untold),
        refused=memory.seconds("refused", unit, holds=refused),
        limit=memory.limits.get(unit, 0),
        patient=not ready,
    )  # fmt: skip


def _tell(instance: Instance, unit: str, memory: _Memory) -> None:
    """Let systemd learn that a role is healthy; where that was tried in vain, do without."""
    tries = memory.helped.get(unit, 0)
    memory.helped[unit] = tries + 1
    memory.since.pop(("untold", unit), None)
    if tries == 0:
        instance.reporter.note(f"{unit} is healthy, and systemd was not told; telling it")
        instance.systemd.tell_ready(unit)
    elif tries < _HELP:
        instance.reporter.note(f"{unit} is healthy, and systemd does not hear of it; restarting it")
        instance.systemd.restart([unit], wait=False)


def _missing(instance: Instance, unit: str, memory: _Memory) -> str:
    """Return in words what a unit is waited for, and the last that is known of it."""
    check, died = memory.checks[unit], memory.died.get(unit, 0)
    if died:
        return f"ended by itself {died} times; {_line(instance.systemd.last_words(unit, 1))}"
    if check.command:
        return f"is not healthy yet; {check.command}: {_line(check.said) or 'no answer yet'}"
    last = _line(instance.systemd.last_words(unit, 1))
    return f"is not done yet; {last}" if last else "is not up yet"


def _last_words(instance: Instance, unit: str, why: str) -> str:
    check = _check(instance, unit)
    health = f"its health check, {check.command}, said: {_line(check.said)}" if check.said else ""
    return "\n".join(filter(None, [f"{unit}: {why}", health, instance.systemd.last_words(unit)]))


def _check(instance: Instance, unit: str) -> Check:
    return instance.podman.check_of(unit.removesuffix(".service"))


def _line(text: str) -> str:
    return next(reversed(text.strip().splitlines()), "")
