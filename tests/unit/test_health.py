"""What Pulp's own status has to say before it counts as whole."""

from __future__ import annotations

from typing import Any

import pytest

from launcher.model.health import Download, lacks, refused, reported

VERSIONS = {"pulpcore": "3.115.0", "pulp-rpm": "3.39.0", "django": "5.2"}


def status(**changes: Any) -> dict[str, Any]:
    return {
        "versions": [
            {"component": "core", "package": "pulpcore", "version": "3.115.0"},
            {"component": "rpm", "package": "pulp_rpm", "version": "3.39.0"},
            {"component": "file", "package": "pulp-file", "version": "3.115.0"},
        ],
        "database_connection": {"connected": True},
        "redis_connection": {"connected": True},
        "online_workers": [{"name": "1@worker-1"}, {"name": "1@worker-2"}],
        "online_api_apps": [{"name": "7@api"}, {"name": "8@api"}],
        "online_content_apps": [{"name": "7@content"}],
        **changes,
    }


def problems(answer: dict[str, Any] | None, workers: int = 2) -> list[str]:
    hosts = {
        "api": ["api"],
        "content": ["content"],
        "worker": [f"worker-{number + 1}" for number in range(workers)],
    }
    return lacks(answer, VERSIONS, ["pulp-rpm"], hosts)


def test_a_whole_pulp_lacks_nothing() -> None:
    assert problems(status()) == []


def test_a_worker_that_was_killed_may_be_listed_still() -> None:
    assert problems(status(), workers=1) == []


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"versions": []}, "pulpcore is not there, not 3.115.0"),
        (
            {"versions": [{"package": "pulpcore", "version": "3.115.0"},
                          {"package": "pulp-rpm", "version": "3.38.0"}]},
            "pulp-rpm is 3.38.0, not 3.39.0",
        ),
        ({"database_connection": {"connected": False}}, "the database is not connected"),
        ({"redis_connection": None}, "the cache is not connected"),
        ({"online_workers": [{"name": "1@worker-2"}]}, "1 of 2 worker containers are online"),
        ({"online_api_apps": [{"name": "1@api-of-another"}]}, "0 of 1 api containers are online"),
        ({"online_content_apps": []}, "0 of 1 content containers are online"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_words(changes: dict[str, Any], word: str) -> None:
    assert word in problems(status(**changes))


def test_no_answer_is_one_problem() -> None:
    assert problems(None) == ["the status endpoint does not answer"]


def test_an_answer_of_something_else_lacks_everything() -> None:
    assert len(problems({})) == 7


def test_parts_of_pulpcore_are_not_reported_as_plugins() -> None:
    assert reported(status()) == {"pulpcore": "3.115.0", "pulp-rpm": "3.39.0"}


def test_without_a_cache_none_is_wanted() -> None:
    answer = status(redis_connection={"connected": False}, online_workers=[])
    hosts: dict[str, list[str]] = {"api": [], "content": [], "worker": []}
    assert lacks(answer, VERSIONS, ["pulp-rpm"], hosts, cached=False) == []


@pytest.mark.parametrize(
    ("there", "answer", "word"),
    [
        (True, 206, ""),
        (True, 302, ""),
        (True, 416, ""),
        (True, 404, "a download of /a answers 404"),
        (False, 404, ""),
        (False, 403, ""),
        (False, 500, "a download of /a answers 500"),
        (False, 0, "a download of /a is not answered"),
    ],
)
def test_a_download_that_fails(there: bool, answer: int, word: str) -> None:  # noqa: FBT001
    assert refused([Download("/a", there)], [answer]) == ([word] if word else [])


def test_downloads_that_were_not_tried_fail() -> None:
    assert refused([Download("/a", there=True)], []) == ["a download of /a is not answered"]
