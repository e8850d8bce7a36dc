"""`make bench`: one table of how long the launcher takes, measured on a throw-away host."""

from __future__ import annotations

import json
import os
import statistics
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from launcher import catalogue
from launcher.model.catalogue import presets
from tests.acceptance.install import install
from tests.bench.switching import ROLES, switches
from tests.host.actor import Actor
from tests.lab import Host

if TYPE_CHECKING:
    from collections.abc import Iterator

HOST = "bench"
CACHE = "/var/cache/pulp-launcher"
CLASH = "pulp_rpm<3.25"
"""A release for a pulpcore of long ago."""
# What pypi.org says of its answers; a mirror may forbid to keep any.
KEEPING = """
mkdir -p /etc/uv
cat >/etc/uv/uv.toml <<'TOML'
[[index]]
url = "https://pypi.org/simple"
default = true
cache-control = { api = "max-age=600", files = "max-age=365000000, immutable" }
TOML
"""
# Runs on the host itself, so that entering it is not measured.
MEASURE = """
import json, resource, subprocess, sys, time
def cpu():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
argv, found = sys.argv[2:], []
for _ in range(int(sys.argv[1])):
    wall, busy = time.monotonic(), cpu()
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    found.append((time.monotonic() - wall, cpu() - busy))
print(json.dumps(found))
"""


@dataclass(frozen=True)
class Row:
    """A measurement in seconds, what it is called, and what was hoped for."""

    what: str
    wall: float
    cpu: float
    goal: str = ""


def measure(actor: Actor, what: str, *argv: str, times: int = 1, goal: str = "") -> Row:
    found = json.loads(actor.run("python3", "-c", MEASURE, str(times), *argv))
    wall, cpu = (statistics.median(values) for values in zip(*found, strict=True))
    return Row(what, wall, cpu, goal)


def rows(actor: Actor) -> Iterator[Row]:
    """Measure one thing after the other, side by side on the same host."""
    bare = measure(actor, "python3 -c pass", "python3", "-c", "pass", times=5)
    version = measure(actor, "--version", "pulp-launcher", "--version", times=5, goal="< 0.25 s")
    yield bare
    yield version
    yield multiple("python3", version, bare)
    yield measure(actor, "status", *actor.argv("status"), times=5, goal="< 1 s of cpu")
    yield measure(actor, "rebuild, nothing to do", *actor.argv("rebuild"), times=3, goal="< 1 s")
    yield measure(actor, "second start", *actor.argv("start"), times=3, goal="< 1.5 s")
    yield from plugins(actor)
    cycle = "; ".join(" ".join(actor.argv(word)) for word in ("stop", "start"))
    cycle += "; until pulp-launcher status; do sleep 0.1; done"
    yield measure(actor, "stop, start, until healthy", "sh", "-ec", cycle, goal="< 30 s")


def multiple(of: str, row: Row, other: Row) -> Row:
    return Row(f"  … as a multiple of {of}", row.wall / other.wall, row.cpu / other.cpu)


def plugins(actor: Actor) -> Iterator[Row]:
    """Add plugins to an instance that nothing runs of: with all in the caches, and with nothing."""
    actor.host.run(["bash", "-euc", KEEPING])
    spare = actor.other("spare")
    spare.init()
    spare.launcher("plugin", "add", "pulp_npm")
    spare.launcher("plugin", "remove", "pulp_npm")
    warm = measure(
        spare, "plugin add, warm", *spare.argv("plugin", "add", "pulp_npm"), goal="< 5 s"
    )
    yield warm
    refused = ("sh", "-c", '! "$@"', "sh", *spare.argv("plugin", "add", CLASH))
    assert "do not fit together" in spare.try_(*spare.argv("plugin", "add", CLASH)).stderr
    clash = measure(spare, "plugin add that clashes, warm", *refused, times=3, goal="< 5 s")
    yield clash
    yield multiple("the warm add", clash, warm)
    spare.run("rm", "-r", CACHE)
    everything = presets(catalogue.presets())["everything"].plugins
    cold = measure(
        spare, "all that fit, cold cache", *spare.argv("plugin", "add", *everything), goal="< 10 s"
    )
    yield cold
    yield multiple("the warm add", cold, warm)
    spare.launcher("destroy", "--purge", "--yes")


def main() -> int:
    host = Host(HOST)
    host.down()
    host.up(owner=os.getpid())
    actor = Actor(host, "root", 8080)
    try:
        install(host)
        actor.bring_up()
        print(f"{'':42} {'wall s':>8} {'cpu s':>8}  goal", flush=True)
        for row in rows(actor):
            print(f"{row.what:42} {row.wall:8.2f} {row.cpu:8.2f}  {row.goal}", flush=True)
        print(f"\n{'seconds; longest time without':31}", *(f"{role:>8}" for role in ROLES))
        for one in switches(actor):
            away = (f"{one.away[role]:8.2f}" for role in ROLES)
            print(f"{one.what:22} {one.seconds:8.2f}", *away, flush=True)
    finally:
        host.down()
    return 0


if __name__ == "__main__":
    sys.exit(main())
