"""Edits keep what the administrator wrote: comments, order, spelling, every other byte."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from launcher.model import manifest_edit
from launcher.model.manifest import TEMPLATE, Manifest
from launcher.model.requirement import PluginRequest, parse_request
from launcher.model.toml import parse

FRESH = TEMPLATE.format(base='"docker.io/library/debian:trixie-slim"')
BY_HAND = """\
# ours since 2021, ask Kim
[plugins]   # alphabetical, please
Pulp_Deb = "*"          # for the build farm
pulp-rpm = '>=3.39'

[core]  # last
version = "*"
"""
EXTRAS = "[plugins.pulp-python]\nversion = '*'\nextras = ['x']\n"

KNOWN = {"pulp-rpm", "pulp-deb", "pulp-maven", "pulp-gem", "pulp-npm", "pulp-hugging-face"}
NAMES = st.sampled_from(["rpm", "pulp_maven", "gem", "pulp-npm", "hugging_face", "galaxy_ng"])
RANGES = st.sampled_from(["", ">=3.39", ">=3,<4", "==1.0", "!=2"])
REQUESTS = st.builds(
    lambda name, extras, range_: parse_request(f"{name}{extras}{range_}", KNOWN),
    NAMES, st.sampled_from(["", "[b,a]"]), RANGES,
)  # fmt: skip
ORDINARY = st.sampled_from(
    [
        FRESH,
        FRESH.rstrip("\n") + "\n# the end\n",
        "# only this\n[plugins]\n",
        "[plugins]\npulp-deb = '*' # why\n\n# about the image\n[image]\npackages = []\n",
        "[plugins]\npulp-deb = {version = '*', extras = []}\n\n\n[core]\nversion = '*'\n",
        "[plugins]\r\npulp-deb = '*'\r\n",
        "plugins.pulp-deb = '*'\n\n[image]\n",
    ]
)
# tomlkit leaves a space behind where it takes a key out of an inline table.
TEXTS = ORDINARY | st.just("plugins = { pulp-deb = '*' } # short\n")


def read(text: str) -> Manifest:
    return parse(text, Path("plugins.toml"), Manifest)


def add(text: str, *requests: str) -> str:
    for request in requests:
        text = manifest_edit.add(text, parse_request(request, KNOWN))
    return text


def test_a_plugin_is_one_line_at_the_end_of_its_table() -> None:
    text = add(FRESH, "rpm", "deb>=3.9")
    assert text == FRESH + 'pulp-rpm = "*"\npulp-deb = ">=3.9"\n'


def test_comments_order_and_spelling_stay() -> None:
    changed = add(BY_HAND, "deb>=3.9")
    assert changed == BY_HAND.replace('Pulp_Deb = "*"  ', 'Pulp_Deb = ">=3.9"  ')


@pytest.mark.parametrize(
    ("requests", "requirement"),
    [
        (["rpm>=3.38", "pulp_rpm<4"], "pulp-rpm<4"),
        (["rpm[x]>=3.38", "rpm<4"], "pulp-rpm[x]<4"),
        (["rpm[x]", "rpm[y]<4"], "pulp-rpm[y]<4"),
        (["rpm>=3.38", "rpm"], "pulp-rpm>=3.38"),
        (["rpm>=3.38", "git+https://git.example/x"], "pulp-rpm @ git+https://git.example/x"),
        (["git+https://git.example/x@v1", "/srv/x"], "pulp-rpm @ file:///srv/x"),
        (["git+https://git.example/x@v1", "rpm>=3"], "pulp-rpm>=3"),
        (["git+https://git.example/x", "rpm"], "pulp-rpm @ git+https://git.example/x"),
    ],
)
def test_adding_what_is_there_replaces_what_is_asked_for(
    requests: list[str], requirement: str
) -> None:
    text = FRESH
    for request in requests:
        parsed = replace(parse_request(request, KNOWN), name="pulp-rpm")
        text = manifest_edit.add(text, parsed)
    assert read(text).requirements() == ("pulpcore", requirement)


def test_what_else_an_entry_says_is_kept() -> None:
    table = 'pulp-rpm = {version = "*", packages = ["git"], enabled = false}\n'
    plugin = read(add(FRESH + table, "rpm>=3.39")).plugins["pulp-rpm"]
    assert (plugin.version, plugin.packages, plugin.enabled) == (">=3.39", ("git",), False)


def test_a_range_of_pulpcore_stands_in_its_own_table() -> None:
    text = add(BY_HAND, "pulpcore>=3.110")
    assert text == BY_HAND.replace('version = "*"', 'version = ">=3.110"')
    assert read(add("[plugins]\n", "pulpcore>=3.110")).core.version == ">=3.110"


def test_extras_are_kept_with_the_range() -> None:
    assert read(add(FRESH, "rpm[b,a]>=3")).requirements() == ("pulpcore", "pulp-rpm[a,b]>=3")


def test_removing_takes_the_line_with_its_comment_and_no_other() -> None:
    changed = manifest_edit.remove(BY_HAND, "pulp-deb")
    assert changed == BY_HAND.replace('Pulp_Deb = "*"          # for the build farm\n', "")


def test_removing_a_plugin_with_a_table_of_its_own() -> None:
    assert read(manifest_edit.remove(BY_HAND.replace("'>=3.39'\n", "'*'\n") + EXTRAS.replace(
        "[plugins.pulp-python]", "[plugins.pulp-python] # here"), "pulp-python")
    ).requirements() == ("pulpcore", "pulp-deb", "pulp-rpm")  # fmt: skip


@pytest.mark.parametrize("text", ["", "[plugins]\n", FRESH, BY_HAND])
def test_removing_what_is_not_there_is_a_key_error(text: str) -> None:
    with pytest.raises(KeyError):
        manifest_edit.remove(text, "pulp-npm")


def test_a_manifest_without_the_table_gets_it() -> None:
    assert read(add("[core]\nversion = '>=3'", "rpm")).requirements() == (
        "pulpcore>=3",
        "pulp-rpm",
    )


@given(text=ORDINARY, requests=st.lists(REQUESTS, unique_by=lambda request: request.name))
def test_adding_and_removing_leaves_every_byte(text: str, requests: list[PluginRequest]) -> None:
    changed = text
    for request in requests:
        changed = manifest_edit.add(changed, request)
    for request in reversed(requests):
        changed = manifest_edit.remove(changed, request.name)
    assert changed == text


@given(
    text=TEXTS,
    steps=st.lists(st.tuples(st.sampled_from(["add", "remove"]), REQUESTS), max_size=12),
)
def test_any_edits_end_in_what_was_asked_for_last(
    text: str, steps: list[tuple[str, PluginRequest]]
) -> None:
    expected = {name: plugin.version for name, plugin in read(text).plugins.items()}
    for verb, request in steps:
        if verb == "add":
            text = manifest_edit.add(text, request)
            if request.version or request.name not in expected:
                expected[request.name] = request.version
        elif request.name in expected:
            text = manifest_edit.remove(text, request.name)
            del expected[request.name]
    assert {name: plugin.version for name, plugin in read(text).plugins.items()} == expected


@given(text=TEXTS, requests=st.lists(REQUESTS, min_size=1))
def test_comments_survive_every_addition(text: str, requests: list[PluginRequest]) -> None:
    changed = text
    for request in requests:
        changed = manifest_edit.add(changed, request)
    for line in text.splitlines():
        if "#" in line:
            assert line[line.index("#") :] in changed


def test_a_version_of_pulpcore_stays_in_its_place_with_its_comment() -> None:
    text = '[core]\nversion = ">=3.119"  # why\nextras = []\n\n[plugins]\n'
    request = parse_request("pulpcore>=3.120", KNOWN)
    assert manifest_edit.add(text, request) == text.replace("3.119", "3.120")
