"""Plugins that do not come from the index: git, a checkout, a wheel, a source archive, an address.

What lands in the manifest, in the lock and in the wheelhouse.
"""

from __future__ import annotations

import tomllib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.index.distributions import Release, sha256
from tests.index.releases import plugin
from tests.index.site import AUTHOR, git

if TYPE_CHECKING:
    from tests.index.site import Site

OWN = plugin("pulp-own", "1.0", "pulpcore>=3.105", "solv")
NEXT = plugin("pulp-own", "1.1", "pulpcore>=3.105")


def entry(site: Site) -> dict[str, Any]:
    """Return what the manifest has for the plugin."""
    found: dict[str, Any] = tomllib.loads(site.manifest)["plugins"]["pulp-own"]
    return found


def package(site: Site) -> dict[str, Any]:
    """Return what the lock has for the plugin."""
    packages: list[dict[str, Any]] = tomllib.loads(site.lock.text)["packages"]
    (found,) = (item for item in packages if item["name"] == "pulp-own")
    return found


def wheel(site: Site) -> bytes:
    """Return the plugin's wheel, as a rebuild gets it."""
    (found,) = (wheel for wheel in site.fetch() if wheel.name == "pulp-own")
    content = site.instance.paths.wheels.joinpath(found.sha256, found.filename).read_bytes()
    assert found.path.startswith(str(site.instance.paths.wheels))
    assert sha256(content) == found.sha256
    return content


def test_git_is_locked_by_its_commit(ready: Site) -> None:
    folder = ready.repository(OWN)
    ready.run("plugin", "add", f"git+file://{folder}@main")
    assert entry(ready) == {"git": f"file://{folder}", "rev": "main"}
    assert package(ready) == {
        "name": "pulp-own",
        "version": "1.0",
        "vcs": {
            "type": "git",
            "url": f"file://{folder}",
            "requested-revision": "main",
            "commit-id": git(folder, "rev-parse", "HEAD"),
        },
    }
    assert ready.versions["solv"] == "0.7.1"
    assert wheel(ready) == OWN.wheel()


@pytest.mark.parametrize("form", ["", "@{short}"])
def test_git_by_its_default_branch_and_by_a_commit(ready: Site, form: str) -> None:
    folder = ready.repository(OWN)
    commit = git(folder, "rev-parse", "HEAD")
    ready.repository(NEXT)
    wanted = git(folder, "rev-parse", "HEAD") if not form else commit
    revision = form.format(short=commit[:10])
    ready.run("plugin", "add", f"git+file://{folder}{revision}")
    assert package(ready)["vcs"]["commit-id"] == wanted


def test_a_commit_that_no_branch_has(ready: Site) -> None:
    """As those of a pull request, or what a force-push left behind."""
    folder = ready.repository(OWN)
    git(folder, "checkout", "-q", "--detach")
    git(folder, *AUTHOR, "commit", "-q", "--allow-empty", "-m", "of a pull request")
    commit = git(folder, "rev-parse", "HEAD")
    git(folder, "update-ref", "refs/pull/1/head", commit)
    git(folder, "checkout", "-q", "main")
    git(folder, "config", "uploadpack.allowAnySHA1InWant", "true")
    ready.run("plugin", "add", f"git+file://{folder}@{commit}")
    assert package(ready)["vcs"]["commit-id"] == commit
    assert wheel(ready) == OWN.wheel()


def test_the_commit_of_a_branch_stays_until_an_update(ready: Site) -> None:
    """Also where the new commit has the same version, as most of a branch have."""
    folder = ready.repository(OWN)
    ready.run("plugin", "add", f"git+file://{folder}@main")
    first = package(ready)
    changed = plugin("pulp-own", "1.0", "pulpcore>=3.105")
    commit = git(ready.repository(changed), "rev-parse", "HEAD")
    ready.run("plugin", "add", "deb")
    assert package(ready) == first
    assert wheel(ready) == OWN.wheel()
    assert commit[:7] in ready.run("outdated")
    assert commit[:7] in ready.run("plugin", "update", "pulp_own")
    assert package(ready)["vcs"]["commit-id"] == commit
    assert wheel(ready) == changed.wheel()


