"""What is said of a plugin: by the catalogue, and by the index where it answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.index.site import Site


def test_a_known_plugin_has_its_newest_release_from_the_index(ready: Site) -> None:
    shown = ready.data("plugin", "show", "rpm")
    assert shown["newest"] == "3.39.0"
    assert shown["needs"] == ["pulpcore>=3.118,<3.130"]
    assert shown["summary"].startswith("RPM packages")


def test_an_unknown_plugin_is_shown_from_the_index_alone(ready: Site) -> None:
    shown = ready.data("plugin", "show", "pulp_upon")
    assert (shown["name"], shown["newest"], shown["summary"]) == ("pulp-upon", "2.0", "")


def test_a_library_is_not_shown_as_a_plugin(ready: Site) -> None:
    ready.refused("plugin", "show", "pulp-glue", status=2)


def test_what_nobody_knows_comes_with_the_nearest(ready: Site) -> None:
    problem = ready.refused("plugin", "show", "pulp_pyton", status=2)
    assert "pulp-pyton" in problem.message
    assert "python'" in problem.message


def test_the_catalogue_and_the_list_do_without_the_index(ready: Site) -> None:
    ready.index.mood = 500
    assert ready.data("plugin", "show", "rpm")["newest"] == ""
    rows = {row["name"]: row for row in ready.data("plugin", "list")["plugins"]}
    assert (rows["pulp-rpm"]["locked"], rows["pulp-rpm"]["newest"]) == ("3.39.0", None)


def test_the_list_goes_from_asked_for_to_newest(ready: Site) -> None:
    ready.running("3.118.0", pulp_rpm="3.38.0")
    listed = ready.data("plugin", "list")
    rows = {row["name"]: list(row.values())[1:6] for row in listed["plugins"]}
    assert rows["pulpcore"] == ["*", "3.119.0", "3.118.0", "3.118.0", "3.119.0"]
    assert rows["pulp-rpm"] == ["*", "3.39.0", "3.38.0", "3.38.0", "3.39.0"]
    assert listed["not_built"] == 2
    assert "2 changes are not built yet: run pulp-launcher rebuild" in ready.run("plugin", "list")
