"""Who asks for what, by the papers of each distribution."""

from __future__ import annotations

import pytest

from launcher.model.askers import askers_of

WHERE = {"sys_platform": "linux", "python_version": "3.13"}
NEEDS = {
    "pulpcore": ("django>=5", "boto>=1; extra == 's3'", "pulpcore[s3]; extra == 'all'"),
    "pulp-rpm": ("pulpcore<4", "Solv_Py", "winreg; sys_platform == 'win32'"),
    "solv-py": ("django", "tomli; python_version < '3.11'"),
}


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (["pulpcore"], {"pulpcore": "the manifest", "django": "pulpcore"}),
        (
            ["pulpcore", "pulp_rpm"],
            {
                "pulpcore": "the manifest, pulp-rpm",
                "pulp-rpm": "the manifest",
                "solv-py": "pulp-rpm",
                "django": "pulpcore, solv-py",
            },
        ),
        (
            ["pulpcore[s3]"],
            {"pulpcore": "the manifest", "django": "pulpcore", "boto": "pulpcore"},
        ),
        (
            ["pulpcore[all]"],
            {"pulpcore": "the manifest", "django": "pulpcore", "boto": "pulpcore"},
        ),
        (["own @ https://files.example/own.zip"], {"own": "the manifest"}),
    ],
)
def test_askers_are_those_that_hold_here(asked: list[str], found: dict[str, str]) -> None:
    askers = askers_of(asked, NEEDS, WHERE)
    assert {name: ", ".join(above) for name, above in askers.items()} == found


def test_circles_end() -> None:
    needs = {"a": ("b",), "b": ("a", "c"), "c": ()}
    assert askers_of(["a"], needs, WHERE) == {"a": ("the manifest", "b"), "b": ("a",), "c": ("b",)}
