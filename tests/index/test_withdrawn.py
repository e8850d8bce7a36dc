"""A version that its makers withdrew (yanked) is not chosen, but one that was chosen stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.index.releases import plugin

if TYPE_CHECKING:
    from tests.index.site import Site

RPM = "pulp_rpm-3.39.0-py3-none-any.whl"
REASON = "breaks every migration"


def test_the_newest_that_was_not_withdrawn_is_taken(site: Site) -> None:
    site.index.yank(RPM, REASON)
    site.run("plugin", "add", "rpm")
    assert site.versions["pulp-rpm"] == "3.38.0"


def test_an_exact_pin_of_it_is_refused_with_the_reason(ready: Site) -> None:
    ready.index.yank("pulp_deb-3.11.0-py3-none-any.whl", REASON)
    problem = ready.refused("plugin", "add", "deb==3.11.0")
    assert problem.message == "pulp-deb 3.11.0 was withdrawn by its makers"
    assert problem.details == REASON
    assert "another version" in problem.hint


@pytest.mark.parametrize(
    ("text", "reason"), [("pulp-gone", REASON), ("pulp-gone", ""), ("pulp-gone==1.0", "")]
)
def test_a_plugin_of_which_all_is_withdrawn(ready: Site, text: str, reason: str) -> None:
    gone = plugin("pulp-gone", "1.0", "pulpcore")
    ready.index.publish([gone])
    ready.index.yank(gone.wheel_name, reason)
    problem = ready.refused("plugin", "add", text)
    assert "pulp-gone" in problem.message
    assert "withdrawn" in problem.message
    assert reason in problem.text
    assert not problem.message.endswith((" ", ":"))


def test_a_range_that_only_a_withdrawn_one_is_in(ready: Site) -> None:
    ready.index.yank("pulp_deb-3.11.0-py3-none-any.whl", REASON)
    problem = ready.refused("plugin", "add", "deb>=3.11")
    assert "withdrawn" in problem.message
    assert REASON in problem.text


def test_what_was_locked_before_stays_locked(ready: Site) -> None:
    ready.index.yank(RPM, REASON)
    ready.run("plugin", "add", "deb")
    ready.run("lock")
    assert ready.versions["pulp-rpm"] == "3.39.0"
    assert len(ready.fetch()) == 5


def test_an_update_leaves_it(ready: Site) -> None:
    ready.index.yank(RPM, REASON)
    ready.run("plugin", "update", "rpm")
    assert ready.versions["pulp-rpm"] == "3.38.0"


def test_a_withdrawn_core_is_not_taken(fresh: Site) -> None:
    fresh.index.yank("pulpcore-3.119.0-py3-none-any.whl", REASON)
    fresh.run("plugin", "add", "rpm")
    assert fresh.versions["pulpcore"] == "3.118.0"
