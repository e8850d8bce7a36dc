"""What an image would do to a database."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from packaging.utils import canonicalize_name
from packaging.version import Version
from pydantic import ValidationError

from launcher.model.generation import Record

if TYPE_CHECKING:
    from collections.abc import Mapping


class Kind(Enum):
    """How migrations go with the older Pulp that is running.

    By Pulp's rules for plugin writers ("Zero-Downtime Upgrades") a migration does not disturb older
    code, unless it says which version it requires (`pulpcore.migrations.RequireVersion`).
    """

    NONE = "none"
    ONLINE = "online"
    GUARDED = "guarded"


@dataclass(frozen=True)
class Migrations:
    """Migrations as `app.name`: those still to run, and those run that the image does not know.

    `guards` are the versions that they require of whatever runs: (app, version).
    """

    pending: tuple[str, ...] = ()
    guards: tuple[tuple[str, str], ...] = ()
    ahead: tuple[str, ...] = ()

    def kind(self, running: Mapping[str, str]) -> Kind:
        """Tell how they go with a Pulp of these versions, by distribution."""
        if not self.pending:
            return Kind.NONE
        refused = any(
            _distribution(app) in running and Version(running[_distribution(app)]) < Version(needed)
            for app, needed in self.guards
        )
        return Kind.GUARDED if refused else Kind.ONLINE


class Tried(Record):
    """What an image's own `try-migrations` says; `problem` is what went wrong on the copy."""

    pending: tuple[str, ...]
    guards: tuple[tuple[str, str], ...]
    ahead: tuple[str, ...]
    problem: str = ""

    @property
    def migrations(self) -> Migrations:
        return Migrations(self.pending, self.guards, self.ahead)


def tried(said: Mapping[str, Any]) -> Tried | None:
    """Return that, or None where it is something else that was said."""
    try:
        return Tried.model_validate(said)
    except ValidationError:
        return None


def _distribution(app: str) -> str:
    """Return the distribution of a Django app of Pulp, by Pulp's rule for names."""
    return "pulpcore" if app == "core" else canonicalize_name(f"pulp-{app}")
