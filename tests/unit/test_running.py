"""Status, stop, restart, logs, shell and destroy of an instance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from launcher.model.errors import Busy, NotReady, UsageProblem
from launcher.operations.change_plugins import add_plugins
from launcher.operations.changing import reserved
from launcher.operations.destroy import Extent, Piece, destroy, extent
from launcher.operations.init import init
from launcher.operations.inside import after_dashes, enter, logs
from launcher.operations.rebuild import rebuild
from launcher.operations.secrets import admin_password
from launcher.operations.start import start
from launcher.operations.status import status
from launcher.operations.stop import restart, stop

if TYPE_CHECKING:
    from collections.abc import Callable

    from launcher.operations.instance import Instance
    from tests.unit.fakes import World


NOT_STARTED = "the units are not those of the config: run pulp-launcher start"


@pytest.fixture
def started(world: World) -> World:
    add_plugins(world.instance, ["rpm"])
    rebuild(world.instance)
    start(world.instance)
    return world


def test_a_whole_instance_is_healthy(started: World) -> None:
    found = status(started.instance)
    assert found.healthy
    assert (found.generation, found.newest, found.workers) == (1, 1, 2)
    assert found.versions["pulp-rpm"] == "3.39.0"
    assert found.pending == ()
    rows = {row.unit: (row.role, row.state, row.health) for row in found.roles}
    assert rows["pulp-api-1.service"] == ("api", "active", "healthy")
    assert rows["pulp-migrate.service"] == ("migrate", "done", "")
    assert rows["pulp-worker-1-2.service"] == ("worker", "active", "healthy")


def test_an_instance_that_was_never_started_says_so(world: World) -> None:
    init(world.instance)
    found = status(world.instance)
    assert not found.healthy
    assert found.lacks == ("it was not started yet",)
    assert found.generation is None


def test_what_waits_is_told_with_the_next_step(started: World) -> None:
    started.configure("[settings]", "[settings]\nANALYTICS = false")
    assert status(started.instance).pending == (NOT_STARTED,)
    add_plugins(started.instance, ["deb"])
    assert "1 change is not built yet: run pulp-launcher rebuild" in (
        status(started.instance).pending
    )
    rebuild(started.instance, switching=False)
    assert status(started.instance).pending == (
        "generation 2 is not started yet: run pulp-launcher start",
    )


def test_a_role_that_is_down_shows(started: World) -> None:
    started.systemd.stop([started.service("web")])
    found = status(started.instance)
    assert found.lacks == ("pulp-web.service is inactive", "the status endpoint does not answer")
    assert [row.role for row in found.roles if row.state == "inactive"] == ["web"]


def test_a_role_that_is_up_and_sick_shows(started: World) -> None:
    started.podman.health["pulp-api-1"] = "unhealthy"
    assert status(started.instance).lacks == ("pulp-api-1.service is unhealthy",)


def test_stop_ends_every_service(started: World) -> None:
    assert started.service("worker", 1, 1) in stop(started.instance).services
    assert not started.up


def test_stop_ends_what_is_there_and_not_what_the_config_wants(started: World) -> None:
    started.configure("count = 2", "count = 3")
    assert started.service("worker", 1, 3) not in stop(started.instance).services
    assert not started.up


def test_stop_ends_workers_that_the_config_does_not_want_any_more(started: World) -> None:
    started.configure("count = 2", "count = 1")
    stop(started.instance)
    assert not started.up


@pytest.mark.parametrize("role", [None, "worker"])
def test_a_config_that_was_not_started_yet_does_not_hinder_a_restart(
    started: World, role: str | None
) -> None:
    started.configure("count = 2", "count = 3")
    assert started.service("worker", 1, 3) not in restart(started.instance, role).services


def test_a_config_that_was_not_started_yet_is_no_illness(started: World) -> None:
    started.configure("count = 2", "count = 3")
    found = status(started.instance)
    assert found.healthy
    assert found.pending == (NOT_STARTED,)


def test_one_role_is_restarted_alone(started: World) -> None:
    since = len(started.systemd.acts)
    assert restart(started.instance, "worker").services == (
        "pulp-worker-1-1.service",
        "pulp-worker-1-2.service",
    )
    touched = {unit for _, units in started.systemd.acts[since:] for unit in units}
    assert touched == {"pulp-worker-1-1.service", "pulp-worker-1-2.service"}


def test_all_are_restarted(started: World) -> None:
    running = set(started.systemd.running)
    restart(started.instance, None)
    assert set(started.systemd.running) == running


@pytest.mark.parametrize("act", [stop, lambda instance: restart(instance, None)])
def test_what_was_not_started_can_not_be_stopped(
    world: World, act: Callable[[Instance], object]
) -> None:
    init(world.instance)
    with pytest.raises(NotReady) as caught:
        act(world.instance)
    assert "pulp-launcher start" in caught.value.hint


@pytest.mark.parametrize(
    "act",
    [
        lambda instance: restart(instance, "wokrer"),
        lambda instance: enter(instance, "wokrer", ["sh"]),
        lambda instance: logs(instance, "wokrer", lines=1, follow=False),
    ],
)
def test_an_unknown_role_names_the_nearest(
    started: World, act: Callable[[Instance], object]
) -> None:
    with pytest.raises(UsageProblem, match="did you mean 'worker'") as caught:
        act(started.instance)
    assert "content" in caught.value.hint


def test_a_command_runs_in_the_container_of_its_role(started: World) -> None:
    assert enter(started.instance, "api", ["pulpcore-manager", "check"]) == 7
    assert started.podman.entered == [("pulp-api-1", ("pulpcore-manager", "check"))]


@pytest.mark.parametrize(
    ("words", "command"),
    [
        (["--", "gpg", "--version"], ["gpg", "--version"]),
        (["sh", "--", "x"], ["sh", "--", "x"]),
        (["--", "--", "x"], ["--", "x"]),
        (["--"], []),
        (None, []),
    ],
)
def test_dashes_before_a_command_are_no_part_of_it(
    words: list[str] | None, command: list[str]
) -> None:
    assert after_dashes(words) == command


def test_a_container_that_does_not_run_can_not_be_entered(started: World) -> None:
    started.systemd.stop([started.service("web")])
    with pytest.raises(NotReady, match="no container of the role web runs"):
        enter(started.instance, "web", ["sh"])


def test_logs_are_of_one_role_or_of_all(started: World) -> None:
    logs(started.instance, "worker", lines=5, follow=False)
    logs(started.instance, None, lines=5, follow=True)
    one, every = started.systemd.followed
    assert one == ("pulp-worker-1-1.service", "pulp-worker-1-2.service")
    assert len(every) == 8


def test_the_password_is_the_one_that_was_made(started: World) -> None:
    assert admin_password(started.instance) == started.podman.values["pulp-admin-password"]


@pytest.fixture
def among_others(started: World) -> World:
    """Have things on the host that look like ours and are not."""
    ours = started.instance.names.labels
    started.podman.volume_labels |= {
        "pulp-pulp": ours,
        "pulp-other": {},
        "pulp-second-pulp": {"io.pulp-launcher.instance": "second"},
    }
    started.podman.networks_there |= {"pulp", "pulp-second"}
    started.podman.values["pulp-second-db-password"] = "x"
    started.podman.names["localhost/pulp-launcher/second:1-0"] = "second-1"
    folder = started.instance.paths.quadlet_dir
    label = "\n[Container]\nLabel=io.pulp-launcher.instance=second\n"
    (folder / "pulp-second-api.container").write_text(label, "utf-8")
    (folder / "pulp-mine.container").write_text("[Container]\nImage=x\n", "utf-8")
    return started


@pytest.mark.parametrize("purge", [False, True])
def test_destroy_touches_only_what_is_ours(among_others: World, *, purge: bool) -> None:
    world = among_others
    destroy(world.instance, purge=purge)
    assert not world.systemd.running
    assert not world.systemd.enabled
    left = {path.name for path in world.instance.paths.quadlet_dir.iterdir()}
    assert left == {"pulp-second-api.container", "pulp-mine.container"}
    assert not list(world.instance.paths.unit_dir.glob("*.target"))
    assert {"pulp-other", "pulp-second-pulp"} <= set(world.podman.volume_labels)
    assert world.podman.networks_there == {"pulp-second"}
    assert "pulp-second-db-password" in world.podman.values
    assert set(world.podman.names) == {
        "docker.io/library/debian:trixie-slim",
        "localhost/pulp-launcher/second:1-0",
    }


def test_destroy_keeps_data_unless_told_otherwise(among_others: World) -> None:
    world = among_others
    secrets = dict(world.podman.values)
    gone = destroy(world.instance, purge=False)
    assert "pulp-pulp" in world.podman.volume_labels
    assert world.podman.values == secrets
    assert world.instance.paths.config.is_file()
    kept = [f"secret {name}" for name in sorted(secrets) if "second" not in name]
    assert [str(piece) for piece in gone.kept] == [
        *(f"volume pulp-{name}" for name in ("database", "pulp", "run", "web")),
        *kept,
        f"folder {world.instance.paths.config_dir}",
    ]
    assert Piece("unit", "pulp-api-1.container") in gone.removed
    assert Piece("unit", "pulp.target") in gone.removed
    assert Piece("unit", "pulp-resume.service") in gone.removed
    assert {piece.kind for piece in gone.removed} == {"unit", "image"}


def test_destroy_with_purge_leaves_nothing_of_ours(among_others: World) -> None:
    world = among_others
    gone = destroy(world.instance, purge=True)
    assert gone.kept == ()
    assert {piece.kind for piece in gone.removed} == {"unit", "image", "volume", "secret", "folder"}
    assert len(set(gone.removed)) == len(gone.removed)
    assert "pulp-pulp" not in world.podman.volume_labels
    assert set(world.podman.values) == {"pulp-second-db-password"}
    assert not world.instance.paths.config_dir.exists()
    assert not world.instance.paths.state_dir.exists()


def test_host_folders_are_never_removed(among_others: World) -> None:
    world = among_others
    folder = world.instance.paths.config_dir.parent / "data"
    world.configure('pulp = ""', f'pulp = "{folder}"')
    world.move("pulp-pulp", folder)
    (folder / "content").write_text("precious", "utf-8")
    start(world.instance)
    assert extent(world.instance, purge=False).what == "units and images, not the data"
    assert extent(world.instance, purge=True) == Extent(
        f"units, images AND ALL DATA, but for {folder}", ""
    )
    gone = destroy(world.instance, purge=True)
    assert gone.kept == (Piece("folder", str(folder)),)
    assert (folder / "content").read_text("utf-8") == "precious"


def test_the_key_that_a_folder_needs_is_named_before_it_goes(started: World) -> None:
    folder = started.instance.paths.config_dir.parent / "data"
    started.configure('database = ""', f'database = "{folder}"')
    started.move("pulp-database", folder)
    start(started.instance)
    warning = extent(started.instance, purge=True).warning
    assert "podman secret inspect --showsecret" in warning
    assert "podman secret create pulp-field-key" in warning
    assert extent(started.instance, purge=False).warning == ""


def test_destroying_again_is_no_failure(started: World) -> None:
    destroy(started.instance, purge=False)
    assert destroy(started.instance, purge=False).removed == ()
    destroy(started.instance, purge=True)
    assert not started.instance.paths.state_dir.exists()
    again = destroy(started.instance, purge=True)
    assert (again.removed, again.kept) == ((), ())


def test_a_destroyed_instance_can_be_started_again(started: World) -> None:
    secrets = dict(started.podman.values)
    destroy(started.instance, purge=False)
    rebuild(started.instance)
    start(started.instance)
    assert status(started.instance).healthy
    assert started.podman.values == secrets


@pytest.mark.parametrize(
    "act",
    [
        lambda instance: add_plugins(instance, ["deb"]),
        rebuild,
        start,
        stop,
        lambda instance: restart(instance, None),
        lambda instance: destroy(instance, purge=True),
    ],
)
def test_one_launcher_works_at_a_time(started: World, act: Callable[[Instance], object]) -> None:
    before, running = started.files(), dict(started.systemd.running)
    with reserved(started.instance), pytest.raises(Busy):
        act(started.instance)
    assert started.files() == before
    assert started.systemd.running == running


def test_looking_needs_no_lock(started: World) -> None:
    with reserved(started.instance):
        assert status(started.instance).healthy
