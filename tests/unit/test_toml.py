"""The right word for a wrong one."""

from __future__ import annotations

import pytest

from launcher.model.toml import nearest

WORDS = ("version", "extras", "packages")


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("verison", "; did you mean 'version'?"),
        ("extra", "; did you mean 'extras'?"),
        ("zzz", ""),
        ("", ""),
    ],
)
def test_only_what_is_near_is_named(word: str, said: str) -> None:
    assert nearest(word, WORDS) == said


def test_several_near_words_are_all_named_best_first() -> None:
    assert nearest("pulp-gme", ["pulp-npm", "pulp-gem"]).startswith("; did you mean 'pulp-gem' or")
