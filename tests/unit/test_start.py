"""Start: every unit that is up runs from what the config and the newest generation say."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from launcher.host import files
from launcher.model import roles
from launcher.model.errors import (
    GateFailed,
    HostUnfit,
    InputInvalid,
    LauncherError,
    NotReady,
    StartFailed,
    UnitFailed,
)
from launcher.operations.change_plugins import add_plugins
from launcher.operations.destroy import destroy
from launcher.operations.init import init
from launcher.operations.rebuild import rebuild
from launcher.operations.start import start
from launcher.operations.status import status
from launcher.operations.stop import stop
from launcher.operations.up import up
from tests.unit.fakes import Killed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.unit.fakes import World


@pytest.fixture
def built(world: World) -> World:
    add_plugins(world.instance, ["rpm"])
    rebuild(world.instance)
    return world


@pytest.fixture
def started(built: World) -> World:
    start(built.instance)
    return built


def assert_runs_as_installed(world: World) -> None:
    folder = world.instance.paths.quadlet_dir
    installed = {
        f"{path.stem}.service": path.read_text("utf-8") for path in folder.glob("*.container")
    }
    assert world.up == installed


def test_all_roles_are_up_and_come_back_at_boot(built: World) -> None:
    done = start(built.instance)
    assert_runs_as_installed(built)
    assert built.service("worker", 1, 2) in built.systemd.running
    assert len(built.up) == len(roles.ROLES) + 1
    assert "pulp.target" in built.systemd.running
    assert built.systemd.enabled == {"pulp.target", "pulp-resume.service"}
    assert (done.generation, done.url) == (1, "http://pulp.example:8080")
    current = built.instance.current()
    assert current
    assert current.number == 1


def test_the_database_is_migrated_before_pulp_starts(built: World) -> None:
    start(built.instance)
    first, migrate, rest = [units for verb, units in built.systemd.acts if verb == "start"]
    assert first == (built.service("db"), built.service("cache"))
    assert migrate == (built.service("migrate"),)
    assert {built.service("api", 1), built.service("content", 1)} <= set(rest)


def test_secrets_are_made_once_and_differ(started: World) -> None:
    before = dict(started.podman.values)
    assert set(before) == {started.instance.names.secret(name) for name in roles.SECRETS}
    assert len(set(before.values())) == len(before)
    assert "BEGIN PUBLIC KEY" in before["pulp-token-public-key"]
    start(started.instance)
    assert started.podman.values == before


def test_no_file_holds_a_secret(started: World) -> None:
    for path, content in started.files().items():
        for value in started.podman.values.values():
            assert value.encode() not in content, path


def test_a_second_start_changes_nothing(started: World) -> None:
    before, running = started.files(), dict(started.systemd.running)
    done = start(started.instance)
    assert (done.changed, done.restarted) == ((), ())
    assert started.files() == before
    assert started.systemd.running == running


@pytest.mark.parametrize(
    ("old", "new", "concerned"),
    [
        ("port = 8080", "port = 8081", {"web", "api", "content", "worker"}),
        ("[settings]", "[settings]\nANALYTICS = false", {"api", "content", "worker"}),
        ("[api]\nprocesses = 2", "[api]\nprocesses = 3", {"api"}),
        ("[content]\nprocesses = 2", "[content]\nprocesses = 3", {"content"}),
        ("count = 2", "count = 3", set()),
        ("hostname =", "# the name\nhostname =", set()),
    ],
)
def test_a_changed_config_restarts_only_the_units_that_read_it(
    started: World, old: str, new: str, concerned: set[str]
) -> None:
    since = len(started.systemd.acts)
    started.configure(old, new)
    done = start(started.instance)
    assert {unit.removeprefix("pulp-").split(".")[0].split("-")[0] for unit in done.restarted} == (
        concerned
    )
    stopped = {
        unit for verb, units in started.systemd.acts[since:] if verb != "start" for unit in units
    }
    # The migrations are no running container; they go before what reads their database.
    assert stopped - {started.service("migrate")} == set(done.restarted)
    assert (started.service("migrate") in stopped) == bool(concerned)
    assert_runs_as_installed(started)


def test_fewer_workers_are_stopped_and_their_units_removed(started: World) -> None:
    started.configure("count = 2", "count = 1")
    done = start(started.instance)
    assert done.changed == ("pulp-worker-1-2.container",)
    assert started.service("worker", 1, 2) not in started.systemd.running
    assert_runs_as_installed(started)


def test_a_new_generation_replaces_the_old_one(started: World) -> None:
    add_plugins(started.instance, ["deb"])
    rebuild(started.instance)
    done = start(started.instance)
    assert done.generation == 2
    assert_runs_as_installed(started)
    current = started.instance.current()
    assert current
    assert current.number == 2


def test_units_of_others_are_left_alone(built: World) -> None:
    folder = built.instance.paths.quadlet_dir
    folder.mkdir(parents=True)
    label = "\n[Container]\nLabel=io.pulp-launcher.instance=other\n"
    others = {"pulp-worker-9.container": "[Container]\nImage=x\n", "pulp-x-api.container": label}
    for name, text in others.items():
        (folder / name).write_text(text, "utf-8")
    start(built.instance)
    for name, text in others.items():
        assert (folder / name).read_text("utf-8") == text


def test_before_a_build_the_next_step_is_told(world: World) -> None:
    init(world.instance)
    before = world.files()
    with pytest.raises(NotReady) as caught:
        start(world.instance)
    assert "pulp-launcher rebuild" in caught.value.hint
    assert world.files() == before


def test_an_image_that_is_gone_is_told(built: World) -> None:
    newest = built.instance.newest()
    assert newest
    built.podman.remove_image(newest.image)
    with pytest.raises(NotReady, match="is gone") as caught:
        start(built.instance)
    assert "pulp-launcher rebuild" in caught.value.hint


def assert_refused(world: World, kind: type[LauncherError], word: str, *hints: str) -> None:
    before, secrets = world.files(), dict(world.podman.values)
    with pytest.raises(kind, match=word) as caught:
        start(world.instance)
    for hint in hints:
        assert hint in caught.value.hint
    assert world.files() == before
    assert world.podman.values == secrets
    assert not world.systemd.running


def test_a_port_that_is_taken_is_told_by_whom(built: World) -> None:
    built.ports[8080] = "nginx (process 7)"
    config = str(built.instance.paths.config)
    assert_refused(built, HostUnfit, r"port 8080 is taken by nginx \(process 7\)", config)


def test_the_port_of_our_own_web_role_is_not_taken(started: World) -> None:
    started.ports[8080] = "rootlessport (process 7)"
    start(started.instance)


def test_a_new_port_that_is_taken_is_told_before_anything_changes(started: World) -> None:
    started.ports[9090] = "cockpit (process 7)"
    started.configure("port = 8080", "port = 9090")
    before = started.files()
    with pytest.raises(HostUnfit, match="port 9090"):
        start(started.instance)
    assert started.files() == before


def test_a_port_for_root_only_is_told(built: World) -> None:
    built.configure("port = 8080", "port = 80")
    assert_refused(built, HostUnfit, "only root may listen on port 80", "1024")


def test_services_that_would_end_with_the_login_are_told(built: World) -> None:
    built.systemd.lingering.clear()
    assert_refused(built, HostUnfit, "alice", "loginctl enable-linger alice")


def test_a_mistake_in_the_config_changes_nothing(built: World) -> None:
    built.configure("port = 8080", "prot = 8080")
    assert_refused(built, InputInvalid, "mistake")


def test_a_unit_that_podman_refuses_is_not_installed(built: World) -> None:
    built.systemd.refused.append("unsupported key 'X'")
    with pytest.raises(UnitFailed) as caught:
        start(built.instance)
    assert "unsupported key" in caught.value.details
    assert not built.instance.paths.quadlet_dir.exists()


def test_migrations_that_fail_keep_pulp_down(built: World) -> None:
    built.systemd.broken.add(built.service("migrate"))
    with pytest.raises(UnitFailed):
        start(built.instance)
    assert built.service("api", 1) not in built.systemd.running


def test_a_pulp_that_is_not_whole_is_told_in_words(built: World) -> None:
    built.workers = 1
    with pytest.raises(GateFailed) as caught:
        start(built.instance)
    assert caught.value.details == "1 of 2 worker containers are online"
    assert "pulp-launcher logs" in caught.value.hint


def test_after_a_failure_the_next_start_runs_what_is_installed(started: World) -> None:
    started.configure("[settings]", "[settings]\nANALYTICS = false")
    started.systemd.broken.add(started.service("api", 1))
    with pytest.raises(StartFailed, match="does not come up either"):
        start(started.instance)
    started.systemd.broken.clear()
    start(started.instance)
    assert_runs_as_installed(started)


def kill_at(world: World, step: int, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Start, be killed before the step of that number, and tell whether it came to that.

    A step is what changes units, or writes the file of one of them.
    """
    write = files.write

    def counted(path: Path, text: str, mode: int = files.READABLE) -> None:
        if path == world.instance.paths.quadlet_dir / "pulp-content-1.container":
            world.systemd.acts.step()
        write(path, text, mode)

    world.systemd.acts.left = step
    try:
        with monkeypatch.context() as context:
            context.setattr(files, "write", counted)
            start(world.instance)
    except Killed:
        return True
    finally:
        world.systemd.acts.left = None
    return False


