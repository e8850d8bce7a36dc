"""What of a lock an image of this processor installs, and from where."""

from __future__ import annotations

import platform

import pytest
import tomlkit

from launcher.model.errors import ResolutionFailed
from launcher.model.wheel import Kind, Source, Wheel, image_tags, sources, wheel_of

MACHINE = platform.machine()
HASH = "ab" * 32


def lock(*packages: dict[str, object]) -> str:
    head = {"lock-version": "1.0", "created-by": "uv"}
    return tomlkit.dumps({**head, "packages": list(packages)})


def file(name: str) -> dict[str, object]:
    return {"url": f"https://files.example/{name}", "hashes": {"sha256": HASH}}


def released(*wheels: str, sdist: str | None = None, **more: object) -> dict[str, object]:
    package = {"name": "x", "version": "1.0", "wheels": [file(name) for name in wheels], **more}
    return package if sdist is None else {**package, "sdist": file(sdist)}


def one(*wheels: str, sdist: str | None = None, python: str = "3.13") -> Source:
    (found,) = sources(lock(released(*wheels, sdist=sdist)), python)
    assert found.check == HASH
    return found


PURE = "x-1.0-py3-none-any.whl"


@pytest.mark.parametrize(
    ("wheels", "chosen"),
    [
        ([PURE], PURE),
        ([f"x-1.0-cp313-cp313-manylinux_2_36_{MACHINE}.whl"], 0),
        ([f"x-1.0-cp313-cp313-manylinux_2_37_{MACHINE}.whl", PURE], 1),
        ([f"x-1.0-cp313-cp313-manylinux2014_{MACHINE}.whl", PURE], 0),
        ([f"x-1.0-cp312-cp312-manylinux2014_{MACHINE}.whl", PURE], 1),
        ([f"x-1.0-cp39-abi3-manylinux2014_{MACHINE}.whl", PURE], 0),
        ([f"x-1.0-cp313-cp313-musllinux_1_2_{MACHINE}.whl", PURE], 1),
        (["x-1.0-cp313-cp313-macosx_11_0_arm64.whl", "x-1.0-cp313-cp313-win_amd64.whl", PURE], 2),
        ([f"x-1.0-cp313-cp313-manylinux_2_17_{MACHINE}.whl",
          f"x-1.0-cp313-cp313-manylinux_2_28_{MACHINE}.whl"], 1),
    ],
)  # fmt: skip
def test_the_wheel_is_that_for_the_image(wheels: list[str], chosen: str | int) -> None:
    found = one(*wheels)
    assert found.kind is Kind.WHEEL
    assert found.filename == (chosen if isinstance(chosen, str) else wheels[chosen])


def test_another_python_takes_another_wheel() -> None:
    wheels = [f"x-1.0-cp{minor}-cp{minor}-manylinux2014_{MACHINE}.whl" for minor in (313, 314)]
    assert one(*wheels, python="3.13").filename == wheels[0]
    assert one(*wheels, python="3.14").filename == wheels[1]


def test_the_source_is_taken_where_no_wheel_fits() -> None:
    found = one("x-1.0-cp313-cp313-win_amd64.whl", sdist="x-1.0.tar.gz")
    assert (found.kind, found.filename) == (Kind.SDIST, "x-1.0.tar.gz")


def test_a_wheel_goes_before_the_source() -> None:
    assert one(PURE, sdist="x-1.0.tar.gz").kind is Kind.WHEEL


@pytest.mark.parametrize(
    "package",
    [
        released("x-1.0-cp313-cp313-win_amd64.whl"),
        {"name": "x", "version": "1.0", "archive": file("x-1.0-cp313-cp313-win_amd64.whl")},
    ],
)
def test_what_the_image_can_not_install_is_told(package: dict[str, object]) -> None:
    with pytest.raises(ResolutionFailed, match=rf"Python 3\.13.*{MACHINE}") as caught:
        sources(lock(package), "3.13")
    assert caught.value.hint


def test_what_is_for_another_host_is_left_out() -> None:
    marked = released(PURE, marker="sys_platform == 'win32'")
    old = {**released("y-1.0-py3-none-any.whl", marker="python_version < '3.13'"), "name": "y"}
    assert sources(lock(marked, old), "3.13") == ()
    assert [item.name for item in sources(lock(marked, old), "3.12")] == ["y"]


@pytest.mark.parametrize(
    ("package", "source"),
    [
        (
            {"vcs": {"type": "git", "url": "https://git.example/x", "commit-id": "0b2f26d",
                     "subdirectory": "src"}},
            Source("x", None, Kind.GIT, "https://git.example/x", "0b2f26d", "src"),
        ),
        ({"directory": {"path": "/srv/x"}}, Source("x", None, Kind.FOLDER, "/srv/x")),
        (
            {"version": "1.0", "archive": {"path": f"/srv/{PURE}", "hashes": {"sha256": HASH}}},
            Source("x", "1.0", Kind.WHEEL, f"/srv/{PURE}", HASH),
        ),
        (
            {"archive": file("x-1.0.tar.gz#egg=x")},
            Source("x", None, Kind.SDIST, "https://files.example/x-1.0.tar.gz#egg=x", HASH),
        ),
    ],
)  # fmt: skip
def test_what_is_not_from_the_index_keeps_where_it_is_from(
    package: dict[str, object], source: Source
) -> None:
    assert sources(lock({"name": "x", **package}), "3.13") == (source,)


def test_a_file_has_the_name_that_it_was_published_under() -> None:
    source = Source("x", "1.0", Kind.WHEEL, "https://files.example/x-1.0%2Bours-py3-none-any.whl#x")
    assert source.filename == "x-1.0+ours-py3-none-any.whl"


def test_the_tags_of_the_image_are_told_best_first() -> None:
    tags = [str(tag) for tag in image_tags("3.13")]
    assert tags[0] == f"cp313-cp313-manylinux_2_36_{MACHINE}"
    assert tags[-1] == "py30-none-any"
    assert not [tag for tag in tags if "musllinux" in tag]


def test_a_wheel_tells_name_and_version_by_its_file_name() -> None:
    assert wheel_of("Pulp_X-1.0-py3-none-any.whl", HASH, "/x") == Wheel(
        "pulp-x", "1.0", "Pulp_X-1.0-py3-none-any.whl", HASH, "/x"
    )
