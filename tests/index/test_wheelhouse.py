"""Every wheel of a lock is kept on this host, is the one that was locked, and is built once."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from launcher.model.errors import ResolutionFailed
from launcher.model.wheel import sources
from tests.index.distributions import Release, sha256
from tests.index.releases import library, plugin

if TYPE_CHECKING:
    from launcher.model.wheel import Wheel
    from tests.index.site import Site

DJANGO = "django-5.2-py3-none-any.whl"
NEEDS_COMPILER = Release("native", "1.0", plugin=False, tag="cp311-cp311-linux_x86_64")
PURE = library("pure", "1.0")


def needing(site: Site, name: str) -> None:
    """Lock a plugin that needs a distribution."""
    site.index.publish([plugin("pulp-needy", "1.0", "pulpcore", name)])
    site.run("plugin", "add", "pulp-needy")


def test_the_files_are_those_of_the_lock(ready: Site) -> None:
    wheels = {wheel.filename: wheel for wheel in ready.fetch()}
    assert len(wheels) == 4
    assert wheels[DJANGO].sha256 == sha256(library("django", "5.2").wheel())
    assert wheels[DJANGO].path == str(ready.instance.paths.wheels / wheels[DJANGO].sha256 / DJANGO)


def test_a_file_is_fetched_once(ready: Site) -> None:
    first = ready.fetch()
    assert ready.fetch() == first
    assert ready.index.downloads(DJANGO) == 1


def test_what_was_fetched_needs_no_index(ready: Site) -> None:
    first = ready.fetch()
    ready.index.mood = 500
    assert ready.fetch() == first


def test_what_the_index_drops_stays(ready: Site) -> None:
    first = ready.fetch()
    ready.index.files.clear()
    assert ready.fetch() == first


def test_a_changed_file_is_refused_and_not_kept(ready: Site) -> None:
    evil = library("django", "5.2", "evil").wheel()
    ready.index.files[DJANGO].content = evil
    before = ready.files()
    with pytest.raises(ResolutionFailed) as caught:
        ready.fetch()
    assert caught.value.message == f"{DJANGO} is not the file that was locked"
    assert sha256(evil) in caught.value.details
    assert sha256(library("django", "5.2").wheel()) in caught.value.details
    assert "pulp-launcher lock" in caught.value.hint
    assert ready.files() == before
    kept = (path for path in ready.instance.paths.wheels.rglob("*") if path.is_file())
    assert evil not in [path.read_bytes() for path in kept]


def test_a_rebuild_refuses_a_changed_file(ready: Site) -> None:
    ready.index.files[DJANGO].content = library("django", "5.2", "evil").wheel()
    assert "is not the file that was locked" in ready.refused("rebuild").message


def test_a_file_that_is_not_what_the_index_says_of_it(ready: Site) -> None:
    ready.index.files["pulp_deb-3.11.0-py3-none-any.whl"].hashed = "0" * 64
    problem = ready.refused("plugin", "add", "deb")
    assert "pulp_deb-3.11.0-py3-none-any.whl is not the file that was locked" in problem.message


@pytest.mark.parametrize("how", ["path", "find_links"])
def test_a_file_of_this_host_that_changed_is_refused_too(site: Site, how: str) -> None:
    ours = plugin("pulp-ours", "1.0", "pulpcore")
    path = Path(site.file(ours.wheel_name, ours.wheel()))
    if how == "find_links":
        site.edit("[index]\n", f'[index]\nfind_links = ["{path.parent}"]\n')
    site.run("plugin", "add", str(path) if how == "path" else "pulp-ours")
    shutil.rmtree(site.instance.paths.wheels)
    path.write_bytes(plugin("pulp-ours", "1.0", "evil").wheel())
    with pytest.raises(ResolutionFailed, match="is not the file that was locked"):
        site.fetch()


def test_a_repository_that_is_gone_is_needed_no_more_once_it_was_built(site: Site) -> None:
    folder = site.repository(plugin("pulp-ours", "1.0", "pulpcore"))
    site.run("plugin", "add", f"git+file://{folder}@main")
    first = site.fetch()
    shutil.rmtree(folder)
    assert site.fetch() == first
    shutil.rmtree(site.instance.paths.wheels)
    problem = site.refused("rebuild")
    assert "pulp-ours" in problem.message
    assert str(folder) in problem.text


def test_a_fetch_that_failed_can_be_gone_on_with(ready: Site) -> None:
    ready.index.mood = 500
    with pytest.raises(Exception, match="can not be fetched"):
        ready.fetch()
    ready.index.mood = None
    assert len(ready.fetch()) == 4


def test_a_source_archive_becomes_a_wheel_once(
    ready: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = ready.home / "builds"
    monkeypatch.setenv("BUILDS", str(log))
    ready.index.put_sdist(PURE)
    needing(ready, "pure")
    first = ready.fetch()
    assert ready.fetch() == first
    ready.index.mood = 500
    assert ready.fetch() == first
    (pure,) = (wheel for wheel in first if wheel.name == "pure")
    assert pure.filename == PURE.wheel_name
    assert pure.sha256 == sha256(PURE.wheel())
    assert log.read_text("utf-8").splitlines() == [PURE.wheel_name]


def test_a_changed_source_archive_is_refused(ready: Site) -> None:
    ready.index.put_sdist(PURE)
    needing(ready, "pure")
    shutil.rmtree(ready.instance.paths.wheels)
    ready.index.files[PURE.sdist_name].content = library("pure", "1.0", "evil").sdist()
    with pytest.raises(ResolutionFailed, match=r"pure-1.0.tar.gz is not the file that was locked"):
        ready.fetch()


def test_a_source_that_needs_a_compiler_is_told_when_it_is_a_plugin(ready: Site) -> None:
    ready.index.put_sdist(Release("pulp-native", "1.0", ("pulpcore",), tag=NEEDS_COMPILER.tag))
    problem = ready.refused("plugin", "add", "pulp-native")
    assert problem.message == (
        "pulp-native 1.0 has no wheel for Python 3.13, and can not be built: "
        "pulp-native is published as source only and needs a compiler"
    )
    assert "not the image" in problem.details
    assert "Pin a version that has a wheel" in problem.hint


@pytest.mark.parametrize(("release", "broken"), [(NEEDS_COMPILER, False), (PURE, True)])
def test_what_no_wheel_can_be_made_of_is_told_when_a_plugin_that_needs_it_is_added(
    ready: Site,
    release: Release,
    broken: bool,  # noqa: FBT001
) -> None:
    """The kind of fault: what is known when it is locked shows only in a build."""
    ready.index.put_sdist(release, broken=broken)
    ready.index.publish([plugin("pulp-needy", "1.0", "pulpcore", release.name)])
    problem = ready.refused("plugin", "add", "pulp-needy")
    assert f"{release.name} 1.0 has no wheel for Python 3.13" in problem.message
    assert "base =" not in problem.hint


def test_a_base_is_named_for_whose_python_there_is_a_wheel(ready: Site) -> None:
    ready.index.put_sdist(NEEDS_COMPILER)
    ready.index.publish([NEEDS_COMPILER, plugin("pulp-needy", "1.0", "pulpcore", "native")])
    problem = ready.refused("plugin", "add", "pulp-needy")
    assert 'base = "bootstrap:bookworm" (Python 3.11)' in problem.hint
    ready.edit("[image]\n", '[image]\npython = "3.11"\n')
    ready.run("plugin", "add", "pulp-needy")


def test_a_source_that_can_not_be_built_is_told_with_the_reason(ready: Site) -> None:
    ready.index.put_sdist(PURE, broken=True)
    ready.index.publish([plugin("pulp-needy", "1.0", "pulpcore", "pure")])
    problem = ready.refused("plugin", "add", "pulp-needy")
    assert problem.message.endswith("no wheel can be made of pure")
    assert "command 'gcc' failed" in problem.details
    assert "makers of pure" in problem.hint


def test_what_a_build_needs_comes_from_the_index_of_the_manifest(ready: Site) -> None:
    ready.index.publish([library("build-helper", "1.0")])
    ready.index.put_sdist(PURE, needs=("build-helper==1.0",))
    needing(ready, "pure")
    shutil.rmtree(ready.home / "cache")
    assert len(ready.fetch()) == 6


def known(site: Site) -> list[Wheel | None]:
    wheelhouse = site.instance.wheelhouse(site.instance.manifest().index)
    return [wheelhouse.known(source) for source in sources(site.lock.text, "3.13")]


def test_what_will_be_fetched_is_known_before(ready: Site) -> None:
    before = known(ready)
    assert before == ready.fetch()


def test_what_has_to_be_built_is_known_after(ready: Site) -> None:
    ready.index.put_sdist(PURE)
    needing(ready, "pure")
    shutil.rmtree(ready.instance.paths.wheels)
    assert known(ready).count(None) == 1
    assert ready.fetch() == known(ready)
