"""Take a place for that of the data, whatever is in it, because somebody says so."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from launcher.host import files
from launcher.model.errors import NotReady, UsageProblem
from launcher.model.places import PLACES, Place
from launcher.model.toml import nearest
from launcher.operations.changing import reserved
from launcher.operations.places import place_name

if TYPE_CHECKING:
    from launcher.operations.instance import Instance


@dataclass(frozen=True)
class Accepted:
    """The place, and where it is."""

    place: str
    where: str


def accept_place(instance: Instance, name: str) -> Accepted:
    """Let the next start take what is in a place for the data; where nothing is, it makes new ones.

    Raises:
        UsageProblem: there is no such place.
        NotReady: the instance runs.

    """
    volume = {item.name: item for item in PLACES}.get(name)
    if volume is None:
        known = [item.name for item in PLACES]
        hint = f"Places: {', '.join(known)}"
        raise UsageProblem(f"there is no place '{name}'{nearest(name, known)}", hint=hint)
    with reserved(instance):
        if any(item.running for item in instance.podman.containers(instance.names.labels)):
            raise NotReady("the instance runs", hint="Stop it first with: pulp-launcher stop")
        places = instance.places().having(name, Place(id=uuid.uuid4().hex, accepted=True))
        files.write(instance.paths.places, places.model_dump_json())
        return Accepted(name, place_name(instance, instance.config(), volume))
