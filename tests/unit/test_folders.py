"""Host folders: where Pulp's user can use one nothing is done to it, not by root, and not twice.

What is not there is never made for `[mounts]`, and labels are given once and not at each start.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from launcher.host import files
from launcher.model import selinux
from launcher.model.config import Config
from launcher.model.errors import HostUnfit, InputInvalid
from launcher.model.toml import parse
from launcher.operations.change_plugins import add_plugins
from launcher.operations.rebuild import rebuild
from launcher.operations.start import start

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.unit.fakes import World


@dataclass
class Disk:
    """A disk below one folder, where Pulp's user may write or not, and root may change that."""

    folder: Path
    usable: bool = True
    obeys_root: bool = True
    users: list[str] = field(default_factory=list)
    volumes: list[str] = field(default_factory=list)

    def run(
        self, _: str, command: Sequence[str], options: Sequence[str] = ()
    ) -> subprocess.CompletedProcess[str]:
        given = dict(item.split("=", 1) for item in options if "=" in item)
        if not given.get("--volume", "").startswith(f"{self.folder}:/data"):
            return subprocess.CompletedProcess([], 0, OTHERWISE, "")
        self.users.append(given["--user"])
        self.volumes.append(given["--volume"])
        if given["--user"] == "root":
            assert "chown" in command[-1]
            self.usable = self.usable or self.obeys_root
        return subprocess.CompletedProcess([], 0 if self.usable else 1, "", "Permission denied")


OTHERWISE = 'pulp (open)\ndatabase (open)\n{"problems": []}\n'
"""What a look into empty places prints, and what a proof does."""


@pytest.fixture
def built(world: World) -> World:
    add_plugins(world.instance, ["rpm"])
    rebuild(world.instance)
    return world


