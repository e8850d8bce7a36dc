"""Which major version of PostgreSQL the data are of, and that no other is let at them.

PostgreSQL can not read the files of another major version. The role db refuses them itself; by then
a switch would have migrated the database and stopped what served.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from launcher.model import roles
from launcher.model.errors import GateFailed, HostUnfit
from launcher.operations.looking import look
from launcher.render.units import host_folder

if TYPE_CHECKING:
    from launcher.model.config import Config
    from launcher.operations.instance import Instance
    from launcher.render.units import Desired

_READ = 'for file in */data/PG_VERSION; do [ ! -e "$file" ] || cat "$file"; done'
_GUIDE = "docs/how-to/another-postgresql.md"


def check_built(instance: Instance, image: str, postgresql: str) -> None:
    """Throw an image away that can not read the data of this instance.

    Raises:
        GateFailed: it brings another PostgreSQL; nothing that runs was touched.

    """
    there = _others(instance, instance.config(), image, postgresql)
    if there:
        instance.podman.remove_image(image)
        raise GateFailed(
            f"the new image brings PostgreSQL {postgresql}, and the data are of PostgreSQL "
            f"{there}; it was thrown away, and what runs was not touched",
            hint=f"Go back to the base of before in {instance.paths.manifest}, or take the data to "
            f"the new one as {_GUIDE} says.",
        )


def check_major(instance: Instance, wanted: Desired) -> None:
    """Make sure that a generation can read the data, where it is not known to do so already.

    Raises:
        HostUnfit: it brings another PostgreSQL; nothing was begun.

    """
    new, current = wanted.generation, instance.current()
    if not new.postgresql or (current and current.postgresql == new.postgresql):
        return
    there = _others(instance, wanted.config, new.image, new.postgresql)
    if there:
        raise HostUnfit(
            f"generation {new.number} brings PostgreSQL {new.postgresql}, and the data are of "
            f"PostgreSQL {there}; nothing was begun",
            hint=f"Remove it with: pulp-launcher generation remove {new.number}; "
            f"or take the data to it as {_GUIDE} says.",
        )


def majors(instance: Instance, config: Config, image: str) -> tuple[str, ...]:
    """Return the major versions of the data that are there; none where there is no database.

    Raises:
        HostUnfit: they can not be looked at, so that nobody may take them for none.

    """
    folder = host_folder(roles.DATABASE, config)
    name = instance.names.volume(roles.DATABASE.name)
    volumes = () if folder else instance.podman.volume_names()
    if not (Path(folder).is_dir() if folder else name in volumes):
        return ()
    place = roles.DATABASE.name
    said = look(instance, image, {place: _READ}, {place: folder or name})[place]
    return tuple(sorted(line for line in said if line.isdigit()))


def _others(instance: Instance, config: Config, image: str, postgresql: str) -> str:
    """Return in words of which versions the data are, where that of an image is none of them."""
    there = majors(instance, config, image) if postgresql else ()
    return "" if postgresql in there else " and ".join(there)
