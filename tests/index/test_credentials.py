"""An index that wants credentials gets them from netrc, for resolving and for fetching."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from launcher.model.errors import IndexUnreachable

if TYPE_CHECKING:
    from pathlib import Path

    from tests.index.site import Site

SECRET = "s3cret-of-kim"  # noqa: S105 - that is what it is here


@pytest.fixture
def guarded(site: Site) -> Site:
    site.index.credentials = ("kim", SECRET)
    return site


def netrc(path: Path, secret: str = SECRET) -> Path:
    path.write_text(f"machine 127.0.0.1 login kim password {secret}\n", encoding="utf-8")
    path.chmod(0o600)
    return path


def _everything_works(site: Site) -> None:
    site.run("plugin", "add", "rpm")
    assert site.versions["pulp-rpm"] == "3.39.0"
    assert len(site.fetch()) == 4


def test_the_netrc_of_the_home_and_that_the_secret_is_written_nowhere(guarded: Site) -> None:
    own = netrc(guarded.home / ".netrc")
    _everything_works(guarded)
    found = (path for path in guarded.home.rglob("*") if path.is_file() and path != own)
    assert not [path for path in found if SECRET.encode() in path.read_bytes()]


def test_the_netrc_that_the_environment_names(
    guarded: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NETRC", str(netrc(guarded.home / "elsewhere")))
    _everything_works(guarded)


def test_a_wrong_password_is_told_and_not_repeated(guarded: Site) -> None:
    netrc(guarded.home / ".netrc", "guessed")
    problem = guarded.refused("plugin", "add", "rpm")
    assert "wants credentials, or refuses those that it got" in problem.message
    assert "~/.netrc" in problem.hint
    assert "guessed" not in problem.text


def test_fetching_without_credentials_is_told(guarded: Site) -> None:
    own = netrc(guarded.home / ".netrc")
    guarded.run("plugin", "add", "rpm")
    own.unlink()
    shutil.rmtree(guarded.instance.paths.wheels)
    with pytest.raises(IndexUnreachable, match="can not be fetched"):
        guarded.fetch()


def test_variables_of_the_shell_that_change_the_choice_are_named(
    fresh: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_INDEX_STRATEGY", "unsafe-best-match")
    monkeypatch.setenv("UV_INDEX_CORP_PASSWORD", "canary")
    said = fresh.call("plugin", "add", "rpm").err
    assert "UV_INDEX_STRATEGY of this shell's environment has a say" in said
    assert "UV_INDEX_CORP" not in said
