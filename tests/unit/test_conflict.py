"""Who asks for what nobody can have together."""

from __future__ import annotations

import pytest

from launcher.model.conflict import Asker, allows, clashes, wishes

NEW, OLD = Asker("the instance", ("pulpcore>=3.115",)), Asker("pulp-x 1.0", ("PulpCore<3.100",))


def test_two_that_can_not_both_be_pleased_are_named() -> None:
    assert clashes([NEW, OLD]) == ["the instance needs pulpcore >=3.115; pulp-x 1.0 needs <3.100"]


@pytest.mark.parametrize(
    "requirements",
    [
        ("pulpcore",),
        ("pulpcore<4,>=3",),
        ("pulpcore-selinux<3",),
        ("pulpcore<3; extra == 'tests'",),
        ("pulpcore<3; python_version < '3'",),
        (),
    ],
)
def test_what_fits_is_no_clash(requirements: tuple[str, ...]) -> None:
    assert clashes([NEW, Asker("pulp-x 1.0", requirements)]) == []


def test_each_pair_has_its_sentence_sorted_by_what_is_wanted() -> None:
    other = Asker("pulp-y 2.0", ("pulpcore<3.90", "django<4"))
    found = clashes([NEW, OLD, other, Asker("pulp-z 1.0", ("django>=5",))])
    assert [sentence.partition(";")[0] for sentence in found] == [
        "pulp-y 2.0 needs django <4",
        "the instance needs pulpcore >=3.115",
        "the instance needs pulpcore >=3.115",
    ]


def test_a_range_of_several_parts_is_told_in_order() -> None:
    (sentence,) = clashes([OLD, Asker("pulp-y", ("pulpcore<4,>=3.110",))])
    assert sentence.endswith("pulp-y needs >=3.110,<4")


def test_what_takes_three_is_told_as_wishes() -> None:
    three = [Asker(name, (f"django{text}",)) for name, text in (("a", ">=4"), ("b", "!=4.2"))]
    three += [Asker("c", ("django<5", "celery<5", "yarl")), Asker("d", ("redis>1",))]
    assert clashes(three) == []
    assert wishes(three, "Because django==4.2 and celery, redis …") == [
        "a needs django >=4",
        "b needs django !=4.2",
        "c needs django <5",
    ]


@pytest.mark.parametrize(
    ("requirements", "version", "allowed"),
    [
        ((), "3.0", True),
        (("pulpcore>=3",), "3.0", True),
        (("pulpcore>=3", "PulpCore <3.100"), "3.115", False),
        (("pulpcore>=3",), "4.0b1", True),
        (("django<3",), "3.115", True),
        (("pulpcore<3; extra == 'tests'",), "3.115", True),
    ],
)
def test_a_version_is_allowed_where_nobody_minds(
    requirements: tuple[str, ...], version: str, *, allowed: bool
) -> None:
    assert allows(requirements, "pulpcore", version) is allowed
