"""The way back from a switch that failed is never closed, and leads to what was there."""

from __future__ import annotations

import ast
import re
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from launcher.host import files
from launcher.model import roles
from launcher.model.errors import HostUnfit, SwitchFailed, UnitFailed
from launcher.operations.change_plugins import add_plugins
from launcher.operations.rebuild import rebuild
from launcher.operations.rollback import look
from launcher.operations.secrets import ensure_secrets
from launcher.operations.start import start
from launcher.operations.status import status
from launcher.operations.stop import stop
from tests.unit.fakes import NO_MIGRATIONS, Killed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tests.unit.fakes import World

GUARDED = {**NO_MIGRATIONS, "pending": ["deb.0001_initial"], "guards": [["core", "99.0"]]}
OTHER_ROOT = ("[settings]\n", '[settings]\nAPI_ROOT = "/other/"\n')


@pytest.fixture
def started(world: World) -> World:
    """Have a generation that serves, and a plugin more in the manifest."""
    add_plugins(world.instance, ["rpm"])
    rebuild(world.instance)
    start(world.instance)
    add_plugins(world.instance, ["deb"])
    return world


@pytest.fixture
def heedful(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """Have a Pulp that answers as its settings file says, as the real one does."""
    answer, execute = world.answer, world.podman.execute

    def setting(number: int, name: str) -> object:
        found = re.search(rf"^{name} = (.*)$", settings_of(world, number), re.MULTILINE)
        return ast.literal_eval(found[1]) if found else None

    def heeding(number: int) -> dict[str, object] | None:
        found, on = answer(number), setting(number, "ENABLED_PLUGINS")
        if found and isinstance(on, list):
            found["versions"] = [
                row for row in found["versions"] if row["package"] in {*on, "pulpcore"}
            ]
        return found

    def asked(container: str, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        if command[0] == "curl" and command[-1].endswith("/status/"):
            root = setting(int(container.rpartition("-")[2]), "API_ROOT") or "/pulp/"
            if f"http://pulp.example{root}api/" not in command[-1]:
                return subprocess.CompletedProcess(command, 0, "<html>404 Not Found</html>", "")
        return execute(container, command)

    monkeypatch.setattr(world, "answer", heeding)
    monkeypatch.setattr(world.podman, "execute", asked)
    return world


def settings_of(world: World, number: int) -> str:
    return files.read(world.instance.paths.etc / str(number) / "settings.py") or ""


def turned_off(text: str) -> str:
    return re.sub("pulp-deb = .*", 'pulp-deb = { version = "*", enabled = false }', text)


def test_where_the_old_generation_never_ran_there_is_a_way_forward(world: World) -> None:
    world.systemd.broken.update(world.service("worker", number, 1) for number in (1, 2))
    add_plugins(world.instance, ["rpm"])
    rebuild(world.instance)
    with pytest.raises(UnitFailed):
        start(world.instance)
    add_plugins(world.instance, ["deb"])
    rebuild(world.instance)
    with pytest.raises(SwitchFailed, match="was not up before, does not come up either") as caught:
        start(world.instance)
    assert caught.value.details
    assert caught.value.hint
    world.systemd.broken.discard(world.service("worker", 2, 1))
    assert start(world.instance).generation == 2
    assert status(world.instance).healthy


def test_the_old_generation_comes_up_again_where_it_was_stopped_only(started: World) -> None:
    stop(started.instance)
    rebuild(started.instance)
    started.systemd.broken.add(started.service("api", 2))
    with pytest.raises(SwitchFailed, match="Generation 1 serves again"):
        start(started.instance)
    assert status(started.instance).generation == 1
    assert start(started.instance).generation == 1


def test_a_plugin_that_was_turned_on_meanwhile_is_not_missed_in_the_old(heedful: World) -> None:
    instance = heedful.instance
    add_plugins(instance, ["rpm", "deb"])
    text = instance.manifest_text()
    heedful.write_manifest(turned_off(text))
    rebuild(instance)
    start(instance)
    heedful.write_manifest(text)
    add_plugins(instance, ["python"])
    heedful.systemd.broken.add(heedful.service("api", 2))
    with pytest.raises(SwitchFailed, match="Generation 1 serves again"):
        rebuild(instance)
    assert instance.journal() is None


def test_the_old_generation_is_asked_where_its_api_is(started: World, heedful: World) -> None:
    started.configure(*OTHER_ROOT)
    started.systemd.broken.add(started.service("api", 2))
    with pytest.raises(SwitchFailed, match="Generation 1 serves again"):
        rebuild(heedful.instance)
    assert started.instance.journal() is None


def test_looking_where_one_could_go_back_to_changes_no_settings(started: World) -> None:
    rebuild(started.instance)
    started.podman.ahead = {started.instance.generations()[0].image: ["deb.0001_initial"]}
    started.configure(*OTHER_ROOT)
    before = settings_of(started, 2)
    assert look(started.instance, None).loss
    assert settings_of(started, 2) == before


def test_a_disk_that_is_full_when_the_journal_is_written_leads_back(
    started: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths, write_all = started.instance.paths, files.write_all

    def full(texts: Mapping[Path, str], mode: int) -> None:
        migrating = '"step":"migrate"' in texts.get(paths.journal, "")
        if migrating and paths.reserve.exists():
            raise HostUnfit("no space left")
        write_all(texts, mode)

    started.podman.trial = dict(GUARDED)
    monkeypatch.setattr(files, "write_all", full)
    with pytest.raises(SwitchFailed, match=r"no space left\. Generation 1 serves again"):
        rebuild(started.instance)
    assert status(started.instance).healthy
    assert not paths.reserve.exists()


def test_a_plugin_that_was_turned_on_has_its_migrations_tried(world: World) -> None:
    instance = world.instance
    add_plugins(instance, ["rpm", "deb"])
    text = instance.manifest_text()
    world.write_manifest(turned_off(text))
    rebuild(instance)
    start(instance)
    world.write_manifest(text)
    world.podman.trial = dict(GUARDED)
    rebuild(instance, force=True)
    assert world.podman.dumps


def test_data_that_were_moved_are_in_their_place_before_a_switch_looks_at_them(
    started: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    saved, save = [], started.podman.save
    db = started.service("db")

    def watched(*arguments: Any) -> None:
        saved.append(started.systemd.running[db])
        save(*arguments)

    stop(started.instance)
    rebuild(started.instance)
    started.move("pulp-database", tmp_path)
    started.configure('database = ""', f'database = "{tmp_path}"')
    started.podman.trial = dict(GUARDED)
    monkeypatch.setattr(started.podman, "save", watched)
    assert start(started.instance).generation == 2
    assert [f"Volume={tmp_path}:" in text for text in saved] == [True]


@pytest.mark.parametrize("acts", range(4))
def test_a_first_start_that_was_killed_stands_in_nobodys_way(world: World, acts: int) -> None:
    add_plugins(world.instance, ["rpm"])
    rebuild(world.instance)
    world.systemd.acts.left = acts
    with pytest.raises(Killed):
        start(world.instance)
    world.systemd.acts.left = None
    add_plugins(world.instance, ["deb"])
    rebuild(world.instance)
    assert start(world.instance).generation == 2


def test_keys_that_were_half_made_fit_together(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = world.podman.create_secret

    def killed(name: str, *rest: Any) -> None:
        if name.endswith(roles.TOKEN_PUBLIC_KEY):
            raise Killed
        create(name, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(world.podman, "create_secret", killed)
        with pytest.raises(Killed):
            ensure_secrets(world.instance)
    assert roles.TOKEN_PUBLIC_KEY in ensure_secrets(world.instance)
    private, public = (
        world.podman.secret(world.instance.names.secret(name)).encode()
        for name in (roles.TOKEN_PRIVATE_KEY, roles.TOKEN_PUBLIC_KEY)
    )
    signed = load_pem_private_key(private, None)
    assert isinstance(signed, ec.EllipticCurvePrivateKey)
    assert signed.public_key() == load_pem_public_key(public)
    assert ensure_secrets(world.instance) == ()
