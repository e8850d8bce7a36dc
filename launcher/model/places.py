"""The identity of each place of data, and what it means for a start that one is not as recorded.

A marker lies in the place itself, and the launcher's record has the same ID: so an empty mount
point, a volume made again or another instance's folder is never taken for the data.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from launcher.model import roles
from launcher.model.generation import Record

MARKER = ".pulp-launcher.json"
"""The file in a place that says whose it is."""

PLACES = (roles.CONTENT, roles.DATABASE)

SIGNS = {roles.CONTENT.name: "media", roles.DATABASE.name: "*/data/PG_VERSION"}
"""What is there in each place that has been used, as a pattern of the shell."""


class Marker(Record):
    """What a marker says; one that is `new` stands in a place that was not used yet."""

    instance: str
    place: str
    id: str
    new: bool = False


class Place(Record):
    """What the launcher knows of a place: its ID, and whether the marker was written.

    One that is `accepted` is taken as it is, whatever it holds: somebody said so. `new` is as in
    the marker. `volume` is the volume of podman that was made for it, where it is no host folder.
    """

    id: str
    made: bool = False
    accepted: bool = False
    new: bool = False
    volume: str = ""


class Places(Record):
    """The launcher's record of the places of an instance, by the names of the volumes."""

    places: Mapping[str, Place] = {}

    def ids(self) -> dict[str, str]:
        return {name: place.id for name, place in self.places.items()}

    def having(self, name: str, place: Place) -> Places:
        return Places(places={**self.places, name: place})


@dataclass(frozen=True)
class Seen:
    """What is in a place: whether it is there at all, its marker, and whether it was used."""

    there: bool
    marker: Marker | None = None
    used: bool = False


class Verdict(enum.Enum):
    """What becomes of a place: the first two are good, all others stop the start."""

    KEEP = "it is the one that the record knows"
    MARK = "it gets a marker"
    GONE = "it is not there"
    UNMARKED = "it is not the place that the data were in: nothing in it says so"
    EMPTIED = "it has its marker, and the data are gone"
    FOREIGN = "it belongs to the instance '{instance}'"
    ANOTHER = "it is another one than the data were in last"


def judge(known: Place | None, seen: Seen, instance: str, *, served: bool) -> Verdict:
    """Return what becomes of a place; `served` says that the instance has been started before."""
    marker = seen.marker
    if known and known.accepted:
        return Verdict.MARK
    if marker and marker.instance != instance:
        return Verdict.FOREIGN
    if known and known.made:
        return _as_recorded(known, seen)
    if marker:
        return Verdict.KEEP
    if not served or seen.used:
        return Verdict.MARK
    # It was started by a launcher that made no markers, so there were data.
    return Verdict.UNMARKED if seen.there else Verdict.GONE


def _as_recorded(known: Place, seen: Seen) -> Verdict:
    if not seen.there:
        return Verdict.GONE
    if seen.marker is None:
        return Verdict.UNMARKED
    if seen.marker.id != known.id:
        return Verdict.ANOTHER
    return Verdict.KEEP if seen.used or seen.marker.new else Verdict.EMPTIED
