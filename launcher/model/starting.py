"""What is to be thought of a unit that shall come up, by systemd's and podman's word for it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

DEATHS = 3
"""How often a role may end by itself before it is given up; each time it waits 2 seconds."""

UNTOLD_SECONDS = 5
"""How long after podman systemd may take to learn that a role is healthy."""

REFUSED_SECONDS = 30
"""How long a server that answers may answer its health check with an error."""

REFUSED = "curl: (22)"
"""What a health check says where the server answered, and not well."""

AGAIN = "auto-restart"
"""How systemd's words for a unit begin that ended by itself and is started again."""


class Verdict(Enum):
    """Whether a unit is up."""

    UP = "up"
    WAITING = "waiting"
    UNTOLD = "untold"
    """podman calls it healthy, and systemd was never told."""
    FAILED = "failed"


@dataclass(frozen=True)
class Seen:
    """A unit as it is now.

    `active`, `sub` and `result` are systemd's words, `job` is whether it has something to do with
    the unit still, `deaths` how often it started the unit again since we wait. `health` is podman's
    word. The times are in seconds: since we wait, since podman first called it healthy while
    systemd waited on, and since its check was first answered with an error; `limit` is how long
    it may take to be healthy where systemd does not look at that. `patient` says that what it
    needs is not there, so that it may end as often as it does.
    """

    active: str
    sub: str = ""
    result: str = "success"
    job: bool = False
    deaths: int = 0
    health: str = ""
    waited: float = 0
    untold: float = 0
    refused: float = 0
    limit: float = 300
    patient: bool = False


def judge(seen: Seen) -> tuple[Verdict, str]:
    """Return whether a unit is up and, where it is given up, why."""
    given_up = _given_up(seen)
    if given_up:
        return Verdict.FAILED, given_up
    if seen.job and seen.active != "activating":
        return Verdict.WAITING, ""
    if seen.active == "active":
        # An older podman calls a role started when it runs. Of one that was healthy once and is not
        # now, the gate says more.
        return (Verdict.WAITING if seen.health == "starting" else Verdict.UP), ""
    if seen.health == "healthy" and seen.untold >= UNTOLD_SECONDS:
        return Verdict.UNTOLD, ""
    return Verdict.WAITING, ""


def _given_up(seen: Seen) -> str:
    if seen.active in {"inactive", "failed"}:
        ended = "it did not start" if seen.active == "inactive" else "it failed"
        return "" if seen.job else ended
    if seen.active == "active" and seen.health != "starting":
        return ""
    given_up = {
        "it was not healthy in time": seen.result == "timeout" and seen.sub.startswith(AGAIN),
        f"it ended by itself {seen.deaths} times": seen.deaths >= DEATHS and not seen.patient,
        f"its server answers the health check with an error for {seen.refused:.0f} seconds": (
            seen.refused >= REFUSED_SECONDS and not seen.patient
        ),
        f"it is not healthy after {seen.waited:.0f} seconds": (
            seen.active == "active" and seen.waited >= seen.limit
        ),
    }
    return next((why for why, holds in given_up.items() if holds), "")
