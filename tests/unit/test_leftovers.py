"""What builds leave that were killed or failed: taken away by the next one, and nothing else is.

The kind: hundreds of megabytes that nobody names, in places where nobody looks.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

from launcher.host import files, package, process
from launcher.host.podman import Podman
from launcher.model.errors import BuildFailed
from launcher.model.names import BUILDER
from launcher.operations.change_plugins import add_plugins
from launcher.operations.destroy import Piece, destroy
from launcher.operations.prune import prune
from launcher.operations.rebuild import rebuild
from tests.unit.fakes import Killed, World

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def ready(world: World) -> World:
    add_plugins(world.instance, ["rpm"])
    return world


def test_the_steps_of_failed_builds_go_when_one_succeeds(ready: World) -> None:
    ready.podman.failure = BuildFailed("the image could not be built")
    for _ in range(2):
        with pytest.raises(BuildFailed):
            rebuild(ready.instance)
    assert ready.podman.cleaned == 0
    ready.podman.failure = None
    rebuild(ready.instance)
    assert ready.podman.cleaned == 1


def test_the_new_image_has_its_name_before_leftovers_go(ready: World) -> None:
    built = rebuild(ready.instance).generation
    assert ready.podman.image_id(built.image) == built.image_id
    assert built.image_id in ready.podman.present


def test_an_image_whose_generation_was_never_recorded_goes(
    ready: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = rebuild(ready.instance).generation
    other = "localhost/pulp-launcher/another:1-abc"
    ready.podman.names[other] = "base-1"
    with monkeypatch.context() as context:
        context.setattr(files, "write_folder", _killed_at("generation.json"))
        ready.write_manifest(ready.instance.manifest_text() + "pulp-deb = '*'\n")
        with pytest.raises(Killed):
            rebuild(ready.instance)
    (orphan,) = {*ready.podman.image_names(ready.instance.names.images)} - {
        kept.image,
        kept.platform,
    }
    assert Piece("image", orphan) in destroy(ready.instance, purge=False).removed
    assert other in ready.podman.names


def _killed_at(name: str) -> object:
    write_folder = files.write_folder

    def killing(folder: Path, content: dict[str, bytes]) -> None:
        if name in content:
            raise Killed
        write_folder(folder, content)

    return killing


def test_what_podman_left_of_a_killed_build_goes_with_the_next(
    ready: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = ready.instance.paths.build_scratch
    seen: list[list[str]] = []

    def build(*_: object) -> str:
        seen.append([path.name for path in scratch.iterdir()])
        (scratch / "buildah123").mkdir()
        raise Killed

    with monkeypatch.context() as context:
        context.setattr(ready.podman, "build", build)
        context.setattr(ready.podman, "remove_scratch", lambda _: None)
        with pytest.raises(Killed):
            rebuild(ready.instance)
    assert [path.name for path in scratch.iterdir()] == ["buildah123"]
    rebuild(ready.instance)
    assert seen == [[]]
    assert not scratch.exists()


def test_steps_stay_while_another_instance_is_built(ready: World) -> None:
    for _ in range(3):
        rebuild(ready.instance, force=True)
    with contextlib.ExitStack() as other:
        other.enter_context(files.locked(ready.instance.paths.build_mutex))
        assert len(prune(ready.instance, 2)) == 1
        assert ready.podman.cleaned == 3
    assert len(prune(ready.instance, 1)) == 1
    assert ready.podman.cleaned == 4


def test_only_steps_of_the_launcher_s_own_builds_are_taken(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ran: list[list[str]] = []
    monkeypatch.setattr(process, "run", lambda argv, **_: ran.append(argv))
    Podman(tmp_path, lambda: None).remove_dangling(BUILDER)
    label, builder = BUILDER
    assert ran == [
        ["podman", "image", "prune", "--force", f"--filter=label={label}={builder}"],
    ]
    text = (package.containers() / "Containerfile").read_text("utf-8")
    # Before all that makes a step.
    assert f"LABEL {label}=${{BUILDER}}" in text[: text.index("\nENV")]
    assert "type=cache" not in text.replace("mounts of type cache", "")


def test_what_is_shared_is_named_when_an_instance_goes(ready: World) -> None:
    rebuild(ready.instance)
    shared = destroy(ready.instance, purge=True).shared
    assert [item.name for item in shared] == [str(ready.instance.paths.cache_dir)]
