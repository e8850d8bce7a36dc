"""Finding the programs that a plugin calls."""

from __future__ import annotations

import pytest

from launcher import catalogue
from launcher.model.catalogue import Catalogue
from tests.acceptance.programs import programs_of

CATALOGUE = Catalogue(catalogue.plugins())


@pytest.mark.parametrize(
    "source",
    [
        "subprocess.run(['ar', 'p', path])",
        "cmd = ['ar', 'x']\nres = subprocess.run(cmd, cwd=x)",
        "cmd = ['ar']\nrun(cmd + [x])",
        "shutil.which('ar')",
        "os.system('ar x')",
        "asyncio.create_subprocess_exec('ar', x)",
    ],
)
def test_a_program_that_is_called_is_found(source: str) -> None:
    assert programs_of(source) == {"ar"}


@pytest.mark.parametrize("source", ["cmd = ['ar']", "run()", "run(x)", "other(['ar'])", "run([])"])
def test_what_is_not_called_is_not(source: str) -> None:
    assert programs_of(source) == set()


def test_the_package_of_a_program_is_needed_and_that_of_an_impossible_one_is_not() -> None:
    assert CATALOGUE.plugins["pulp-deb"].needed == ("binutils",)
    assert "rpm" in CATALOGUE.plugins["pulp-rpm"].needed
    assert CATALOGUE.plugins["pulp-container"].needed == ("skopeo",)


def test_where_a_program_can_not_run_the_note_says_so() -> None:
    for known in CATALOGUE.plugins.values():
        for program, package in known.programs.items():
            assert package or program in known.notes