@pytest.fixture
def disk(built: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Disk:
    disk = Disk(tmp_path / "disk")
    disk.folder.mkdir()
    monkeypatch.setattr(built.podman, "run", disk.run)
    return disk


def stored(built: World, disk: Disk) -> None:
    built.configure('pulp = ""', f'pulp = "{disk.folder}"')


def mounted(built: World, disk: Disk, more: str = "") -> None:
    path = built.instance.paths.config
    text = path.read_text("utf-8")
    path.write_text(f'{text}\n[mounts.usb]\nsource = "{disk.folder}"\n{more}', "utf-8")


def test_what_pulp_can_write_to_is_left_as_it_is(built: World, disk: Disk) -> None:
    disk.obeys_root = False
    stored(built, disk)
    start(built.instance)
    assert disk.users == ["700:700"]


def test_what_it_can_not_write_to_is_given_to_it(built: World, disk: Disk) -> None:
    disk.usable = False
    stored(built, disk)
    start(built.instance)
    assert disk.users == ["700:700", "root", "700:700"]


def test_where_root_can_not_give_it_the_way_is_said(built: World, disk: Disk) -> None:
    disk.usable = disk.obeys_root = False
    stored(built, disk)
    with pytest.raises(HostUnfit, match="can not write") as caught:
        start(built.instance)
    assert f"podman unshare chown 700:700 {disk.folder}" in caught.value.hint
    assert caught.value.details == "Permission denied"


def test_a_mount_is_in_what_answers_and_works_and_nowhere_else(built: World, disk: Disk) -> None:
    mounted(built, disk, "read_only = true")
    start(built.instance)
    line = f"\nVolume={disk.folder}:/mnt/usb:ro,rslave\n"
    having = {unit for unit, text in built.up.items() if line in text}
    assert having == {
        built.service("api", 1), built.service("content", 1),
        built.service("worker", 1, 1), built.service("worker", 1, 2),
    }  # fmt: skip


def test_a_missing_folder_is_refused_and_not_made(built: World, disk: Disk) -> None:
    mounted(built, disk)
    disk.folder.rmdir()
    before = built.files()
    with pytest.raises(HostUnfit, match="is no folder of this host"):
        start(built.instance)
    assert built.files() == before
    assert not disk.folder.exists()


def test_a_mount_keeps_its_owner_unless_the_config_gives_it_away(built: World, disk: Disk) -> None:
    disk.usable = False
    mounted(built, disk)
    with pytest.raises(HostUnfit, match=r"of \[mounts.usb\]"):
        start(built.instance)
    assert disk.users == ["700:700"]
    path = built.instance.paths.config
    path.write_text(f'{path.read_text("utf-8")}owner = "pulp"\n', "utf-8")
    start(built.instance)
    assert disk.users[-2:] == ["root", "700:700"]


@pytest.mark.parametrize(
    ("label", "options"),
    [
        ("", ""),
        ("system_u:object_r:container_file_t:s0", ""),
        ("system_u:object_r:container_file_t:s0:c1,c2", ":z"),
        ("unconfined_u:object_r:var_t:s0", ":z"),
    ],
)
def test_a_label_is_given_once(
    built: World, disk: Disk, monkeypatch: pytest.MonkeyPatch, label: str, options: str
) -> None:
    monkeypatch.setattr(files, "selinux_label", lambda _: label)
    stored(built, disk)
    start(built.instance)
    assert disk.volumes == [f"{disk.folder}:/data{options}"]
    assert f"\nVolume={disk.folder}:/var/lib/pulp:rw\n" in built.up[built.service("api", 1)]


def test_other_words_for_labels_are_no_shared_ones() -> None:
    assert not selinux.is_shared("container_file_t")
    assert selinux.is_shared("u:r:svirt_sandbox_file_t:s0")


def config(**tables: Any) -> Config:
    return Config.model_validate({"hostname": "pulp.example", **tables})


@pytest.mark.parametrize(
    "target", ["/", "/var", "/var/lib/pulp", "/var/lib/pulp/x", "/etc", "/mnt/../etc", "mnt"]
)
def test_a_mount_that_hides_something_is_refused(target: str) -> None:
    with pytest.raises(ValueError, match=r"usb|path"):
        config(mounts={"usb": {"source": "/srv/usb", "target": target}})


@pytest.mark.parametrize("mounts", [{"U b": {"source": "/srv"}}, {"usb": {"source": ""}}])
def test_odd_mounts_are_refused(mounts: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="mount"):
        config(mounts=mounts)


def test_mounts_in_one_another_or_with_the_data_are_refused() -> None:
    with pytest.raises(ValueError, match="in one another"):
        config(mounts={"a": {"source": "/a"}, "b": {"source": "/b", "target": "/mnt/a/b"}})
    with pytest.raises(ValueError, match="overlap"):
        config(mounts={"a": {"source": "/srv"}}, storage={"pulp": "/srv/pulp"})


@pytest.mark.parametrize(
    ("setting", "value", "right"),
    [
        ("ALLOWED_EXPORT_PATHS", ["/mnt/usb"], True),
        ("ALLOWED_EXPORT_PATHS", ["/mnt/usb/sub", "/var/lib/pulp/exports"], True),
        ("ALLOWED_EXPORT_PATHS", ["/mnt/usb2"], False),
        ("ALLOWED_EXPORT_PATHS", ["/mnt/usb/../x"], False),
        ("ALLOWED_EXPORT_PATHS", ["/mnt/read"], False),
        ("ALLOWED_IMPORT_PATHS", ["/mnt/read"], True),
        ("ALLOWED_IMPORT_PATHS", ["/mnt/usb", "/srv/x"], False),
        ("WORKING_DIRECTORY", "/srv/x", False),
        ("MEDIA_ROOT", "", True),
    ],
)
def test_paths_that_only_one_container_sees_are_refused(
    setting: str, value: object, *, right: bool
) -> None:
    mounts = {"usb": {"source": "/usb"}, "read": {"source": "/r", "read_only": True}}
    if right:
        config(mounts=mounts, settings={setting: value})
    else:
        with pytest.raises(ValueError, match=setting):
            config(mounts=mounts, settings={setting: value})


def test_the_refusal_names_the_way_in() -> None:
    text = 'hostname = "x"\n[settings]\nALLOWED_EXPORT_PATHS = ["/srv/usb"]\n'
    with pytest.raises(InputInvalid) as caught:
        parse(text, Path("config.toml"), Config)
    assert "[mounts.NAME]" in caught.value.details


def test_the_look_at_a_folder_fails_where_the_folder_does(
    built: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing that follows in the script hides it; the database has no folders to be made in it."""
    (tmp_path / "image").mkdir()
    ends: list[int] = []

    def run(
        _: str, command: Sequence[str], options: Sequence[str] = ()
    ) -> subprocess.CompletedProcess[str]:
        if "--user=700:700" not in options:
            return subprocess.CompletedProcess([], 0, OTHERWISE, "")
        script = command[-1].replace("/data", str(tmp_path / "gone"))
        script = script.replace("/var/lib/pgsql", str(tmp_path / "image"))
        done = subprocess.run(["sh", "-euc", script], capture_output=True, text=True, check=False)
        ends.append(done.returncode)
        return done

    monkeypatch.setattr(built.podman, "run", run)
    built.configure('database = ""', f'database = "{tmp_path / "db"}"')
    with pytest.raises(HostUnfit, match="can not write"):
        start(built.instance)
    assert 0 not in ends
