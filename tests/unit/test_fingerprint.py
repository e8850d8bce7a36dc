"""The fingerprint of a build, and the words for what differs."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from launcher.model.fingerprint import differences, fingerprint

FILES = {"Containerfile": b"FROM x", "roles/api": b"#!/bin/sh\n"}
CONTENT = st.dictionaries(st.text("abc/. \n", min_size=1, max_size=4), st.binary(max_size=3))


def test_equal_inputs_have_equal_digests_in_any_order() -> None:
    turned = dict(reversed(FILES.items()))
    assert fingerprint(FILES, "id") == fingerprint(turned, "id")


@given(one=CONTENT, other=CONTENT, base=st.sampled_from(["a", "b"]))
def test_digests_differ_exactly_where_inputs_do(
    one: dict[str, bytes], other: dict[str, bytes], base: str
) -> None:
    left, right = fingerprint(one, "a"), fingerprint(other, base)
    same = one == other and base == "a"
    assert (left.digest == right.digest) is same
    assert (not differences(left.inputs, right.inputs)) is same


def test_a_difference_has_a_name() -> None:
    old = fingerprint(FILES, "id").inputs
    new = fingerprint({"Containerfile": b"FROM y", "pylock.toml": b""}, "other").inputs
    assert differences(old, new) == [
        "Containerfile changed",
        "base changed",
        "pylock.toml is new",
        "roles/api is gone",
    ]
