"""The list of materials: valid by the official schema, exact, and the same for the same image."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from hypothesis import given
from hypothesis import strategies as st

from launcher.model.generation import Generation
from launcher.model.materials import Distribution, System, SystemPackage
from launcher.model.wheel import Kind, Source, Wheel
from launcher.render.sbom import sbom

SHA, OTHER = "ab" * 32, "cd" * 32
DEB, ON = "pkg:deb/debian", "arch=amd64&distro=debian-13"
PYPI = "https://files.pythonhosted.org/packages"
GENERATION = Generation(
    number=3, image="localhost/pulp-launcher/pulp:3-f00", image_id="1d", fingerprint="f00",
    platform="x:p", inputs={}, plugins=("pulp-rpm",), versions={},
    built_at="2026-01-06T10:00:00+00:00",
)  # fmt: skip


def package(name: str, version: str, source: str, source_version: str) -> SystemPackage:
    return SystemPackage(
        name=name, version=version, architecture="amd64",
        source=source, source_version=source_version,
    )  # fmt: skip


SYSTEM = System(
    name="debian",
    version="13",
    packages=(
        package("tar", "1.35+dfsg-3.1", "tar", "1.35+dfsg-3.1"),
        package("libssl3t64", "3.5.1-1+b1", "openssl", "3.5.1-1"),
        package("bsdutils", "1:2.41~rc1-5", "util-linux", "2.41~rc1-5"),
    ),
)


def distribution(
    name: str, kind: Kind, address: str, *licences: str, check: str = ""
) -> Distribution:
    wheel = Wheel(name, "1.0+x", f"{name}-1.0+x-py3-none-any.whl", SHA, "/wheels/x.whl")
    return Distribution(Source(name, "1.0+x", kind, address, check), wheel, licences)


PYTHON = [
    distribution("pulpcore", Kind.WHEEL, f"{PYPI}/pulpcore.whl", "GPL-2.0-or-later", check=SHA),
    distribution("old", Kind.SDIST, f"{PYPI}/old.tar.gz#x", "MIT License", "BSD", check=OTHER),
    distribution("both", Kind.WHEEL, f"{PYPI}/both.whl", "MIT OR (Apache-2.0 AND BSD-3-Clause)"),
    distribution("hello", Kind.GIT, "https://git.example/hello.git", "mit", check="0b2f26d"),
    distribution("near", Kind.FOLDER, "/srv/near"),
    distribution("local", Kind.WHEEL, "file:///srv/local.whl", check=SHA),
]


def written(
    distributions: list[Distribution] = PYTHON, system: System = SYSTEM, **changed: Any
) -> dict[str, Any]:
    text = sbom(GENERATION.model_copy(update=changed), distributions, system)
    found: dict[str, Any] = json.loads(text)
    return found


def component(name: str) -> dict[str, Any]:
    found: dict[str, Any]
    (found,) = [item for item in written()["components"] if item["name"] == name]
    return found


@pytest.mark.parametrize("system", [SYSTEM, System(), System(name="debian")])
@pytest.mark.parametrize("distributions", [PYTHON, []])
def test_the_official_schema_is_met(distributions: list[Distribution], system: System) -> None:
    text = sbom(GENERATION, distributions, system)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    assert json.loads(text)["specVersion"] == "1.6"


def test_the_same_image_has_the_same_list_in_any_order() -> None:
    turned = System(name="debian", version="13", packages=tuple(reversed(SYSTEM.packages)))
    assert sbom(GENERATION, PYTHON, SYSTEM) == sbom(GENERATION, PYTHON[::-1], turned)


def test_the_number_follows_the_fingerprint_and_the_image() -> None:
    number = written()["serialNumber"]
    assert number == written(built_at="2026-02-06T10:00:00+00:00")["serialNumber"]
    assert number != written(fingerprint="f01")["serialNumber"]
    assert number != written(image_id="1e")["serialNumber"]


def test_the_image_is_what_the_list_is_of() -> None:
    found = written()
    about = found["metadata"]
    assert about["timestamp"] == "2026-01-06T10:00:00+00:00"
    assert about["component"]["name"] == "localhost/pulp-launcher/pulp:3-f00"
    assert about["component"]["version"] == "3"
    assert about["tools"]["components"][0]["name"] == "pulp-launcher"
    (needs,) = [item["dependsOn"] for item in found["dependencies"] if "dependsOn" in item]
    assert sorted(needs) == sorted(item["bom-ref"] for item in found["components"])


@pytest.mark.parametrize(
    ("name", "purl"),
    [
        ("pulpcore", "pkg:pypi/pulpcore@1.0%2Bx"),
        ("hello", "pkg:pypi/hello@1.0%2Bx?vcs_url=git%2Bhttps://git.example/hello.git%400b2f26d"),
        ("tar", f"{DEB}/tar@1.35%2Bdfsg-3.1?{ON}"),
        ("libssl3t64", f"{DEB}/libssl3t64@3.5.1-1%2Bb1?{ON}&upstream=openssl%403.5.1-1"),
        ("bsdutils", f"{DEB}/bsdutils@1:2.41~rc1-5?{ON}&upstream=util-linux%402.41~rc1-5"),
    ],
)
def test_a_part_has_the_address_that_scanners_know_it_by(name: str, purl: str) -> None:
    assert component(name)["purl"] == purl


def test_the_operating_system_is_named() -> None:
    found = component("debian")
    assert (found["type"], found["version"]) == ("operating-system", "13")


def test_a_distribution_has_the_digest_of_what_is_installed_and_of_what_was_fetched() -> None:
    found = component("old")
    assert found["hashes"] == [{"alg": "SHA-256", "content": SHA}]
    (fetched,) = found["externalReferences"]
    assert (fetched["type"], fetched["url"]) == ("distribution", f"{PYPI}/old.tar.gz")
    assert fetched["hashes"] == [{"alg": "SHA-256", "content": OTHER}]
    (repository,) = component("hello")["externalReferences"]
    assert (repository["type"], repository["url"]) == ("vcs", "https://git.example/hello.git")
    assert "hashes" not in repository


@pytest.mark.parametrize("name", ["near", "local"])
def test_places_on_this_host_are_not_told(name: str) -> None:
    assert "/srv" not in json.dumps(component(name))


@pytest.mark.parametrize(
    ("name", "licences"),
    [
        ("pulpcore", [{"license": {"id": "GPL-2.0-or-later"}}]),
        ("both", [{"expression": "MIT OR (Apache-2.0 AND BSD-3-Clause)"}]),
        ("old", [{"license": {"name": "BSD"}}, {"license": {"name": "MIT License"}}]),
        ("hello", [{"license": {"id": "MIT"}}]),
        ("near", None),
    ],
)
def test_licences_are_exact_where_they_can_be(name: str, licences: list[Any] | None) -> None:
    found = component(name).get("licenses")
    for item in found or ():
        assert item.get("license", item).pop("acknowledgement") == "declared"
    assert found == licences


@given(st.text(min_size=1))
def test_no_words_about_a_licence_can_spoil_a_build(words: str) -> None:
    part = distribution("odd", Kind.WHEEL, f"{PYPI}/odd.whl", words)
    (found,) = [item for item in written([part])["components"] if item["name"] == "odd"]
    assert found["licenses"]


@pytest.mark.usefixtures("real_programs")
def test_no_command_waits_for_the_library() -> None:
    program = (
        "import sys, launcher.cli.app; sys.exit(bool({'cyclonedx', 'packageurl'} & {*sys.modules}))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
