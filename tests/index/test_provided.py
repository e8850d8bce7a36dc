"""A plugin that needs what has no wheel: the image has it of Debian, and no index is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.index.releases import plugin

if TYPE_CHECKING:
    from tests.index.site import Site


@pytest.fixture
def tree(site: Site) -> Site:
    """Have pulp-ostree in an index that has no PyGObject."""
    site.index.publish(
        plugin("pulp-ostree", version, "pulpcore<3.130", "PyGObject>=3.40,<3.51")
        for version in ("2.5", "2.6")
    )
    site.run("plugin", "add", "ostree>=2.5")
    return site


def test_it_is_locked_without(tree: Site) -> None:
    assert list(tree.versions) == ["django", "pulp-ostree", "pulpcore"]
    assert "GET /simple/pygobject/" not in tree.index.asked
    assert 'provided = ["pygobject"]' in tree.lock.text
    assert len(tree.fetch()) == 3
    tree.run("lock", "--check")


def test_the_same_question_has_the_same_answer(tree: Site) -> None:
    before = tree.lock.text
    tree.instance.paths.lock.unlink()
    tree.run("lock")
    assert tree.lock.text == before
    assert tree.run("lock", "--upgrade") == "Nothing changed in the lock.\n"


def test_it_can_be_asked_about(tree: Site) -> None:
    assert tree.run("plugin", "why", "ostree") == "pulp-ostree ← the manifest\n"
    assert tree.run("outdated") == "Everything is up to date.\n"
    shown = tree.data("plugin", "show", "ostree")
    assert (shown["newest"], shown["notes"]) == ("2.6", "")


def test_without_the_plugin_it_is_a_distribution_as_any(tree: Site) -> None:
    tree.run("plugin", "remove", "ostree")
    assert "provided" not in tree.lock.text
    tree.edit("packages = []", 'packages = []\nrequirements = ["PyGObject"]')
    assert "pygobject" in tree.refused("lock").message
