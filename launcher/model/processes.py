"""The processes of Pulp by what they wrote of themselves into the database: `1@pulp-api-7`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from launcher.model import roles

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

TABLES = ("core_appstatus", "core_apiappstatus", "core_contentappstatus", "core_worker")
"""Where they write it, in all versions of Pulp (containers/bin/try-migrations has it too)."""

_OF_PULP = "|".join(role.name for role in roles.ROLES if role.beside)


def ended(hosts: Iterable[str], prefix: str, running: Collection[str]) -> tuple[str, ...]:
    """Return those of the host names that are containers of the instance and run no more.

    A name that no container of ours can have is somebody else's, and may well be alive.
    """
    ours = re.compile(rf"{re.escape(prefix)}-({_OF_PULP})(-\d+)+")
    return tuple(sorted({name for name in hosts if ours.fullmatch(name)} - set(running)))
