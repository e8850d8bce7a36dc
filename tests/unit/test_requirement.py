"""What a user may type for a plugin."""

from __future__ import annotations

import pytest

from launcher.model.errors import UsageProblem
from launcher.model.requirement import PluginRequest, parse_request, plugin_name


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
    ],
)
def test_every_spelling_is_one_plugin(text: str, request_: PluginRequest) -> None:
    assert parse_request(text) == request_


@pytest.mark.parametrize(
    "text", ["", "rpm>>3", "rpm 3.39", "[rpm]", "-rpm", "--index-url=x", "a b", "rpm\ndeb", "rpm;"]
)
def test_what_is_no_requirement_is_a_usage_problem(text: str) -> None:
    with pytest.raises(UsageProblem) as caught:
        parse_request(text)
    assert f"'{text}'" in caught.value.message
    assert "pulp_rpm" in caught.value.hint


@pytest.mark.parametrize(
    "text", ["rpm @ https://example.org/rpm.whl", "rpm; python_version > '3'", "rpm @ file:///rpm"]
)
def test_addresses_and_markers_are_refused(text: str) -> None:
    with pytest.raises(UsageProblem, match="address or a marker"):
        parse_request(text)


def test_a_canonical_name_stays_what_it_is() -> None:
    assert plugin_name(plugin_name("Pulp_Hugging.Face")) == "pulp-hugging-face"