def change_the_config(world: World) -> None:
    text = world.instance.paths.config.read_text("utf-8")
    one, other = "processes = 2", "processes = 3"
    world.configure(*((one, other) if one in text else (other, one)))


def build_anew(world: World) -> None:
    rebuild(world.instance, force=True)


def add_a_worker(world: World) -> None:
    """Change what runs in no container yet: nothing has to be replaced."""
    if "count = 3" in world.instance.paths.config.read_text("utf-8"):
        world.configure("count = 3", "count = 2")
        start(world.instance)
    world.configure("count = 2", "count = 3")


def change_what_is_stopped(world: World) -> None:
    stop(world.instance)
    change_the_config(world)


def begin(world: World) -> None:
    """Have nothing on the host, as before the first start."""
    world.systemd.stop([unit for unit in world.systemd.running if unit in world.systemd.loaded])
    for folder in (world.systemd.quadlet_dir, world.systemd.unit_dir):
        files.remove(folder)
    world.systemd.reload()
    world.systemd.enabled.clear()


@pytest.mark.parametrize(
    "change",
    [
        change_the_config,
        build_anew,
        add_a_worker,
        change_what_is_stopped,
        begin,
    ],
)
def test_a_start_that_was_killed_anywhere_is_made_up_for(
    started: World, monkeypatch: pytest.MonkeyPatch, change: Callable[[World], None]
) -> None:
    wrong = []
    for step in itertools.count():
        change(started)
        before = len(started.systemd.acts)
        if not kill_at(started, step, monkeypatch):
            break
        done = started.systemd.acts[before:]
        try:
            start(started.instance)
            assert_runs_as_installed(started)
            assert started.systemd.enabled == {"pulp.target", "pulp-resume.service"}
        except (AssertionError, LauncherError) as error:
            wrong.append((done, str(error).splitlines()[0]))
            begin(started)
            start(started.instance)
    assert not wrong


