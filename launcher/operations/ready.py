"""Whether the instance's own are there, its data and its secrets, before anything is started."""

from __future__ import annotations

from typing import TYPE_CHECKING

from launcher.model import roles
from launcher.operations.places import keep_places, survey_places
from launcher.operations.secrets import check_secrets

if TYPE_CHECKING:
    from launcher.model.config import Config
    from launcher.operations.instance import Instance


def check_own(instance: Instance, config: Config) -> None:
    """Make sure that data and secrets are those of the instance, and record the places.

    Raises:
        HostUnfit: a place is not there, or not the one that the data were in.
        NotReady: a secret is gone, or is another one.

    """
    places = survey_places(instance, config)
    check_secrets(instance, fresh=places.places[roles.DATABASE.name].new)
    keep_places(instance, places)
