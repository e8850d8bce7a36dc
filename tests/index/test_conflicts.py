"""Plugins that do not fit together: the clash in words, and a set that does fit, as a command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.index.releases import library, plugin

if TYPE_CHECKING:
    from tests.index.site import Problem, Site

LINES = 10

GLUE = tuple(library("glue", version) for version in ("0.20", "0.31", "0.40"))
THREE = (
    *GLUE,
    plugin("pulp-one", "1.0", "pulpcore>=3.100,<3.130", "glue<0.35"),
    plugin("pulp-one", "2.0", "pulpcore>=3.118,<3.130", "glue>=0.30"),
    plugin("pulp-two", "1.0", "pulpcore>=3.100,<3.130", "glue<0.35"),
    plugin("pulp-two", "1.5", "pulpcore>=3.100,<3.115", "glue<0.35"),
    plugin("pulp-three", "1.0", "pulpcore>=3.100,<3.130"),
    plugin("pulp-three", "1.1", "pulpcore>=3.100,<3.130", "glue!=0.31"),
)
COMMON = (
    *GLUE,
    plugin("pulp-seven", "1.0", "pulpcore>=3.118,<3.130", "glue>=0.30"),
    plugin("pulp-eight", "1.4", "pulpcore>=3.105,<3.130", "glue"),
    plugin("pulp-eight", "1.5", "pulpcore>=3.118,<3.130", "glue<0.30"),
    plugin("pulp-nine", "1.0", "pulpcore>=3.105,<3.130", "glue!=0.40"),
)
TRIANGLE = (
    *GLUE,
    plugin("pulp-four", "0.9", "pulpcore>=3.100", "glue>=0.10"),
    plugin("pulp-four", "1.0", "pulpcore>=3.100", "glue>=0.30"),
    plugin("pulp-five", "1.0", "pulpcore>=3.100", "glue<0.35"),
    plugin("pulp-six", "1.0", "pulpcore>=3.100", "glue!=0.31"),
)


def told(problem: Problem) -> list[str]:
    """Return the lines of the details, which are few."""
    lines = problem.details.splitlines()
    assert len(lines) <= LINES
    return lines


def follow(site: Site, problem: Problem) -> dict[str, str]:
    """Run the command that is proposed, and return the versions that are locked by it."""
    assert problem.command[:2] == ["plugin", "add"]
    proposed = dict(word.split("==") for word in problem.command[2:] if "==" in word)
    site.run(*problem.command)
    site.run("lock", "--check")
    assert proposed.items() <= site.versions.items()
    return site.versions


def test_three_plugins_that_clash_over_a_library(site: Site) -> None:
    site.index.publish(COMMON)
    names = ["pulp-seven==1.0", "pulp-eight==1.5", "pulp-nine==1.0"]
    problem = site.refused("plugin", "add", *names)
    assert "pulp-eight 1.5 needs glue <0.30; pulp-seven 1.0 needs >=0.30" in told(problem)
    assert follow(site, problem) == {
        "django": "5.2",
        "glue": "0.31",
        "pulp-eight": "1.4",
        "pulp-nine": "1.0",
        "pulp-seven": "1.0",
        "pulpcore": "3.119.0",
    }


def test_three_plugins_that_are_pinned_into_a_clash(site: Site) -> None:
    site.index.publish(THREE)
    problem = site.refused("plugin", "add", "pulp-one==2.0", "pulp-two==1.5", "pulp-three==1.1")
    assert problem.message == "these plugins do not fit together"
    clash = "pulp-one 2.0 needs pulpcore >=3.118,<3.130; pulp-two 1.5 needs >=3.100,<3.115"
    assert clash in told(problem)
    assert "They fit together like this" in problem.hint
    assert follow(site, problem) == {
        "django": "5.2",
        "glue": "0.31",
        "pulp-one": "2.0",
        "pulp-three": "1.0",
        "pulp-two": "1.0",
        "pulpcore": "3.119.0",
    }


def test_one_after_the_other(ready: Site) -> None:
    ready.index.publish(THREE)
    ready.run("plugin", "add", "pulp-one==2.0")
    problem = ready.refused("plugin", "add", "pulp-two>=1.5")
    assert "pulp-one 2.0 needs pulpcore >=3.118,<3.130; pulp-two 1.5" in problem.details
    found = follow(ready, problem)
    assert found["pulp-two"] == "1.0"
    assert found["pulp-rpm"] == "3.39.0"


def test_three_of_which_each_two_would_fit(site: Site) -> None:
    site.index.publish(TRIANGLE)
    problem = site.refused("plugin", "add", "pulp-four>=1", "pulp-five", "pulp-six")
    lines = "\n".join(told(problem))
    for name, asked in (("four", ">=0.30"), ("five", "<0.35"), ("six", "!=0.31")):
        assert f"pulp-{name} 1.0 needs glue {asked}" in lines
    assert follow(site, problem)["pulp-four"] == "0.9"


def test_where_nothing_fits_it_is_said(site: Site) -> None:
    site.index.publish(release for release in TRIANGLE if release.version != "0.9")
    problem = site.refused("plugin", "add", "pulp-four", "pulp-five", "pulp-six")
    assert told(problem)
    assert "leave one of them out" in problem.hint


def test_the_whole_derivation_is_in_the_log(ready: Site) -> None:
    ready.index.publish([plugin("pulp-old", "1.0", "pulpcore<3.115")])
    problem = ready.refused("plugin", "add", "pulp-old", "rpm>=3.39", "--dry-run")
    log = ready.instance.paths.logs / "resolver.log"
    assert str(log) in problem.details
    assert "pulp-old" in log.read_text("utf-8")


def test_what_is_not_from_the_index_is_proposed_too(site: Site) -> None:
    site.index.publish([plugin("pulp-old", "1.0", "pulpcore<3.115")])
    own, ours = (plugin(name, "1.0", "pulpcore>=3.100") for name in ("pulp-own", "pulp-ours"))
    path = site.file(own.wheel_name, own.wheel())
    git = f"git+file://{site.repository(ours)}@main"
    problem = site.refused("plugin", "add", "pulp-old", path, git, "rpm>=3.39")
    assert {path, git} < set(problem.command)
    assert {"pulp-own", "pulp-ours", "pulp-rpm"} < set(follow(site, problem))


def test_what_is_lost_by_the_older_core_is_said(site: Site) -> None:
    site.index.publish([plugin("pulp-old", "1.0", "pulpcore<3.115")])
    problem = site.refused("plugin", "add", "pulp-old", "rpm>=3.39")
    assert "pulp-old 1.0 needs pulpcore <3.115; pulp-rpm 3.39.0 needs >=3.118,<3.130" in told(
        problem
    )
    assert "3.114.0 in place of 3.119.0, and you lose what came since" in problem.hint
    assert follow(site, problem)["pulp-rpm"] == "3.38.0"


def test_many_plugins_stay_within_ten_lines(site: Site) -> None:
    names = [f"pulp-n{number}" for number in range(8)]
    site.index.publish(
        plugin(name, "1.0", f"pulpcore=={core}")
        for name, core in zip(names, ["3.114.0", "3.118.0"] * 4, strict=True)
    )
    problem = site.refused("plugin", "add", *names)
    assert "pulp-n0 1.0 needs" in "\n".join(told(problem))


def test_a_constraint_that_clashes_is_named(ready: Site) -> None:
    ready.edit("[image]\n", '[image]\nconstraints = ["django<5"]\n')
    problem = ready.refused("plugin", "add", "deb")
    assert any("django" in line and "<5" in line for line in told(problem))
    assert "constraints" in problem.text or "the manifest" in problem.text


def test_a_requirement_of_the_image_that_clashes_is_named(ready: Site) -> None:
    ready.edit("[image]\n", '[image]\nrequirements = ["solv>=2"]\n')
    ready.index.publish([library("solv", "2.0"), plugin("pulp-picky", "1.0", "pulpcore", "solv<1")])
    problem = ready.refused("plugin", "add", "pulp-picky")
    assert any("solv" in line and "pulp-picky" in line for line in told(problem))
