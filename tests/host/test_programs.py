"""No plugin of today's index calls a program that the catalogue does not know.

The kind of fault: a program that is missing in the image, found out by whoever first needs it.
"""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from launcher import catalogue
from launcher.host import package
from launcher.model.catalogue import Catalogue
from tests.acceptance.programs import programs

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.host, pytest.mark.thorough]

CATALOGUE = Catalogue(catalogue.plugins())
NAMES = [name for name, known in CATALOGUE.plugins.items() if not known.state]
ALWAYS = {"git", "gpg", "sq"}
"""The programs of `containers/packages.txt`."""


@pytest.mark.parametrize("name", ["pulpcore", *NAMES])
def test_the_newest_release_calls_known_programs_only(name: str, tmp_path: Path) -> None:
    options = ["--no-deps", "--python-version=3.13", "--only-binary=:all:", f"--dest={tmp_path}"]
    argv = [sys.executable, "-m", "pip", "download", "-q", *options, name]
    subprocess.run(argv, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    ours = CATALOGUE.plugins[name].programs if name in CATALOGUE.plugins else {}
    assert programs(wheel) <= {*ours, *ALWAYS}


def test_what_is_always_there_is_in_every_image() -> None:
    assert set((package.containers() / "packages.txt").read_text().split()) >= ALWAYS
