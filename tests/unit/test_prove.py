"""What the image tells of itself: `containers/bin/prove`, as far as it runs outside of one."""

from __future__ import annotations

import platform
import runpy
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from launcher.model.materials import System

PROVE = Path(__file__).resolve().parent.parent.parent / "containers/bin/prove"


@pytest.fixture(scope="module")
def prove() -> dict[str, Any]:
    return runpy.run_path(str(PROVE))


def list_system(
    prove: dict[str, Any], monkeypatch: pytest.MonkeyPatch, release: dict[str, str], said: str
) -> System:
    """Return the operating system of a host whose dpkg says that."""
    done = subprocess.CompletedProcess([], 0, said, "")
    monkeypatch.setattr(platform, "freedesktop_os_release", lambda: release)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: done)
    return System.model_validate(prove["system"]())


def test_packages_are_listed_with_their_sources(
    prove: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = (
        "installed\tlibssl3t64\t3.5.1-1+b1\tamd64\topenssl\t3.5.1-1\n"
        "config-files\told\t1\tall\told\t1\n"
    )
    release = {"ID": "debian", "VERSION_ID": "13"}
    found = list_system(prove, monkeypatch, release, said)
    assert (found.name, found.version) == ("debian", "13")
    (package,) = found.packages
    assert tuple(package.model_dump().values()) == (
        "libssl3t64", "3.5.1-1+b1", "amd64", "openssl", "3.5.1-1",
    )  # fmt: skip


def test_a_release_without_a_number_is_fine(
    prove: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert list_system(prove, monkeypatch, {"ID": "debian"}, "") == System(name="debian")


@pytest.mark.skipif(not shutil.which("dpkg-query"), reason="no Debian")
def test_the_real_dpkg_understands_the_question(prove: dict[str, Any]) -> None:
    found = {item.name: item for item in System.model_validate(prove["system"]()).packages}
    dpkg = found["dpkg"]
    assert dpkg.version
    assert (dpkg.source, dpkg.source_version) == ("dpkg", dpkg.version)
