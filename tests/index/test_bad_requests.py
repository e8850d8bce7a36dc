"""What can not be added: said in words, and nothing is changed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.index.distributions import Release
from tests.index.releases import library, plugin

if TYPE_CHECKING:
    from tests.index.site import Site

OLD_PYTHON = Release("pulp-elder", "1.0", ("pulpcore",), tag="cp310-cp310-manylinux_2_17_x86_64")
OTHER_PLATFORM = Release("pulp-abroad", "1.0", ("pulpcore",), tag="cp313-cp313-win_amd64")
YOUNG = Release("pulp-young", "1.0", ("pulpcore",), python=">=3.14")
HOW = "'pulp_rpm>=3.39'"


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("a b", "'a b' is not a plugin"),
        ("rpm>=", "'rpm>=' is not a plugin"),
        ("rpm>>3", "'rpm>>3' is not a plugin"),
        ("rpm[x", "'rpm[x' is not a plugin"),
        ("", "'' is not a plugin"),
        ("rpm; python_version > '3'", "more than a plugin needs"),
        ("rpm @ https://files.example/rpm.whl ; os_name == 'x'", "more than a plugin needs"),
    ],
)
def test_a_requirement_that_does_not_parse(ready: Site, text: str, word: str) -> None:
    problem = ready.refused("plugin", "add", "deb", text, status=2)
    assert word in problem.message
    assert HOW in problem.hint


@pytest.mark.parametrize(
    ("name", "near"),
    [("rmp", "rpm"), ("pulp_pyhton", "python"), ("contaner", "container")],
)
def test_an_unknown_plugin_comes_with_the_nearest_names(ready: Site, name: str, near: str) -> None:
    problem = ready.refused("plugin", "add", "deb", name)
    assert problem.message.startswith("there is no plugin '")
    assert re.search(f"did you mean '(pulp-)?{near}'", problem.message)
    assert "plugin search" in problem.hint


def test_what_a_plugin_needs_and_the_index_does_not_have_is_not_called_a_plugin(
    ready: Site,
) -> None:
    ready.index.publish([plugin("pulp-lost", "1.0", "pulpcore", "nowhere>=1")])
    problem = ready.refused("plugin", "add", "pulp-lost")
    assert "nowhere" in problem.text
    assert "pulp-lost" in problem.message


def test_a_normal_library_is_told_where_it_belongs(ready: Site) -> None:
    problem = ready.refused("plugin", "add", "pulp-glue")
    assert "pulp-glue 0.39.0 is not a Pulp plugin" in problem.message
    assert "pulpcore.plugin" in problem.details
    assert "requirements in [image]" in problem.hint


def test_a_normal_library_from_a_file_too(ready: Site) -> None:
    plain = library("plain", "1.0")
    problem = ready.refused("plugin", "add", ready.file(plain.wheel_name, plain.wheel()))
    assert "plain 1.0 is not a Pulp plugin" in problem.message


@pytest.mark.parametrize("name", ["nowhere", "nowhere/pulp_x-1.0-py3-none-any.whl", "empty"])
def test_a_path_without_a_project(ready: Site, name: str) -> None:
    ready.folder("empty", {"README": b""})
    problem = ready.refused("plugin", "add", str(ready.home / name))
    assert str(ready.home / name) in problem.text
    assert "no Python project" in problem.message
    assert "pyproject.toml" in problem.hint


@pytest.mark.parametrize("name", ["pulp_x-1.0-py3-none-any.whl", "pulp_x.whl", "pulp_x-1.0.tar.gz"])
def test_a_file_that_is_not_what_its_name_says(ready: Site, name: str) -> None:
    problem = ready.refused("plugin", "add", ready.file(name, b"neither zip nor tar"))
    assert name in problem.text
    assert "no set of versions" not in problem.message
    assert "ranges" not in problem.hint


@pytest.mark.parametrize("name", ["pulp_x-1.0-py3-none-any.whl", "pulp_x-1.0.tar.gz"])
@pytest.mark.parametrize("listed", [True, False])
def test_an_address_without_a_file(ready: Site, name: str, *, listed: bool) -> None:
    address = f"{ready.index.address}/files/{name}"
    if listed:
        ready.edit("[plugins]\n", f'[plugins]\npulp-x = {{ url = "{address}" }}\n')
    problem = ready.refused(*(("lock",) if listed else ("plugin", "add", address)))
    assert problem.message == f"{address} can not be fetched"
    assert "404 Not Found" in problem.details
    assert "address" in problem.hint


def test_an_address_where_nobody_answers(ready: Site) -> None:
    address = "http://127.0.0.1:9/pulp_x-1.0-py3-none-any.whl"
    problem = ready.refused("plugin", "add", address)
    assert problem.message == f"{address} can not be fetched"
    assert "HTTPS_PROXY" in problem.hint


@pytest.mark.parametrize("revision", ["nosuch", "0123456789abcdef0123456789abcdef01234567"])
def test_a_git_revision_that_is_not_there(ready: Site, revision: str) -> None:
    folder = ready.repository(plugin("pulp-own", "1.0", "pulpcore"))
    problem = ready.refused("plugin", "add", f"git+file://{folder}@{revision}")
    assert "git repository, or the revision in it, is not there" in problem.message
    assert revision in problem.details
    assert "revision" in problem.hint


def test_a_git_repository_that_is_not_there(ready: Site) -> None:
    problem = ready.refused("plugin", "add", f"git+file://{ready.home}/nowhere@main")
    assert "git repository" in problem.message
    assert f"{ready.home}/nowhere" in problem.details


@pytest.mark.parametrize("release", [OLD_PYTHON, OTHER_PLATFORM], ids=["python", "platform"])
def test_a_wheel_for_something_else_on_the_index(ready: Site, release: Release) -> None:
    ready.index.publish([release])
    problem = ready.refused("plugin", "add", release.name)
    assert f"{release.name}==1.0 has no wheel for the image's Python and processor" in (
        problem.message
    )


def test_a_wheel_for_another_python_from_a_file(ready: Site) -> None:
    path = ready.file(OLD_PYTHON.wheel_name, OLD_PYTHON.wheel())
    problem = ready.refused("plugin", "add", path)
    assert "pulp-elder==1.0 has no wheel for the image's Python and processor" in problem.message


def test_a_wheel_for_another_platform_from_a_file(ready: Site) -> None:
    path = ready.file(OTHER_PLATFORM.wheel_name, OTHER_PLATFORM.wheel())
    problem = ready.refused("plugin", "add", path)
    assert f"{OTHER_PLATFORM.wheel_name} is not for Python 3.13 on" in problem.message
    assert "a wheel for the image, or a source archive" in problem.hint


def test_a_release_for_a_newer_python(ready: Site) -> None:
    ready.index.publish([YOUNG])
    problem = ready.refused("plugin", "add", "pulp-young")
    assert "pulp-young==1.0 needs Python >=3.14" in problem.message
    assert "[image]" in problem.hint


def test_a_dependency_for_another_platform_is_named_with_who_needs_it(ready: Site) -> None:
    abroad = Release("abroad", "1.0", plugin=False, tag=OTHER_PLATFORM.tag)
    ready.index.publish([abroad, plugin("pulp-needy", "1.0", "pulpcore", "abroad")])
    problem = ready.refused("plugin", "add", "pulp-needy")
    assert "abroad" in problem.text
    assert "pulp-needy" in problem.text
    assert "platform" in problem.text


def test_a_range_that_no_release_is_in(ready: Site) -> None:
    problem = ready.refused("plugin", "add", "deb>=99")
    assert "pulp-deb" in problem.message
    assert "99" in problem.message
    assert "3.11.0" in problem.text


@pytest.mark.parametrize("text", ["deb[nope]", "rpm[nope]"])
def test_an_extra_that_is_not_there(ready: Site, text: str) -> None:
    assert "nope" in ready.refused("plugin", "add", text).text


def test_an_extra_of_pulpcore_that_is_not_there(ready: Site) -> None:
    ready.edit("extras = []", 'extras = ["s4"]')
    assert "s4" in ready.refused("lock").text


def test_removing_what_is_not_there_comes_with_the_nearest_name(ready: Site) -> None:
    problem = ready.refused("plugin", "remove", "rmp", status=2)
    assert re.search("rmp is not in the manifest; did you mean '(pulp-)?rpm'?", problem.message)
    assert "plugin list" in problem.hint


def test_removing_what_another_plugin_needs(ready: Site) -> None:
    """Two plugins need it themselves, and one by way of a library."""
    ready.index.publish(
        [
            plugin("pulp-over", "1.0", "pulpcore", "pulp-base"),
            library("between", "1", "pulp-base"),
            plugin("pulp-far", "1", "pulpcore", "between"),
        ]
    )
    names = ["pulp-upon", "pulp-over", "pulp-far"]
    ready.run("plugin", "add", "pulp-base", *names)
    problem = ready.refused("plugin", "remove", "pulp_base", status=2)
    assert "pulp-base can not be taken out" in problem.message
    for name in names:
        assert name in problem.message
    assert "between" not in problem.text
    ready.run(*problem.command)
    assert ready.plugins == 'pulp-rpm = "*"\n'


def test_a_manifest_with_two_spellings_of_a_plugin(ready: Site) -> None:
    ready.edit("[plugins]\n", '[plugins]\nPulp_RPM = "*"\n')
    for words in (["plugin", "add", "deb"], ["plugin", "remove", "rpm"], ["lock"], ["outdated"]):
        problem = ready.refused(*words, status=2)
        assert "pulp-rpm is there twice, under two spellings" in problem.details
        assert "plugins.toml" in problem.hint
