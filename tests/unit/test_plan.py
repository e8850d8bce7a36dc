"""The differences between the files that shall be and those that are."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from launcher.model.plan import Action, FileChange, plan_files

FILES = st.dictionaries(st.sampled_from("abcdef"), st.sampled_from(["1", "2", ""]))


def test_each_difference_is_one_change_by_name() -> None:
    changes = plan_files({"c": "new", "a": "1", "b": "2"}, {"d": "old", "b": "1", "a": "1"})
    assert changes == (
        FileChange(Action.UPDATE, "b", "2"),
        FileChange(Action.WRITE, "c", "new"),
        FileChange(Action.REMOVE, "d"),
    )


@given(desired=FILES, actual=FILES)
def test_the_changes_lead_from_one_to_the_other(
    desired: dict[str, str], actual: dict[str, str]
) -> None:
    result = dict(actual)
    for change in plan_files(desired, actual):
        if change.action is Action.REMOVE:
            del result[change.name]
        else:
            assert (change.action is Action.UPDATE) is (change.name in actual)
            assert result.get(change.name) != change.text
            result[change.name] = change.text
    assert result == desired
    assert plan_files(desired, result) == ()
