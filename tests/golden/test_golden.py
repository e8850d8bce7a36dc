"""Every file that is rendered is reviewed as text; `pytest tests/golden --update-golden` rewrites.

What a golden file can not tell is whether podman understands it: test_generator.py asks podman.
"""

from __future__ import annotations

import pytest

from launcher.model.config import Config
from tests.golden.cases import CASES, Case


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_rendered_is_what_was_reviewed(case: Case, request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--update-golden"):
        case.rewrite()
    rendered, reviewed = case.render(), case.reviewed()
    assert sorted(rendered) == sorted(reviewed), "a file is missing, or left over"
    for name, text in rendered.items():
        assert text == reviewed[name], f"{case.name}: {name}"


def test_a_host_may_have_the_oldest_and_the_newest_podman() -> None:
    assert {case.podman for case in CASES} >= {(4, 6), (5, 0), (5, 4)}
    assert {case.rootless for case in CASES} == {True, False}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_config_comes_out_of_a_record_as_it_went_in(case: Case) -> None:
    """Journals and what worked are kept as JSON; a key that does not survive it breaks both."""
    assert Config.model_validate(case.config.model_dump(mode="json")) == case.config