def test_what_a_killed_first_start_wrote_can_be_destroyed(
    built: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert kill_at(built, 1, monkeypatch)
    destroy(built.instance, purge=True)
    assert not list(built.instance.paths.quadlet_dir.iterdir())


def test_host_folders_are_made_for_the_user_of_the_image(built: World) -> None:
    folder = built.instance.paths.config_dir.parent / "data"
    built.configure('pulp = ""', f'pulp = "{folder}"')
    start(built.instance)
    assert folder.is_dir()
    prepared = [words for _, words in built.podman.runs if f"--volume={folder}:/data" in words]
    assert len(prepared) == 1
    assert "--network=none" in prepared[0]


@pytest.mark.parametrize("key", ["pulp", "database"])
def test_it_does_not_start_on_an_empty_place_instead_of_on_its_data(built: World, key: str) -> None:
    start(built.instance)
    folder = built.instance.paths.config_dir.parent / "data"
    built.configure(f'{key} = ""', f'{key} = "{folder}"')
    before = built.files()
    with pytest.raises(HostUnfit, match="without its data") as caught:
        start(built.instance)
    assert f"volume pulp-{key}" in caught.value.message
    assert built.files() == before
    assert not folder.exists()
    built.move(f"pulp-{key}", folder)
    start(built.instance)
    assert_runs_as_installed(built)


def test_up_goes_from_nothing_to_running(world: World) -> None:
    done = up(world.instance, ["rpm"], base="docker.io/library/debian:trixie-slim",
              hostname="up.example", port=8443)  # fmt: skip
    assert done.url == "http://up.example:8443"
    assert_runs_as_installed(world)


def test_what_is_stopped_for_good_stays_down_at_boot_until_a_start(started: World) -> None:
    """The kind of fault: what an administrator has stopped comes back behind their back."""
    stop(started.instance)
    assert "pulp.target" in started.systemd.enabled
    stop(started.instance, for_good=True)
    assert "pulp.target" not in started.systemd.enabled
    assert any("boots" in line for line in status(started.instance).pending)
    start(started.instance)
    assert "pulp.target" in started.systemd.enabled
    assert not status(started.instance).pending


def test_a_first_start_that_fails_on_its_folders_is_no_start_without_data(
    built: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing was in the places yet; once the folder is right, the next start is a first one."""

    def refuse(*_: object) -> None:
        raise HostUnfit("Pulp's user can not write to /srv/pulp")

    with monkeypatch.context() as context:
        context.setattr("launcher.operations.bring_up.prepare_folders", refuse)
        with pytest.raises(HostUnfit, match="can not write"):
            start(built.instance)
    start(built.instance)
    assert_runs_as_installed(built)


def test_what_is_due_and_refused_leaves_the_generation_of_before_serving(started: World) -> None:
    rebuild(started.instance, force=True, switching=False)
    stop(started.instance)
    started.podman.trial = {**started.podman.trial, "pending": ["a.1"], "problem": "it exists"}
    with pytest.raises(GateFailed, match="fail on a copy"):
        start(started.instance)
    assert_runs_as_installed(started)
    current = started.instance.current()
    assert current
    assert current.number == 1
    assert started.service("api", 1) in started.up
