"""The instance's database: what an image would do to it, and what is in it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from launcher.host import files, postgres
from launcher.host.podman import last_json
from launcher.model import roles
from launcher.model.errors import GateFailed
from launcher.model.migrations import Migrations, tried
from launcher.render.units import run_options

if TYPE_CHECKING:
    import datetime as dt

    from launcher.operations.instance import Instance
    from launcher.render.units import Desired

_COUNTED = {
    "content units": "core_content",
    "repository versions": "core_repositoryversion",
    "publications": "core_publication",
    "distributions": "core_distribution",
    "tasks": "core_task",
}
"""What is counted for a user who is about to lose it, and the table it is in."""


def try_migrations(instance: Instance, wanted: Desired) -> Migrations:
    """Return what the generation's image would do to the running database; nothing is done to it.

    Raises:
        GateFailed: the migrations fail on a copy of the database.

    """
    options = run_options(wanted, roles.role("migrate"))
    done = instance.podman.run(wanted.generation.image, ["try-migrations"], options)
    found = tried(last_json(done.stdout))
    if found is None:
        raise GateFailed(
            f"the migrations of generation {wanted.generation.number} could not be tried on a copy "
            "of the database; the database itself was not touched",
            details=_last_lines(done.stderr),
            hint="Mend the cause, then: pulp-launcher rebuild",
        )
    if found.problem:
        raise GateFailed(
            f"the migrations of generation {wanted.generation.number} fail on a copy of the "
            "database; the database itself was not touched",
            details=found.problem,
            hint="Take the plugin that is to blame out, or choose another version of it; "
            "then: pulp-launcher rebuild",
        )
    return found.migrations


def inspect_migrations(instance: Instance, wanted: Desired) -> Migrations:
    """Return the same without a trial, for a generation of which nothing is on this host yet.

    Raises:
        GateFailed: its image can not tell.

    """
    with tempfile.TemporaryDirectory() as private:
        # Others may not read the settings, the user in the container has to.
        etc = Path(private, "etc")
        files.write(etc / roles.SETTINGS, wanted.settings)
        etc.chmod(0o755)
        options = run_options(wanted, roles.role("migrate"), etc)
        command = ["try-migrations", "--inspect"]
        done = instance.podman.run(wanted.generation.image, command, options)
    found = tried(last_json(done.stdout))
    if done.returncode or found is None:
        raise GateFailed(
            f"the migrations of generation {wanted.generation.number} can not be looked at",
            details=_last_lines(done.stderr),
        )
    return found.migrations


def _last_lines(text: str, count: int = 8) -> str:
    return "\n".join(text.strip().splitlines()[-count:])


def lost_since(instance: Instance, moment: dt.datetime) -> dict[str, int]:
    """Return how many of what the database has got since a moment, by name.

    Raises:
        EngineFailed: it does not answer, so that nobody may take it for nothing.

    """
    sql = " UNION ALL ".join(
        f"SELECT '{what}', count(*) FROM {table} WHERE pulp_created > '{moment.isoformat()}'"  # noqa: S608
        for what, table in _COUNTED.items()
    )
    return postgres.counts(instance.podman, instance.names.container("db"), sql)
