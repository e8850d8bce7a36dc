"""A snapshot of the database, which is read before it is trusted, and the way back to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from launcher.host import files, machine, package
from launcher.model import roles
from launcher.model.errors import EngineFailed
from launcher.render.units import beside_database

if TYPE_CHECKING:
    from pathlib import Path

    from launcher.operations.instance import Instance

# zstd is several times as fast, and unknown to PostgreSQL before 16.
_DUMP = (
    "case $(pg_dump --version) in *' 1'[0-5]'.'*) set -- ;; *) set -- --compress=zstd ;; esac; "
    'exec with-database pg_dump --format=custom "$@" pulp'
)
_READ = ("pg_restore", "--file=/dev/null")
_FOLDER = "/snapshots"

MOST_JOBS = 4
"""How many may load a dump at once: tables and indexes are many, but the disk is one."""


def take_snapshot(instance: Instance, path: Path) -> None:
    """Dump the database to a file, and read all of that back.

    Raises:
        EngineFailed: it can not be dumped, or what was dumped can not be read; it is gone then.
        HostUnfit: the disk is full.

    """
    container = instance.names.container("db")
    with files.translated(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            instance.podman.save(container, ("sh", "-euc", _DUMP), path)
        except EngineFailed as error:
            raise EngineFailed(f"pg_dump failed in {container}", details=error.details) from error
    try:
        instance.podman.load(container, _READ, path)
    except EngineFailed:
        files.remove(path)
        raise


def restore_snapshot(instance: Instance, path: Path) -> None:
    """Put a snapshot in the place of the database, whole or not at all; raises EngineFailed.

    That is the work of our own script, as the image of the database may be an older one.
    """
    script = (package.containers() / "bin" / "restore-database").read_text(encoding="utf-8")
    jobs = min(machine.processors(), MOST_JOBS)
    command = ["sh", "-euc", script, "restore-database", f"{_FOLDER}/{path.name}", str(jobs)]
    options = [
        *beside_database(instance.names),
        # One that goes on since a launcher was killed may not do so beside this.
        *("--replace", f"--name={instance.names.container('restore')}"),
        f"--volume={path.parent}:{_FOLDER}:ro,z",
    ]
    done = instance.podman.run(_image(instance), command, options)
    if done.returncode:
        raise EngineFailed(
            f"the snapshot {path} could not be put back; the database is as it was before that",
            details=done.stderr.strip(),
            hint="See what the database says: pulp-launcher logs db",
        )
    # It holds answers that were made from the other database.
    flush = ["valkey-cli", "-s", "/run/pulp/cache.sock", "flushall"]
    instance.podman.answer(instance.names.container("cache"), flush)


def _image(instance: Instance) -> str:
    """Return the image that the database runs from: its programs go with the server."""
    name = instance.names.container(roles.role("db").name)
    found = [item.image for item in instance.podman.containers(instance.names.labels)
             if item.name == name]  # fmt: skip
    if not found:
        raise EngineFailed(
            f"the container {name} is not there, so that no snapshot can be put back",
            hint="Start it with: pulp-launcher start",
        )
    return found[0]
