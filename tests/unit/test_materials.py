"""What is said of licences, in all the ways that wheels have, and the list that is read again."""

from __future__ import annotations

import pytest

from launcher.model.materials import Materials, licences

OSI = "License :: OSI Approved"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["License-Expression: MIT OR Apache-2.0", "License: x"], ("MIT OR Apache-2.0",)),
        (["License: GPLv2+", f"Classifier: {OSI} :: MIT License"], ("GPLv2+",)),
        (
            ["License: Copyright (c) 2026", "        Permission is hereby granted",
             f"Classifier: {OSI} :: MIT License", f"Classifier: {OSI} :: BSD License"],
            ("MIT License", "BSD License"),
        ),
        (["License: UNKNOWN", f"Classifier: {OSI}", "Classifier: Typing :: Typed"], ()),
        (["License: "], ()),
        (["License-File: LICENSE"], ()),
        (["Author: J�rg", "License: MIT"], ("MIT",)),
    ],
)  # fmt: skip
def test_licences_are_taken_from_where_they_are(
    lines: list[str], expected: tuple[str, ...]
) -> None:
    head = ["Metadata-Version: 2.4", "Name: a", "Version: 1"]
    assert licences("\n".join([*head, *lines, "", "The description\n"])) == expected


def test_without_metadata_nothing_is_known() -> None:
    assert licences("") == ()


def test_only_packages_of_the_system_are_read_as_such() -> None:
    found = Materials.model_validate_json(
        """{"bomFormat": "CycloneDX", "components": [
        {"name": "tar", "version": "1.35", "purl": "pkg:deb/debian/tar@1.35"},
        {"name": "tar-py", "version": "1", "purl": "pkg:pypi/tar-py@1"},
        {"name": "debian", "version": "13"}]}"""
    )
    assert found.system == {"tar": "1.35"}
