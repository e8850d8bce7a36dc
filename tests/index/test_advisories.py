"""A service of advisories is asked once for the lock, and what it names moves alone."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from launcher.host import advisories
from launcher.operations.mend import Mended, mend
from tests.index.releases import core, library, plugin

if TYPE_CHECKING:
    from tests.index.site import Site

NEWER = (
    library("django", "5.3"),
    plugin("pulp-rpm", "3.39.1", "pulpcore>=3.118,<3.130", "solv>=0.7"),
    core("3.119.1"),
)


@pytest.fixture
def site(ready: Site) -> Site:
    """Return a site where pulp-rpm is locked, with newer releases of it and of what it needs."""
    ready.index.publish(NEWER)
    ready.edit("[index]\n", f'[index]\nadvisories = "{ready.index.service}"\n')
    return ready


def mended(site: Site, *limits: str) -> Mended:
    before = site.files()
    found = mend(site.instance, site.instance.manifest(), limits)
    assert site.files() == before
    return found


def moved(site: Site, found: Mended) -> dict[str, str]:
    now, before = found.lock.versions, site.versions
    return {name: now[name] for name in now if now[name] != before.get(name)}


def test_what_has_an_advisory_moves_alone(site: Site) -> None:
    site.index.advisories.ids["django 5.2"] = ("GHSA-9", "PYSEC-1")
    found = mended(site)
    assert moved(site, found) == {"django": "5.3"}
    assert (found.why, found.notes) == ({"django": ("GHSA-9", "PYSEC-1")}, ())
    assert found.lock.fits(site.instance.manifest())
    first, second = site.index.advisories.asked
    assert {query["package"]["name"] for query in first} == set(site.versions)
    assert [query["version"] for query in second] == ["5.3"]


def test_no_advisory_moves_nothing(site: Site) -> None:
    site.index.advisories.ids["django 5.1"] = ("GHSA-9",)
    assert mended(site) == Mended(site.lock)
    assert len(site.index.advisories.asked) == 1


def test_a_plugin_moves_though_pulpcore_stays(site: Site) -> None:
    site.index.advisories.ids["pulp-rpm 3.39.0"] = ("GHSA-9",)
    assert moved(site, mended(site)) == {"pulp-rpm": "3.39.1"}


def test_a_plugin_goes_no_further_than_it_may(site: Site) -> None:
    site.index.publish([plugin("pulp-rpm", "3.40.0", "pulpcore>=3.118,<3.130", "solv>=0.7")])
    site.index.advisories.ids["pulp-rpm 3.39.0"] = ("GHSA-9",)
    assert moved(site, mended(site)) == {"pulp-rpm": "3.40.0"}
    assert moved(site, mended(site, "pulp-rpm<3.40")) == {"pulp-rpm": "3.39.1"}


def test_what_is_not_mended_yet_is_told(site: Site) -> None:
    site.index.advisories.ids["solv 0.7.1"] = ("GHSA-9",)
    found = mended(site)
    assert moved(site, found) == {}
    (note,) = found.notes
    assert note == (
        "solv 0.7.1 has a known vulnerability that nothing newer which fits mends: GHSA-9"
    )


def test_an_answer_of_many_pages_is_read_to_its_end(site: Site) -> None:
    site.index.advisories.page = 2
    site.index.advisories.ids["django 5.2"] = ("A-1", "A-2", "A-3", "A-4", "A-5")
    versions = {"django": "5.2", "solv": "0.7.1", "of-a-checkout": ""}
    found = advisories.known(site.index.service, versions)
    assert found == {"django": ("A-1", "A-2", "A-3", "A-4", "A-5")}
    assert [len(queries) for queries in site.index.advisories.asked] == [2, 1, 1]


@pytest.mark.parametrize(
    "mood",
    [
        404,
        500,
        503,
        "",
        "\x00<<<<not an answer",
        "[]",
        "{}",
        '{"results": []}',
        '{"results": 7}',
        '{"results": [{"vulns": [{"name": "x"}]}]}',
        "never",
    ],
)
def test_a_service_that_is_not_well_is_a_note(
    site: Site, mood: int | str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(advisories, "ANSWER_LIMIT", 0.5)
    site.index.advisories.mood = mood
    found = mended(site)
    assert found.lock == site.lock
    (note,) = found.notes
    assert note.startswith(f"Python distributions stay: {site.index.service} does not answer")


def test_a_port_where_nobody_listens_is_a_note(site: Site) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{probe.getsockname()[1]}"
    site.edit(site.index.service, address)
    (note,) = mended(site).notes
    assert address in note


def test_nobody_is_asked_where_none_is_named(site: Site) -> None:
    site.edit(site.index.service, "")
    site.index.advisories.ids["django 5.2"] = ("GHSA-9",)
    assert mended(site) == Mended(site.lock)
    assert not site.index.advisories.asked
