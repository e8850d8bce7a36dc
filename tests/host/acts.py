"""What other administrators do to a host that Pulp runs on, as a table.

The scripts know `$PREFIX` of the instance's names, `$STATE` and `$QUADLETS` (the launcher's
folders), `$CONTENT` (a disk of its own), `$ASIDE` (where things are set aside) and `ctl`, the
systemctl of the instance's user. What undoes an act does nothing where there is nothing to undo.
"""

from __future__ import annotations

from dataclasses import dataclass

from launcher.model import roles

RUNNING, STOPPED = "running", "stopped"
REBOOT, POWER_CUT = "reboot", "reboot --hard"
"""What the lab does, not a script."""


@dataclass(frozen=True)
class Act:
    """One thing that somebody does, while Pulp runs or is stopped.

    Where it takes something away that the launcher cannot bring back, `told` are words one of which
    the refusal has in it, and `undo` is what an administrator would do then.
    """

    name: str
    do: str
    when: tuple[str, ...] = (RUNNING, STOPPED)
    told: tuple[str, ...] = ()
    undo: str = ""
    as_root: bool = False
    users: tuple[str, ...] = ("root", "alice")


def _removes_secret(name: str) -> Act:
    secret = f"$PREFIX-{name}"
    remove, create = f"podman secret rm {secret}", f'podman secret create {secret} "$ASIDE/{name}"'
    return Act(f"secret rm {name}", remove, (STOPPED,), (name,), create)


_VOLUME_BACK = """
podman volume exists $PREFIX-database || podman volume create $PREFIX-database
podman container exists $PREFIX-db || podman volume import $PREFIX-database "$ASIDE/database.tar"
"""


def _removes_database(name: str, do: str) -> Act:
    """Return an act that takes the volume of the database away; it comes back from a copy."""
    return Act(name, do, (STOPPED,), ("database",), _VOLUME_BACK)


PLATFORMS = (
    "podman images --format '{{.Repository}}:{{.Tag}}' --filter reference='*/*/*:platform-*'"
)
GENERATIONS = "podman images --quiet --filter label=io.pulp-launcher.generation"

CLEAN_UPS = (
    Act("system prune", "podman system prune -f"),
    Act("system prune --all", "podman system prune -af", (STOPPED,)),
    Act("image prune --all", "podman image prune -af"),
    Act("container prune", "podman container prune -f"),
    Act("network prune", "podman network prune -f"),
    Act("caches removed", "rm -rf /var/tmp/buildah-cache-* ~/.cache/pulp-launcher"),
    _removes_database("system prune --volumes", "podman system prune -f --volumes"),
)
ENGINE = (
    _removes_database("volume rm database", "podman volume rm $PREFIX-database"),
    *(_removes_secret(name) for name in (roles.FIELD_KEY, roles.DJANGO_KEY, roles.DB_PASSWORD)),
    Act("network rm", "podman network rm -f $PREFIX"),
    Act("volume rm run", "podman volume rm $PREFIX-run", (STOPPED,)),
    Act("volume rm web", "podman volume rm $PREFIX-web", (STOPPED,)),
    Act("generations' images rm", f"podman rmi -f $({GENERATIONS})", (STOPPED,)),
    Act("platforms' names rm", f"{PLATFORMS} | xargs -r podman untag"),
    Act("rm --all", "podman rm -f --all", (RUNNING,)),
    Act("kill of one", "podman kill $(podman ps -q --filter name=$PREFIX | tail -n 1)", (RUNNING,)),
    Act("stop of web", "podman stop -t 1 $PREFIX-web", (RUNNING,)),
    Act("pause of db", "podman pause $PREFIX-db", (RUNNING,)),
)
UNITS = (
    Act("stop of cache", "ctl stop $PREFIX-cache.service", (RUNNING,)),
    Act("stop of db", "ctl stop $PREFIX-db.service", (RUNNING,)),
    Act("kill of web, db", "ctl kill -s KILL $PREFIX-web.service $PREFIX-db.service", (RUNNING,)),
    Act("disable of target", "ctl disable $PREFIX.target"),
    Act("daemon-reload", "ctl daemon-reload"),
    Act("quadlets removed", "rm $QUADLETS/$PREFIX*; ctl daemon-reload"),
    Act("quadlet of db removed", "rm $QUADLETS/$PREFIX-db.container", (STOPPED,)),
    Act("quadlet edited", "sed -i s/Retries=3/Retries=4/ $QUADLETS/$PREFIX-cache.container"),
)
FILES = (
    Act("etc removed", "rm -r $STATE/etc", (STOPPED,)),
    Act("lock file removed", "rm -f $STATE/launcher.lock"),
    Act(
        "generations unreadable",
        "chmod 000 $STATE/generations",
        told=("generations",),
        undo="chmod 755 $STATE/generations",
        users=("alice",),
    ),
    Act(
        "record removed",
        "mv $STATE/current.json $ASIDE/",
        told=("current.json",),
        undo="mv $ASIDE/current.json $STATE/",
    ),
    Act(
        "disk of the content away",
        "umount $CONTENT",
        (STOPPED,),
        told=("content",),
        undo="mountpoint -q $CONTENT || mount $CONTENT",
        as_root=True,
    ),
)
HOST = (
    Act(
        "no DNS",
        "cp /etc/resolv.conf $ASIDE/; : >/etc/resolv.conf",
        undo="cat $ASIDE/resolv.conf >/etc/resolv.conf",
        as_root=True,
    ),
    Act(
        "no route",
        "ip route show default >$ASIDE/route; ip route flush default",
        undo="ip route replace $(cat $ASIDE/route)",
        as_root=True,
    ),
    Act(
        "no lingering",
        # She is logged in herself when she types.
        "systemd-run -q --unit=login -p User=alice -p PAMName=login sleep infinity; sleep 1; "
        "loginctl disable-linger alice; sleep 3",
        told=("linger",),
        undo="loginctl enable-linger alice; sleep 3; systemctl stop login 2>/dev/null || true",
        as_root=True,
        users=("alice",),
    ),
    Act("reboot", REBOOT),
    Act("power cut", POWER_CUT),
)
ACTS = (*CLEAN_UPS, *ENGINE, *UNITS, *FILES, *HOST)
