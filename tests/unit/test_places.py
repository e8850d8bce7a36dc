"""Never an empty place, or another's, in place of the data: places that others took away."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from launcher.host import files
from launcher.model import roles
from launcher.model.errors import HostUnfit, NotReady
from launcher.model.places import PLACES, Marker, Place, Seen, Verdict, judge
from launcher.operations.accept_place import accept_place
from launcher.operations.change_plugins import add_plugins
from launcher.operations.destroy import destroy
from launcher.operations.looking import inside
from launcher.operations.places import question
from launcher.operations.rebuild import rebuild
from launcher.operations.start import start
from launcher.operations.stop import restart, stop
from launcher.render.places import guarded

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.fakes import World

OURS = Marker(instance="pulp", place="database", id="a")
MADE = Place(id="a", made=True)


@pytest.fixture
def stopped(world: World) -> World:
    add_plugins(world.instance, ["rpm"])
    rebuild(world.instance)
    start(world.instance)
    stop(world.instance)
    return world


@pytest.mark.parametrize(
    ("known", "seen", "served", "verdict"),
    [
        (None, Seen(there=False), False, Verdict.MARK),
        (None, Seen(there=False), True, Verdict.GONE),
        (None, Seen(there=True), True, Verdict.UNMARKED),
        (None, Seen(there=True, used=True), True, Verdict.MARK),
        (None, Seen(there=True, used=True), False, Verdict.MARK),
        (None, Seen(there=True, marker=OURS), True, Verdict.KEEP),
        (MADE, Seen(there=False), False, Verdict.GONE),
        (MADE, Seen(there=True), True, Verdict.UNMARKED),
        (MADE, Seen(there=True, used=True), True, Verdict.UNMARKED),
        (MADE, Seen(there=True, marker=OURS), True, Verdict.EMPTIED),
        (MADE, Seen(there=True, marker=OURS, used=True), True, Verdict.KEEP),
        (Place(id="b", made=True), Seen(there=True, marker=OURS, used=True), True, Verdict.ANOTHER),
        (Place(id="b", accepted=True), Seen(there=False), True, Verdict.MARK),
    ],
)
def test_what_becomes_of_a_place(
    known: Place | None, seen: Seen, *, served: bool, verdict: Verdict
) -> None:
    assert judge(known, seen, "pulp", served=served) is verdict


@pytest.mark.parametrize("known", [None, MADE])
def test_a_place_of_another_instance_is_refused_unless_accepted(known: Place | None) -> None:
    seen = Seen(there=True, marker=OURS, used=True)
    assert judge(known, seen, "second", served=False) is Verdict.FOREIGN
    assert judge(Place(id="x", accepted=True), seen, "second", served=False) is Verdict.MARK


@pytest.mark.parametrize("name", ["pulp-database", "pulp-pulp"])
@pytest.mark.parametrize("again", ["", "made again by podman"])
def test_a_volume_that_is_gone_stops_all_that_starts(stopped: World, name: str, again: str) -> None:
    stopped.podman.remove_volume(name)
    if again:
        stopped.podman.volume_labels[name] = {}
    before = stopped.files()
    for action in (lambda: start(stopped.instance), lambda: restart(stopped.instance, None)):
        with pytest.raises(HostUnfit, match=f"without its data.*{name}") as caught:
            action()
        assert "storage accept" in caught.value.hint
    assert stopped.files() == before
    assert not stopped.up
    assert (name in stopped.podman.volume_labels) == bool(again)


def test_a_folder_that_is_gone_is_not_made_again(stopped: World, tmp_path: Path) -> None:
    folder = tmp_path / "mounted"
    folder.mkdir()
    stopped.podman.places[str(folder)] = stopped.podman.places["pulp-database"]
    stopped.configure('database = ""', f'database = "{folder}"')
    start(stopped.instance)
    stop(stopped.instance)
    folder.rmdir()
    with pytest.raises(HostUnfit, match="it is not there"):
        start(stopped.instance)
    assert not folder.exists()


def test_data_that_are_given_up_are_made_anew(stopped: World) -> None:
    stopped.podman.remove_volume("pulp-database")
    accept_place(stopped.instance, "database")
    start(stopped.instance)
    assert stopped.up
    stop(stopped.instance)
    stopped.podman.remove_volume("pulp-database")
    with pytest.raises(HostUnfit):
        start(stopped.instance)


def test_what_runs_is_not_accepted(stopped: World) -> None:
    start(stopped.instance)
    with pytest.raises(NotReady, match="runs"):
        accept_place(stopped.instance, "database")


def test_an_instance_without_a_record_is_adopted_once(stopped: World) -> None:
    files.remove(stopped.instance.paths.places)
    files.remove(stopped.instance.paths.secrets)
    for place in stopped.podman.places.values():
        place["marker"] = None
    start(stopped.instance)
    known = stopped.instance.places().places
    marker = json.loads(stopped.podman.places["pulp-database"]["marker"])
    assert (known["database"].made, known["database"].id) == (True, marker["id"])


def test_an_instance_that_was_destroyed_finds_its_data_or_says_that_they_are_gone(
    stopped: World,
) -> None:
    destroy(stopped.instance, purge=False)
    rebuild(stopped.instance)
    stopped.podman.places["pulp-database"]["used"] = False
    with pytest.raises(HostUnfit, match="the data are gone"):
        start(stopped.instance)
    stopped.podman.places["pulp-database"]["used"] = True
    start(stopped.instance)


def test_a_volume_that_podman_made_again_goes_with_the_instance(stopped: World) -> None:
    stopped.podman.volume_labels["pulp-web"] = {}
    stopped.podman.volume_labels["pulp-other"] = {}
    destroy(stopped.instance, purge=True)
    assert set(stopped.podman.volume_labels) == {"pulp-other"}


@pytest.mark.usefixtures("real_programs")
@pytest.mark.parametrize(
    ("files_there", "status"),
    [
        ({}, 1),
        ({"17/data/PG_VERSION": "17"}, 1),
        ({".pulp-launcher.json": '{"id": "a1b2"}'}, 1),
        ({".pulp-launcher.json": '{"id": "zzzz"}', "17/data/PG_VERSION": "17"}, 1),
        ({".pulp-launcher.json": '{"id": "a1b2"}', "17/data/PG_VERSION": "17"}, 0),
        ({".pulp-launcher.json": '{"id": "a1b2", "new": true}'}, 0),
    ],
)
def test_a_unit_refuses_by_itself(tmp_path: Path, files_there: dict[str, str], status: int) -> None:
    """After a boot, systemd starts the units before anybody can look."""
    for name, content in files_there.items():
        files.write(tmp_path / name, content)
    command = guarded(roles.role("db"), [roles.role("db").name], {"database": "a1b2"})
    script = command.removeprefix('sh -c "').removesuffix('"').replace('\\"', '"')
    script = script.replace("/var/lib/pgsql", str(tmp_path)).replace("exec db", "exec true")
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == status
    assert ("not the data" in done.stderr) == bool(status)


@pytest.mark.usefixtures("real_programs")
def test_what_either_sees_is_there_and_what_nobody_sees_is_not_taken_for_nothing(
    tmp_path: Path,
) -> None:
    """The script of a look, in a real shell."""
    files.write(tmp_path / "database/17/data/PG_VERSION", "17\n")
    files.write(tmp_path / "database/.pulp-launcher.json", '{"id": "a1b2"}\n')
    scripts = [inside(volume.name, question(volume)) for volume in PLACES]
    text = "; ".join(scripts).replace("/places/", f"{tmp_path}/")
    said = subprocess.run(["sh", "-c", text], capture_output=True, text=True, check=False).stdout
    assert said.splitlines() == [
        "database (open)", "database used", 'database {"id": "a1b2"}',
    ]  # fmt: skip
