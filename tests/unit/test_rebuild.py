"""A rebuild builds only what has to be, and keeps only what was proved."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import subprocess
import time
import tomllib
from typing import TYPE_CHECKING

import pytest
from packaging.pylock import Pylock

from launcher.host import files, package, process
from launcher.model.errors import (
    BuildFailed,
    GateFailed,
    HostUnfit,
    IndexUnreachable,
    InputInvalid,
    NotReady,
)
from launcher.operations.change_plugins import add_plugins, remove_plugins
from launcher.operations.init import init
from launcher.operations.rebuild import rebuild
from tests.unit.fakes import proof

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.fakes import World


@pytest.fixture
def ready(world: World) -> World:
    add_plugins(world.instance, ["rpm"])
    return world


def kept(world: World) -> list[int]:
    return [generation.number for generation in world.instance.generations()]


def test_the_first_build_is_generation_one(ready: World) -> None:
    rebuilt = rebuild(ready.instance)
    assert rebuilt.built
    assert rebuilt.reasons == ("nothing is built yet",)
    generation = rebuilt.generation
    assert generation.number == 1
    assert generation.plugins == ("pulp-rpm",)
    assert generation.versions == {"pulpcore": "3.115.0", "pulp-rpm": "3.39.0"}
    assert ready.podman.image_id(generation.image) == generation.image_id == "image-1"
    assert ready.instance.newest() == generation


def test_the_engine_gets_the_whole_context_and_our_labels(ready: World) -> None:
    rebuild(ready.instance)
    build = ready.podman.builds[0]
    found = {
        str(path.relative_to(build.context)) for path in build.context.rglob("*") if path.is_file()
    }
    wheels = {f"wheels/{name}-py3-none-any.whl" for name in ("pulpcore-3.115.0", "pulp_rpm-3.39.0")}
    ours = {"pylock.toml", "ca-bundle.crt"}
    ours |= {f"{name}.txt" for name in ("plugin-packages", "provided", "debian-updates")}
    assert found == {"Containerfile", "bin/restore-database", "roles/api", *ours, *wheels}
    assert (build.context / "plugin-packages.txt").read_text("ascii") == "libglib2.0-0\nrpm\n"
    assert build.base == "base-1"
    assert ready.instance.names.labels.items() <= build.labels.items()


def test_a_generation_keeps_what_it_was_made_of(ready: World) -> None:
    rebuilt = rebuild(ready.instance)
    folder = ready.instance.paths.generation(1)
    names = {"plugins.toml", "pylock.toml", "debian-updates.txt", "build.log"}
    names |= {"generation.json", "migrations.txt", "sbom.json"}
    assert {path.name for path in folder.iterdir()} == names
    assert "STEP 1/1" in (folder / "build.log").read_text("utf-8")
    assert (folder / "plugins.toml").read_text("utf-8") == ready.instance.manifest_text()
    assert rebuilt.log


def test_all_that_is_in_the_image_is_listed(ready: World) -> None:
    ready.podman.proof = proof({"libssl3t64": "3.5.1-1"})
    rebuild(ready.instance)
    listed = json.loads((ready.instance.paths.generation(1) / "sbom.json").read_text("utf-8"))
    found = {item["name"]: item["version"] for item in listed["components"]}
    python = {"pulpcore": "3.115.0", "pulp-rpm": "3.39.0"}
    assert found == {**python, "libssl3t64": "3.5.1-1", "debian": "13"}
    (core,) = [item for item in listed["components"] if item["name"] == "pulpcore"]
    (wheel,) = (ready.podman.builds[0].context / "wheels").glob("pulpcore-*")
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    assert core["hashes"] == [{"alg": "SHA-256", "content": digest}]


def test_with_nothing_changed_nothing_is_built(ready: World) -> None:
    first = rebuild(ready.instance)
    asked = len(ready.uv.asked)
    again = rebuild(ready.instance)
    assert not again.built
    assert again.reasons == ()
    assert again.generation == first.generation
    assert len(ready.podman.builds) == 1
    assert len(ready.uv.asked) == asked


def test_force_builds_all_the_same(ready: World) -> None:
    rebuild(ready.instance)
    rebuilt = rebuild(ready.instance, force=True)
    assert (rebuilt.generation.number, rebuilt.reasons) == (2, ("asked for",))


def test_a_changed_static_file_is_named(ready: World, static: Path) -> None:
    rebuild(ready.instance)
    (static / "roles" / "api").write_bytes(b"#!/bin/bash\n")
    assert rebuild(ready.instance).reasons == ("roles/api changed",)


def test_a_changed_base_is_named(ready: World) -> None:
    rebuild(ready.instance)
    ready.podman.names["docker.io/library/debian:trixie-slim"] = "base-2"
    assert rebuild(ready.instance).reasons == ("base changed",)


def test_a_changed_manifest_is_named(ready: World) -> None:
    rebuild(ready.instance)
    text = ready.instance.manifest_text()
    ready.write_manifest(text.replace("packages = []", "packages = ['git']"))
    assert rebuild(ready.instance).reasons == ("plugin-packages.txt changed",)
    ready.write_manifest(text + "pulp-deb = '*'\n")
    assert "pylock.toml changed" in rebuild(ready.instance).reasons
    assert kept(ready) == [1, 2, 3]


def test_what_debian_brings_in_place_of_a_wheel_is_an_input(ready: World) -> None:
    rebuild(ready.instance)
    ready.uv.index["pulp-ostree"] = "2.6.1"
    ready.write_manifest(f"{ready.instance.manifest_text()}pulp-ostree = '*'\n")
    assert rebuild(ready.instance).reasons == (
        "plugin-packages.txt changed",
        "provided.txt changed",
        "pylock.toml changed",
    )
    context = ready.podman.builds[1].context
    assert (context / "provided.txt").read_text("ascii") == "pygobject python3-gi\n"


def test_an_edit_that_changes_nothing_in_the_image_builds_nothing(ready: World) -> None:
    rebuild(ready.instance)
    ready.write_manifest(f"# by Kim\n{ready.instance.manifest_text()}")
    assert not rebuild(ready.instance).built


def test_an_image_that_is_gone_is_built_again(ready: World) -> None:
    first = rebuild(ready.instance).generation
    ready.podman.remove_image(first.image)
    rebuilt = rebuild(ready.instance)
    assert rebuilt.built
    assert rebuilt.generation.number == 2


def test_a_failed_build_leaves_the_old_generation_and_names_the_log(ready: World) -> None:
    first = rebuild(ready.instance).generation
    ready.podman.failure = BuildFailed("the image could not be built", details="boom")
    ready.podman.output = ["STEP 3/9", "boom"]
    with pytest.raises(BuildFailed) as caught:
        rebuild(ready.instance, force=True)
    assert ready.instance.newest() == first
    assert kept(ready) == [1]
    log = ready.instance.paths.logs / "build-2.log"
    assert str(log) in caught.value.hint
    assert log.read_text("utf-8") == "STEP 3/9\nboom\n"


@pytest.mark.parametrize(
    "proof",
    [
        subprocess.CompletedProcess([], 1, '{"problems": ["pulp-rpm does not import"]}\n', ""),
        subprocess.CompletedProcess([], 0, '{"problems": ["pulp-rpm does not import"]}\n', ""),
        subprocess.CompletedProcess([], 1, "", "pulp-rpm does not import\n"),
        subprocess.CompletedProcess([], 139, "", "pulp-rpm does not import\n"),
    ],
)
def test_an_image_that_fails_its_checks_is_thrown_away(
    ready: World, proof: subprocess.CompletedProcess[str]
) -> None:
    ready.podman.proof = proof
    with pytest.raises(GateFailed) as caught:
        rebuild(ready.instance)
    assert caught.value.details == "pulp-rpm does not import"
    assert "build-1.log" in caught.value.hint
    assert ready.podman.present == {"base-1"}
    assert kept(ready) == []
    assert ready.instance.newest() is None


def test_the_checks_run_in_the_new_image_without_rights(ready: World) -> None:
    rebuild(ready.instance)
    image, command = ready.podman.runs[0]
    assert image == "image-1"
    assert {"--network=none", "--read-only", "--cap-drop=all"} <= set(command)


def test_a_base_that_is_missing_is_fetched_once(ready: World) -> None:
    ready.podman.names.clear()
    rebuild(ready.instance)
    assert not rebuild(ready.instance).built
    assert [step for step in ready.reporter.steps if "base image" in step] == [
        "Getting the base image docker.io/library/debian:trixie-slim"
    ]


def test_a_base_can_be_made_on_this_host(ready: World, monkeypatch: pytest.MonkeyPatch) -> None:
    imported: list[tuple[list[str], str]] = []

    def import_image(source: list[str], reference: str) -> None:
        imported.append((source, reference))
        ready.podman.names[reference] = "made-1"

    monkeypatch.setattr(ready.podman, "import_image", import_image)
    monkeypatch.setattr(process, "installed", lambda _: True)
    text = ready.instance.manifest_text()
    ready.write_manifest(text.replace("docker.io/library/debian:trixie-slim", "bootstrap:forky"))
    rebuild(ready.instance)
    assert [(source[0], reference) for source, reference in imported] == [
        ("mmdebstrap", "localhost/pulp-launcher/base:forky")
    ]
    assert ready.podman.builds[0].base == "made-1"


def test_without_the_program_that_makes_a_base_the_host_is_unfit(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    init(world.instance, base="bootstrap:trixie")
    monkeypatch.setattr(process, "installed", lambda _: False)
    with pytest.raises(HostUnfit, match="mmdebstrap is not installed"):
        rebuild(world.instance)


def test_a_base_that_can_not_be_made_has_the_words_of_the_program(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(source: list[str], reference: str) -> None:
        del reference
        raise process.ProgramFailed(source, 25, "E: apt-get update failed")

    init(world.instance, base="bootstrap:trixie")
    monkeypatch.setattr(process, "installed", lambda _: True)
    monkeypatch.setattr(world.podman, "import_image", fail)
    with pytest.raises(IndexUnreachable, match="trixie") as caught:
        rebuild(world.instance)
    assert "apt-get update failed" in caught.value.details


def test_without_space_nothing_is_begun(ready: World) -> None:
    ready.free = 1024**3
    with pytest.raises(HostUnfit, match=r"1\.0 GB free, 3 GB are needed"):
        rebuild(ready.instance)
    assert not ready.podman.builds


def test_an_old_podman_is_told_before_anything_else(world: World) -> None:
    world.podman.version = (4, 3)
    with pytest.raises(HostUnfit):
        rebuild(world.instance)
    assert not world.files()


def test_without_a_manifest_the_next_step_is_told(world: World) -> None:
    with pytest.raises(NotReady) as caught:
        rebuild(world.instance)
    assert "pulp-launcher init" in caught.value.hint


def test_a_mistake_in_the_manifest_builds_nothing(ready: World) -> None:
    ready.write_manifest("[plugins\n")
    with pytest.raises(InputInvalid):
        rebuild(ready.instance)
    assert not ready.podman.builds


def test_a_record_that_was_not_finished_does_not_count(ready: World, tmp_path: Path) -> None:
    rebuild(ready.instance)
    unfinished = ready.instance.paths.generation(2).with_name(".2")
    unfinished.mkdir()
    (unfinished / "generation.json").write_text("{", "utf-8")
    assert kept(ready) == [1]
    assert rebuild(ready.instance, force=True).generation.number == 2
    assert not unfinished.exists()


def test_the_page_for_people_is_no_input(ready: World, static: Path) -> None:
    rebuild(ready.instance)
    (static / "README.md").write_text("# Better words\n", "utf-8")
    assert not rebuild(ready.instance).built


def test_a_wheel_of_another_content_is_built_anew(ready: World) -> None:
    rebuild(ready.instance)
    ready.uv.needs["pulp-rpm"] = ("pulpcore>=3.99",)
    assert rebuild(ready.instance).reasons == ("pylock.toml changed",)


def test_the_lock_of_the_context_names_wheels_that_lie_beside_it(ready: World) -> None:
    rebuild(ready.instance)
    context = ready.podman.builds[0].context
    lock = tomllib.loads((context / "pylock.toml").read_text("utf-8"))
    Pylock.from_dict(lock).validate()
    for item in lock["packages"]:
        wheel = context / item["archive"]["path"]
        assert hashlib.sha256(wheel.read_bytes()).hexdigest() == item["archive"]["hashes"]["sha256"]
    assert len(lock["packages"]) == 2


def test_no_wheel_of_an_earlier_build_is_left(ready: World) -> None:
    rebuild(ready.instance)
    remove_plugins(ready.instance, ["rpm"])
    rebuild(ready.instance)
    folder = ready.podman.builds[1].context / "wheels"
    assert [path.name for path in folder.iterdir()] == ["pulpcore-3.115.0-py3-none-any.whl"]


def test_the_certificates_of_the_manifest_are_in_the_image(ready: World, tmp_path: Path) -> None:
    rebuild(ready.instance)
    bundle = tmp_path / "company.pem"
    text = ready.instance.manifest_text()
    ready.write_manifest(text.replace("[image]\n", f"[image]\nca_bundle = '{bundle}'\n"))
    with pytest.raises(InputInvalid, match="ca_bundle under") as caught:
        rebuild(ready.instance)
    assert str(bundle) in caught.value.message
    bundle.write_bytes(b"-----BEGIN CERTIFICATE-----\n")
    assert rebuild(ready.instance).reasons == ("ca-bundle.crt changed",)
    assert (ready.podman.builds[-1].context / "ca-bundle.crt").read_bytes() == bundle.read_bytes()


def test_a_lock_that_was_changed_by_hand_is_not_built(ready: World) -> None:
    path = ready.instance.paths.lock
    path.write_text(path.read_text("utf-8").replace("3.39.0", "3.38.0"), "utf-8")
    with pytest.raises(InputInvalid, match="changed by hand") as caught:
        rebuild(ready.instance)
    assert "pulp-launcher lock" in caught.value.hint
    assert not ready.podman.builds


def test_a_manifest_edited_by_hand_is_resolved_first(ready: World) -> None:
    ready.write_manifest(ready.instance.manifest_text() + "pulp-deb = '*'\n")
    assert rebuild(ready.instance).generation.versions["pulp-deb"] == "3.9.1"


def test_a_missing_library_is_told_with_its_package(
    ready: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = "PACKAGE libfoo.so.1 libfoo1\n"
    missing = "ImportError: {}: cannot open shared object file: No such file"
    ready.podman.failure = BuildFailed("the image could not be built", details="boom")
    ready.podman.output = [missing.format("libfoo.so.1"), missing.format("libbar.so.2")]
    monkeypatch.setattr(
        ready.podman, "run", lambda *_, **__: subprocess.CompletedProcess([], 0, said, "")
    )
    with pytest.raises(BuildFailed) as caught:
        rebuild(ready.instance)
    assert caught.value.details.splitlines() == [
        "libbar.so.2 is missing in the image, and no Debian package is known to have it",
        "libfoo.so.1 is missing in the image; the Debian package libfoo1 has it",
    ]
    assert "packages in [image]" in caught.value.hint


def test_the_static_files_are_those_of_containers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    found = files.read_folder(package.containers()).keys()
    assert {"Containerfile", "packages.txt", "bin/prove", "roles/migrate"} <= found
    assert (package.containers() / "build-constraints.txt").is_file()


def test_a_build_that_fails_leaves_those_of_others_alone(ready: World) -> None:
    ready.podman.failure = BuildFailed("the image could not be built")
    with pytest.raises(BuildFailed):
        rebuild(ready.instance)
    ready.podman.failure = None
    rebuild(ready.instance)
    assert ready.podman.tidied == []


def test_what_a_killed_build_left_is_removed_and_nothing_that_came_later(ready: World) -> None:
    log = ready.instance.paths.logs / "build-1.log"
    files.write(log, "STEP 3/20: RUN install-packages\n")
    os.utime(log, (200, 200))
    files.write(ready.instance.paths.building, f"100 {log}")
    rebuild(ready.instance)
    assert ready.podman.tidied == [(100, 210)]
    rebuild(ready.instance, force=True)
    assert len(ready.podman.tidied) == 1


def test_instances_are_built_one_after_the_other(
    ready: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with contextlib.ExitStack() as other:
        other.enter_context(files.locked(ready.instance.paths.build_mutex))

        def ended(_: float) -> None:
            assert not ready.podman.builds
            other.close()

        monkeypatch.setattr(time, "sleep", ended)
        rebuild(ready.instance)
    assert len(ready.podman.builds) == 1