def test_a_checkout(ready: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its path is absolute, and its wheel is built for each image, as nothing names its state."""
    folder = ready.folder("checkout", OWN.project())
    monkeypatch.chdir(ready.home)
    ready.run("plugin", "add", "./checkout")
    monkeypatch.chdir("/")
    assert entry(ready) == {"path": str(folder)}
    assert package(ready) == {"name": "pulp-own", "directory": {"path": str(folder)}}
    assert wheel(ready) == OWN.wheel()
    changed = plugin("pulp-own", "1.0", "pulpcore>=3.105", "solv>=0.7")
    (folder / OWN.wheel_name).write_bytes(changed.wheel())
    assert wheel(ready) == changed.wheel()


def test_a_checkout_is_listed_and_explained_as_others_are(ready: Site) -> None:
    ready.run("plugin", "add", str(ready.folder("checkout", OWN.project())))
    ready.running("3.119.0", pulp_rpm="3.39.0", pulp_own="1.0")
    assert ready.data("plugin", "list")["not_built"] == 0
    assert ready.data("plugin", "why", "solv") == [
        "solv ← pulp-own, pulp-rpm",
        "pulp-own ← the manifest",
        "pulp-rpm ← the manifest",
    ]


def test_a_wheel(ready: Site) -> None:
    path = ready.file(OWN.wheel_name, OWN.wheel())
    ready.run("plugin", "add", path)
    assert entry(ready) == {"path": path}
    digest = sha256(OWN.wheel())
    archive = {"path": path, "hashes": {"sha256": digest}}
    assert package(ready) == {"name": "pulp-own", "version": "1.0", "archive": archive}
    assert wheel(ready) == OWN.wheel()


def test_a_source_archive(ready: Site) -> None:
    path = ready.file(OWN.sdist_name, OWN.sdist())
    ready.run("plugin", "add", path)
    assert entry(ready) == {"path": path}
    archive = {"path": path, "hashes": {"sha256": sha256(OWN.sdist())}}
    assert package(ready) == {"name": "pulp-own", "version": "1.0", "archive": archive}
    assert wheel(ready) == OWN.wheel()


def test_the_address_of_a_wheel(ready: Site) -> None:
    address = f"{ready.index.address}/files/{OWN.wheel_name}"
    ready.index.publish([OWN])
    ready.run("plugin", "add", address)
    assert entry(ready) == {"url": address}
    assert package(ready)["archive"] == {"url": address, "hashes": {"sha256": sha256(OWN.wheel())}}
    assert wheel(ready) == OWN.wheel()


def test_the_file_of_a_lock_may_go_once_it_was_fetched(ready: Site) -> None:
    path = ready.file(OWN.wheel_name, OWN.wheel())
    ready.run("plugin", "add", path)
    assert wheel(ready) == OWN.wheel()
    ready.home.joinpath("files", OWN.wheel_name).unlink()
    assert wheel(ready) == OWN.wheel()


CORE = Release("pulpcore", "3.130.0", plugin=False)
"""Newer than all that the index has."""


@pytest.mark.parametrize("form", ["git", "named", "folder", "wheel", "address"])
def test_pulpcore_comes_from_where_a_plugin_can(site: Site, form: str) -> None:
    """The kind of fault: a source that is taken for a name, and the index's is installed."""
    site.index.publish([replace(CORE, note="elsewhere")])
    text = {
        "git": lambda: f"git+file://{site.repository(CORE)}@main",
        "named": lambda: f"pulpcore @ git+file://{site.repository(CORE)}@main",
        "folder": lambda: str(site.folder("checkout", CORE.project())),
        "wheel": lambda: site.file(CORE.wheel_name, CORE.wheel()),
        "address": lambda: f"{site.index.address}/files/{CORE.wheel_name}",
    }[form]()
    site.run("plugin", "add", text)
    core = tomllib.loads(site.manifest)["core"]
    assert "version" not in core
    assert {"git", "path", "url"} & core.keys()
    (wheel,) = (wheel for wheel in site.fetch() if wheel.name == "pulpcore")
    assert wheel.version == "3.130.0"
    site.run("lock", "--check")
    site.run("plugin", "list")
    site.run("outdated")
    site.run("plugin", "update")
    site.run("plugin", "add", "pulpcore")
    assert tomllib.loads(site.manifest)["core"]["version"] == "*"
    assert site.lock.versions["pulpcore"] != ""


def test_pulpcore_of_a_source_is_never_older_than_the_database(site: Site) -> None:
    site.running("3.131.0")
    path = site.file(CORE.wheel_name, CORE.wheel())
    problem = site.refused("plugin", "add", path)
    assert "pulpcore 3.130.0, but the database is that of 3.131.0" in problem.message


def test_a_pulpcore_of_a_source_that_no_plugin_fits_is_explained(site: Site) -> None:
    site.index.publish([plugin("pulp-old", "1.0", "pulpcore<3.120")])
    site.run("plugin", "add", str(site.folder("checkout", CORE.project())))
    problem = site.refused("plugin", "add", "pulp-old")
    assert "pulp-old" in problem.text


@pytest.mark.parametrize(
    "form", ["pulp_own @ git+file://{}@main", "pulp-own@git+file://{}", "pulp_own @ file://{}"]
)
def test_what_pip_freeze_writes_is_taken(ready: Site, form: str) -> None:
    folder = ready.repository(OWN)
    ready.run("plugin", "add", form.format(folder))
    assert {"git", "path"} & entry(ready).keys()
    assert wheel(ready) == OWN.wheel()


def test_a_name_that_the_source_does_not_have_is_refused(ready: Site) -> None:
    problem = ready.refused("plugin", "add", f"pulp_other @ git+file://{ready.repository(OWN)}")
    assert "pulp-o" in problem.text


@pytest.mark.parametrize("rev", ["", "@main"])
def test_a_project_below_a_repository(ready: Site, rev: str) -> None:
    folder = ready.repository(OWN)
    below = folder / "plugins" / "own"
    below.mkdir(parents=True)
    for name in OWN.project():
        (folder / name).rename(below / name)
    git(folder, "add", "--all")
    git(folder, "-c", "user.name=K", "-c", "user.email=k@x.example", "commit", "-qm", "below")
    ready.run("plugin", "add", f"git+file://{folder}{rev}#subdirectory=plugins/own")
    assert entry(ready)["git"] == f"file://{folder}#subdirectory=plugins/own"
    assert wheel(ready) == OWN.wheel()


def test_two_projects_of_one_commit_are_two_wheels(ready: Site) -> None:
    other = plugin("pulp-other", "2.0", "pulpcore>=3.105")
    folder = ready.repository(OWN)
    for below, release in (("own", OWN), ("other", other)):
        (folder / below).mkdir()
        for name, content in release.project().items():
            (folder / below / name).write_bytes(content)
    git(folder, "add", "--all")
    git(folder, "-c", "user.name=K", "-c", "user.email=k@x.example", "commit", "-qm", "both")
    ready.run("plugin", "add", f"git+file://{folder}#subdirectory=own")
    ready.run("plugin", "add", f"git+file://{folder}#subdirectory=other")
    found = {item.name: item.version for item in ready.fetch()}
    assert (found["pulp-own"], found["pulp-other"]) == ("1.0", "2.0")
