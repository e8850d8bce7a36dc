"""An index that is not well: who it is, what it said, what to do; and nothing is changed."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from launcher.host import uv, wheelhouse
from launcher.model.errors import IndexUnreachable, ResolutionFailed

if TYPE_CHECKING:
    from tests.index.site import Site


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@pytest.mark.parametrize(
    ("mood", "words"),
    [
        (401, ["wants credentials", "401 Unauthorized", "~/.netrc"]),
        (403, ["wants credentials, or refuses", "403 Forbidden", "~/.netrc"]),
        (404, ["has no pulpcore", "[index] in plugins.toml", "/simple"]),
        (500, ["does not answer", "500 Internal Server Error", "[index] in plugins.toml"]),
        (503, ["does not answer", "503", "[index] in plugins.toml"]),
        ("garbage", ["has no pulpcore", "[index] in plugins.toml"]),
    ],
)
def test_what_the_index_answers_is_told(ready: Site, mood: int | str, words: list[str]) -> None:
    ready.index.mood = mood
    problem = ready.refused("plugin", "add", "deb")
    assert problem.code == "index-unreachable"
    assert ready.index.url in problem.message
    for word in words:
        assert word in problem.text


def test_an_index_that_never_answers_is_told_with_the_time_that_it_had(
    ready: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uv, "ANSWER_LIMIT", 1)
    ready.index.mood = "never"
    problem = ready.refused("plugin", "add", "deb")
    assert problem.code == "index-unreachable"
    assert ready.index.url in problem.message
    assert "asked 1 times and had 1 second" in problem.message
    assert "HTTPS_PROXY" in problem.hint
    assert ready.index.asked.count("GET /simple/pulpcore/") == 1


def test_the_time_limit_of_the_whole_is_told_too(
    ready: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uv, "TIME_LIMIT", 0.5)
    ready.index.mood = "never"
    problem = ready.refused("plugin", "add", "deb")
    assert problem.code == "index-unreachable"
    assert "no answer within 0.5 seconds" in problem.details


def test_a_port_where_nobody_listens(ready: Site, closed_port: int) -> None:
    ready.edit(ready.index.url, f"http://127.0.0.1:{closed_port}/simple/")
    problem = ready.refused("plugin", "add", "deb")
    assert problem.code == "index-unreachable"
    assert f"http://127.0.0.1:{closed_port}/simple/" in problem.message
    assert "Connection refused" in problem.details


def test_a_folder_of_links_that_is_not_there(ready: Site) -> None:
    ready.edit("[index]\n", '[index]\nfind_links = ["/nowhere/wheels"]\n')
    problem = ready.refused("plugin", "add", "deb", status=2)
    assert "/nowhere/wheels" in problem.text
    assert "find_links under [index]" in problem.message


@pytest.mark.parametrize("key", ["url", "extra", "find_links"])
def test_credentials_in_the_manifest_are_refused_and_not_repeated(ready: Site, key: str) -> None:
    address = "https://kim:s3cret@index.example/simple/"
    line = f'url = "{address}"' if key == "url" else f'{key} = ["{address}"]'
    ready.edit(f'url = "{ready.index.url}"', line)
    problem = ready.refused("plugin", "add", "deb", status=2)
    assert f"index.{key}" in problem.details
    assert "no credentials here: keep them in ~/.netrc" in problem.details
    assert "s3cret" not in problem.text


@pytest.mark.parametrize(
    "address",
    ["git+https://kim:s3cret@127.0.0.1:9/x.git@main", "https://kim:s3cret@127.0.0.1:9/x.tar.gz"],
)
def test_credentials_in_the_address_of_a_plugin_are_refused(ready: Site, address: str) -> None:
    problem = ready.refused("plugin", "add", address, status=2)
    assert "netrc" in problem.text
    assert "s3cret" not in problem.text


@pytest.mark.parametrize(
    ("mood", "words"),
    [
        (401, ["the index says 401", "netrc"]),
        (404, ["the index says 404", "pulp-launcher lock --upgrade"]),
        (500, ["the index says 500"]),
        ("never", ["no answer", "1 second"]),
    ],
)
def test_what_a_fetch_gets_is_told(
    ready: Site, mood: int | str, words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if mood == "never":
        monkeypatch.setattr(wheelhouse, "ANSWER_LIMIT", 1)
    ready.index.mood = mood
    with pytest.raises(IndexUnreachable) as caught:
        ready.fetch()
    error = caught.value
    assert "can not be fetched" in error.message
    for word in words:
        assert word in f"{error.message}\n{error.details}\n{error.hint}"
    assert "HTTPConnectionPool(" not in error.details


def test_a_fetch_that_gets_garbage_is_not_what_was_locked(ready: Site) -> None:
    ready.index.mood = "garbage"
    with pytest.raises(ResolutionFailed, match="is not the file that was locked"):
        ready.fetch()
