"""Indexes that are well, but not as PyPI is: plain folders, without digests, behind a proxy."""

from __future__ import annotations

from platform import machine
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from launcher.host import proxy
from launcher.operations.mend import mend
from tests.index.conftest import SECRETS
from tests.index.distributions import Release

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.index.server import Server
    from tests.index.site import Site


def test_a_plain_folder_of_files(site: Site) -> None:
    site.index.plain = True
    site.run("plugin", "add", "rpm")
    assert site.versions["pulp-rpm"] == "3.39.0"
    assert f"{site.index.address}/files/solv-0.7.1-py3-none-any.whl" in site.lock.text
    assert len(site.fetch()) == 4


def test_an_index_that_tells_no_digests(site: Site) -> None:
    site.index.hashed = False
    site.run("plugin", "add", "rpm")
    assert site.versions["pulp-rpm"] == "3.39.0"
    assert "sha256" in site.lock.text.partition("[tool")[0]
    assert len(site.fetch()) == 4


@pytest.fixture
def behind(site: Site, server: Server, monkeypatch: pytest.MonkeyPatch) -> Site:
    """Have the index where only a proxy finds it, and the proxy in the manifest."""
    path = urlsplit(site.index.address).path
    monkeypatch.setattr(site.index, "address", f"http://index.example{path}")
    site.edit("http://127.0.0.1:", "http://index.example:")
    site.edit(f":{urlsplit(server.address).port}/", "/")
    site.edit("[image]\n", f'[image]\nproxy = "{server.address}"\n')
    return site


def test_behind_a_proxy(behind: Site) -> None:
    behind.run("plugin", "add", "rpm")
    assert "http://index.example/" in behind.lock.text
    assert len(behind.fetch()) == 4


def test_what_only_asks_finds_the_proxy_too(behind: Site) -> None:
    behind.run("plugin", "add", "rpm")
    proxy.use(str)
    assert behind.data("plugin", "show", "deb")["newest"] == "3.11.0"
    proxy.use(str)
    rows = {row["name"]: row for row in behind.data("plugin", "list")["plugins"]}
    assert rows["pulp-rpm"]["newest"] == "3.39.0"
    proxy.use(str)
    assert "solv ← pulp-rpm" in behind.run("plugin", "why", "solv")


@pytest.fixture
def guarded(behind: Site, server: Server) -> Iterator[Site]:
    """Have the proxy want a name and a password, which are a secret and not in the manifest."""
    address = server.address.replace("http://", "http://kim:p%40ss-canary@")
    SECRETS["pulp.proxy"] = f"{address}\n"
    behind.edit(f'proxy = "{server.address}"', 'proxy = { from-secret = "proxy" }')
    server.as_proxy = "kim:p@ss-canary"
    yield behind
    server.as_proxy = None


def test_a_proxy_with_a_password_lets_all_through(guarded: Site) -> None:
    """The kind of fault: what fetches does not know the password, or somebody tells it."""
    guarded.run("plugin", "add", "rpm")
    assert len(guarded.fetch()) == 4
    guarded.edit("[index]\n", f'[index]\nadvisories = "{guarded.index.service}"\n')
    assert mend(guarded.instance, guarded.instance.manifest(), ()).notes == ()
    assert guarded.index.advisories.asked
    assert not [path for path, text in guarded.files().items() if b"canary" in text]


def test_a_password_that_the_proxy_refuses(guarded: Site) -> None:
    SECRETS["pulp.proxy"] = SECRETS["pulp.proxy"].replace("p%40ss", "other")
    problem = guarded.refused("plugin", "add", "rpm")
    assert problem.code == "index-unreachable"
    assert "the proxy" in problem.message
    assert "http://***@127.0.0.1" in problem.message + problem.hint
    assert "pulp-launcher secret set" in problem.hint
    assert "canary" not in problem.text


def test_a_secret_that_is_not_there(guarded: Site) -> None:
    SECRETS["pulp.proxi"] = SECRETS.pop("pulp.proxy")
    problem = guarded.refused("plugin", "add", "rpm")
    assert "did you mean 'proxi'" in problem.message
    assert problem.command[:3] == ["secret", "set", "proxy"]


def test_some_hosts_are_asked_directly(site: Site) -> None:
    site.edit("[image]\n", '[image]\nproxy = "127.0.0.1:9"\nno_proxy = ["127.0.0.0/8"]\n')
    site.run("plugin", "add", "rpm")
    assert len(site.fetch()) == 4


def test_advisories_are_asked_for_through_the_proxy(behind: Site) -> None:
    behind.run("plugin", "add", "rpm")
    behind.edit("[index]\n", f'[index]\nadvisories = "{behind.index.service}"\n')
    assert mend(behind.instance, behind.instance.manifest(), ()).notes == ()
    assert behind.index.advisories.asked


def test_a_file_is_added_through_the_proxy(behind: Site) -> None:
    behind.run("plugin", "add", f"{behind.index.address}/files/pulp_deb-3.11.0-py3-none-any.whl")
    assert behind.versions["pulp-deb"] == "3.11.0"


def test_the_wheels_are_those_of_the_images_python(ready: Site) -> None:
    ready.index.publish(
        Release("solv", "0.8", plugin=False, tag=f"{python}-{python}-manylinux_2_28_{machine()}")
        for python in ("cp312", "cp313")
    )
    ready.run("lock", "--upgrade")
    assert "cp313-cp313" in ready.lock.text
    ready.edit("[image]\n", '[image]\npython = "3.12"\n')
    ready.run("lock")
    assert "cp312-cp312" in ready.lock.text
    assert "cp313-cp313" not in ready.lock.text
