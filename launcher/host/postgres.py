"""The PostgreSQL of an instance, asked in its own container; no answer is never an empty one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from launcher.model.errors import EngineFailed

if TYPE_CHECKING:
    from launcher.host.podman import Podman

Row = tuple[str, ...]

_PSQL = ("with-database", "psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-F", "\t", "-c")
_HINT = "See what the database says: pulp-launcher logs db"


def rows(podman: Podman, container: str, sql: str) -> list[Row]:
    """Return the rows that a statement comes to; raises EngineFailed where it fails."""
    done = podman.execute(container, [*_PSQL, sql])
    if done.returncode:
        raise EngineFailed(
            f"the database in {container} does not answer", details=done.stderr.strip(), hint=_HINT
        )
    return [tuple(line.split("\t")) for line in done.stdout.splitlines()]


def number(podman: Podman, container: str, sql: str) -> int:
    """Return the one whole number that a statement comes to; raises EngineFailed."""
    found = rows(podman, container, sql)
    try:
        ((text,),) = found
        return int(text)
    except ValueError as error:
        raise EngineFailed(
            f"the database in {container} gives an answer that is no number",
            details=repr(found),
            hint=_HINT,
        ) from error


def counts(podman: Podman, container: str, sql: str) -> dict[str, int]:
    """Return a statement's rows of a name and a whole number; raises EngineFailed."""
    found = rows(podman, container, sql)
    try:
        return {name: int(text) for name, text in found}
    except ValueError as error:
        raise EngineFailed(
            f"the database in {container} gives an answer that was not asked for",
            details=repr(found),
            hint=_HINT,
        ) from error
