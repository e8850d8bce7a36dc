"""What a user may type for a plugin."""

from __future__ import annotations

import pytest

from launcher.model.errors import UsageProblem
from launcher.model.requirement import PluginRequest, parse_request, plugin_name

KNOWN = {"pulp-rpm", "pulp-2to3-migration"}


@pytest.mark.parametrize(
    ("text", "request_"),
    [
        ("rpm", PluginRequest("pulp-rpm")),
        ("pulp_rpm", PluginRequest("pulp-rpm")),
        ("Pulp.RPM", PluginRequest("pulp-rpm")),
        ("galaxy_ng", PluginRequest("galaxy-ng")),
        ("pulp-2to3-migration", PluginRequest("pulp-2to3-migration")),
        ("pulp_rpm>=3.39", PluginRequest("pulp-rpm", ">=3.39")),
        ("rpm >=3.39, <4", PluginRequest("pulp-rpm", "<4,>=3.39")),
        ("rpm[b,a]==3.39.0", PluginRequest("pulp-rpm", "==3.39.0", ("a", "b"))),
        # Only known plugins have a short name: anything else is what it says.
        ("own", PluginRequest("own")),
        ("pulpcore>=3.110", PluginRequest("pulpcore", ">=3.110")),
    ],
)
def test_every_spelling_is_one_plugin(text: str, request_: PluginRequest) -> None:
    assert parse_request(text, KNOWN) == request_


@pytest.mark.parametrize(
    ("text", "request_"),
    [
        ("git+https://git.example/x", PluginRequest(git="https://git.example/x")),
        ("git+https://git.example/x@v1", PluginRequest(git="https://git.example/x", rev="v1")),
        ("git+https://git.example/x@a/b", PluginRequest(git="https://git.example/x", rev="a/b")),
        ("git+ssh://git@git.example/x", PluginRequest(git="ssh://git@git.example/x")),
        ("git+ssh://git@git.example/x@v1",
         PluginRequest(git="ssh://git@git.example/x", rev="v1")),
        ("https://files.example/x.whl", PluginRequest(url="https://files.example/x.whl")),
        ("./x", PluginRequest(path="./x")),
        ("../x", PluginRequest(path="../x")),
        ("~/x", PluginRequest(path="~/x")),
        ("/srv/x", PluginRequest(path="/srv/x")),
        ("x-1.0-py3-none-any.whl", PluginRequest(path="x-1.0-py3-none-any.whl")),
        ("x-1.0.tar.gz", PluginRequest(path="x-1.0.tar.gz")),
    ],
)  # fmt: skip
def test_a_source_needs_no_name(text: str, request_: PluginRequest) -> None:
    assert parse_request(text, KNOWN) == request_


@pytest.mark.parametrize(
    ("request_", "source"),
    [
        (PluginRequest("x"), ""),
        (PluginRequest(git="https://git.example/x", rev="v1"), "git+https://git.example/x@v1"),
        (PluginRequest(git="https://git.example/x"), "git+https://git.example/x"),
        (PluginRequest(path="/srv/x"), "/srv/x"),
    ],
)
def test_a_source_is_written_as_the_resolver_reads_it(request_: PluginRequest, source: str) -> None:
    assert request_.source == source


@pytest.mark.parametrize(
    "text", ["", "rpm>>3", "rpm 3.39", "[rpm]", "-rpm", "--index-url=x", "a b", "rpm\ndeb", "rpm;"]
)
def test_what_is_no_requirement_is_a_usage_problem(text: str) -> None:
    with pytest.raises(UsageProblem) as caught:
        parse_request(text, KNOWN)
    assert f"'{text}'" in caught.value.message
    assert "pulp_rpm" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "request_"),
    [
        ("rpm @ https://files.example/x.whl",
         PluginRequest("pulp-rpm", url="https://files.example/x.whl")),
        ("pulp_rpm[b,a] @ git+https://git.example/x@v1#subdirectory=y",
         PluginRequest("pulp-rpm", extras=("a", "b"), git="https://git.example/x#subdirectory=y",
                       rev="v1")),
        ("pulpcore@file:///srv/a%20b", PluginRequest("pulpcore", path="/srv/a b")),
    ],
)  # fmt: skip
def test_a_source_may_have_its_name_before_it(text: str, request_: PluginRequest) -> None:
    assert parse_request(text, KNOWN) == request_


@pytest.mark.parametrize(
    "text", ["rpm; python_version > '3'", "rpm @ https://x.example/y.whl ; os_name == 'posix'"]
)
def test_markers_are_refused(text: str) -> None:
    with pytest.raises(UsageProblem, match="more than a plugin needs"):
        parse_request(text, KNOWN)


def test_a_canonical_name_stays_what_it_is() -> None:
    known = {"pulp-hugging-face"}
    assert plugin_name(plugin_name("Hugging.Face", known), known) == "pulp-hugging-face"
