"""The places that the data are in: never an empty one, or another's, in place of the data."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from launcher.host import files
from launcher.host.podman import last_json
from launcher.model import roles
from launcher.model.errors import HostUnfit, NotReady
from launcher.model.places import MARKER, PLACES, SIGNS, Marker, Place, Seen, Verdict, judge
from launcher.operations.looking import look
from launcher.operations.storage import moved_from
from launcher.render.units import CONFINED, USER, host_folder

if TYPE_CHECKING:
    from launcher.model.config import Config
    from launcher.model.places import Places
    from launcher.model.roles import Volume
    from launcher.operations.instance import Instance
    from launcher.render.units import Desired

# No label is changed: that of millions of files would take long.
_OPTIONS = (*CONFINED, "--security-opt=label=disable", f"--user={USER}")

_MARKED = {"made": True, "accepted": False}


def survey_places(instance: Instance, config: Config) -> Places:
    """Return what is to be recorded of the places; nothing is written, here or there.

    Raises:
        HostUnfit: a place is not there, or not the one that the data were in.

    """
    known = instance.places()
    served = instance.record() is not None
    found = _look(instance, config)
    for volume in PLACES:
        old, seen = known.places.get(volume.name), found[volume.name]
        verdict = judge(old, seen, instance.names.instance, served=served)
        if verdict not in {Verdict.KEEP, Verdict.MARK}:
            raise _refusal(instance, config, volume, verdict, seen)
        known = known.having(volume.name, _place(instance, config, volume, old, seen))
    return known


def keep_places(instance: Instance, places: Places) -> None:
    if places != instance.places():
        files.write(instance.paths.places, places.model_dump_json())


def is_new(instance: Instance, volume: Volume = roles.DATABASE) -> bool:
    """Tell whether nothing has used a place yet, after it was claimed."""
    place = instance.places().places.get(volume.name)
    return place is not None and place.new


def mark_places(instance: Instance, wanted: Desired) -> None:
    """Make the volumes that are not there, and write the markers of places that have none."""
    make_volumes(instance, wanted.config)
    known = instance.places()
    for volume in PLACES:
        place = known.places[volume.name]
        if not place.made or place.accepted:
            _mark(instance, wanted, volume, place)
            known = known.having(volume.name, place.model_copy(update=_MARKED))
            keep_places(instance, known)


def settle_places(instance: Instance, wanted: Desired) -> None:
    """Have it that the places were used: from now on, they are not the data without data."""
    known = instance.places()
    for volume in PLACES:
        place = known.places[volume.name]
        if place.new:
            settled = place.model_copy(update={"new": False})
            _mark(instance, wanted, volume, settled)
            known = known.having(volume.name, settled)
            keep_places(instance, known)


def make_volumes(instance: Instance, config: Config) -> None:
    """Make the volumes that are missing, with our label, as podman would make them without."""
    there = instance.podman.volume_names()
    for volume in roles.VOLUMES:
        name = instance.names.volume(volume.name)
        if not host_folder(volume, config) and name not in there:
            instance.podman.create_volume(name, instance.names.labels)


def place_name(instance: Instance, config: Config, volume: Volume) -> str:
    return host_folder(volume, config) or f"the volume {instance.names.volume(volume.name)}"


def missing_places(instance: Instance, config: Config) -> list[str]:
    """Return what of the places that were used is not there, in words; none is looked into."""
    known, volumes = instance.places().places, instance.podman.volume_names()
    return [
        f"the data in {place_name(instance, config, item)} are gone"
        for item in PLACES
        if item.name in known and known[item.name].made
        if not _is_there(instance, config, item, volumes)
    ]


def _is_there(instance: Instance, config: Config, volume: Volume, volumes: set[str]) -> bool:
    folder = host_folder(volume, config)
    # A network's disk that does not answer is not there, and not nothing either.
    with files.translated(Path(folder)):
        return Path(folder).exists() if folder else instance.names.volume(volume.name) in volumes


def _place(
    instance: Instance, config: Config, volume: Volume, old: Place | None, seen: Seen
) -> Place:
    """Return what the record says of a place that was found good."""
    named = "" if host_folder(volume, config) else instance.names.volume(volume.name)
    if seen.marker and not (old and old.accepted):
        return Place(id=seen.marker.id, made=True, new=seen.marker.new, volume=named)
    fresh = old or Place(id=_new_id())
    return fresh.model_copy(update={"new": not seen.used, "volume": named})


def _look(instance: Instance, config: Config) -> dict[str, Seen]:
    """Return what is in each place, by name; what is not there is not made by looking."""
    volumes = instance.podman.volume_names()
    there = [item for item in PLACES if _is_there(instance, config, item, volumes)]
    found = {item.name: Seen(there=False) for item in PLACES}
    if there:
        sources = {
            item.name: host_folder(item, config) or instance.names.volume(item.name)
            for item in there
        }
        scripts = {item.name: question(item) for item in there}
        said = look(instance, _image(instance), scripts, sources)
        found |= {name: _seen(lines) for name, lines in said.items()}
    return found


def question(volume: Volume) -> str:
    """Return the shell command that says what is in a place, where it is run."""
    sign = SIGNS[volume.name]
    return f"ls -d {sign} >/dev/null 2>&1 && echo used; [ ! -e {MARKER} ] || echo $(cat {MARKER})"


def _seen(said: list[str]) -> Seen:
    values = [last_json(line) for line in said if line != "used"]
    marker = Marker.model_validate(values[0]) if values and "id" in values[0] else None
    return Seen(there=True, marker=marker, used="used" in said)


def _image(instance: Instance) -> str:
    """Return an image of ours that is there; any will do."""
    names = [name for item in instance.generations() for name in (item.image, item.platform)]
    found = next((name for name in names if instance.podman.image_id(name)), None)
    if found is None:
        hint = "Build one with: pulp-launcher rebuild"
        raise NotReady("no image of the instance is there any more", hint=hint)
    return found


def _mark(instance: Instance, wanted: Desired, volume: Volume, place: Place) -> None:
    """Write the marker, whole or not at all, as the user who can write there."""
    marker = Marker(instance=instance.names.instance, place=volume.name, id=place.id, new=place.new)
    text = json.dumps(marker.model_dump())
    source = host_folder(volume, wanted.config) or instance.names.volume(volume.name)
    script = f"cd {volume.path} && echo '{text}' >{MARKER}.new && mv {MARKER}.new {MARKER} && sync"
    # A volume that is mounted where it belongs gets the folders of the image.
    options = [*_OPTIONS, f"--volume={source}:{volume.path}"]
    done = instance.podman.run(wanted.generation.image, ["sh", "-c", script], options)
    if done.returncode:
        where = place_name(instance, wanted.config, volume)
        raise HostUnfit(f"nothing can be written to {where}", details=done.stderr.strip())


def _new_id() -> str:
    return uuid.uuid4().hex


def _refusal(
    instance: Instance, config: Config, volume: Volume, verdict: Verdict, seen: Seen
) -> HostUnfit:
    where, old = place_name(instance, config, volume), moved_from(instance, config, volume)
    if old and verdict in {Verdict.GONE, Verdict.UNMARKED}:
        return HostUnfit(
            f"Pulp would start without its data: {volume.name} under [storage] was changed, and "
            f"they are not in {where}; the data are in {old}",
            hint=f"Set it back in {instance.paths.config}, or copy the data first, as "
            "docs/how-to/move-the-data.md says.",
        )
    owner = seen.marker.instance if seen.marker else ""
    what = "mount its disk, or restore it" if host_folder(volume, config) else "restore it"
    return HostUnfit(
        f"Pulp would start without its data ({volume.name}), which were in {where}: "
        f"{verdict.value.format(instance=owner)}",
        hint=f"Bring the data back ({what}), then: pulp-launcher start. Only where they are given "
        f"up, or you know that what is there is right: pulp-launcher storage accept {volume.name}",
    )
