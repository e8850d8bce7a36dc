"""`plugins.toml`: what is understood, and how a mistake is told."""

from __future__ import annotations

from pathlib import Path

import pytest
import tomlkit

from launcher.model.bases import BASES
from launcher.model.errors import InputInvalid
from launcher.model.manifest import TEMPLATE, Manifest
from launcher.model.toml import parse

PATH = Path("/etc/pulp-launcher/pulp/plugins.toml")
FULL = """\
[plugins]
Pulp_RPM = ">=3.39,<4"
pulp-deb = "*"
[plugins.pulp-python]
version = "~=3.27"
extras = ["x", "y"]
[core]
version = ">=3.110"
extras = ["s3"]
[image]
base = "bootstrap:forky"
python = "3.14"
packages = ["git", "libstdc++6", "libc6:arm64"]
[index]
url = "https://index.example/simple/"
extra = ["https://other.example/simple/"]
"""


def read(text: str) -> Manifest:
    return parse(text, PATH, Manifest)


def mistakes(text: str) -> InputInvalid:
    with pytest.raises(InputInvalid) as caught:
        read(text)
    assert str(PATH) in caught.value.message
    assert str(PATH) in caught.value.hint
    assert caught.value.exit_code == 2
    return caught.value


def test_all_of_a_manifest_is_read() -> None:
    manifest = read(FULL)
    assert list(manifest.plugins) == ["pulp-rpm", "pulp-deb", "pulp-python"]
    assert manifest.bootstrap_suite == "forky"
    assert manifest.image.packages == ("git", "libstdc++6", "libc6:arm64")
    assert manifest.index.extra == ("https://other.example/simple/",)


def test_requirements_are_sorted_and_complete() -> None:
    assert read(FULL).requirements() == (
        "pulpcore[s3]>=3.110",
        "pulp-deb",
        "pulp-python[x,y]~=3.27",
        "pulp-rpm<4,>=3.39",
    )


def test_order_and_spelling_do_not_change_the_requirements() -> None:
    assert (
        read("[plugins]\npulp_a = '*'\npulp-b = '>=1,<2'\n").requirements()
        == read("[plugins]\nPulp-B = '<2, >=1'\n'pulp.a' = ''\n").requirements()
    )


def test_an_empty_file_is_pulpcore_on_a_registry_base() -> None:
    manifest = read("")
    assert manifest.requirements() == ("pulpcore",)
    assert manifest.bootstrap_suite is None


def test_the_template_is_a_manifest_of_all_defaults() -> None:
    text = TEMPLATE.format(base=tomlkit.string(Manifest().image.base).as_string())
    assert read(text) == Manifest()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[plugins\n", "line 1, column "),
        ("[core]\nversion = *\n", "line 2, column "),
        ("[core]\nversion = '*'\nextras = ['s3' 's4']\n", "line 3, column "),
        ("[plugins]\npulp-rpm = '>=3\n'\n", "line 2, column "),
    ],
)
def test_what_is_not_toml_is_told_with_its_place(text: str, line: str) -> None:
    assert line in mistakes(text).message


@pytest.mark.parametrize(
    "text",
    [
        "[plugins]\npulp-rpm = '*'\npulp-rpm = '*'\n",
        "[plugins]\npulp-rpm = {version = '*', version = '1'}\n",
        "[plugins]\npulp-rpm = {version = '*'}\n[plugins.pulp-rpm]\n",
    ],
)
def test_a_key_that_is_there_twice_is_not_toml(text: str) -> None:
    assert "TOML" in mistakes(text).message


@pytest.mark.parametrize(
    ("text", "explanation"),
    [
        ("[imge]\n", "imge: unknown key; did you mean 'image'?"),
        ("[core]\nextra = []\n", "core.extra: unknown key; did you mean 'extras'?"),
        (
            "[plugins.pulp-rpm]\nversoin = '*'\n",
            "plugins.pulp-rpm.versoin: unknown key; did you mean 'version'?",
        ),
        ("[zzz]\n", "zzz: unknown key"),
    ],
)
def test_an_unknown_key_is_told_with_its_path_and_the_nearest(text: str, explanation: str) -> None:
    assert mistakes(text).details == explanation


@pytest.mark.parametrize(
    ("text", "place", "value"),
    [
        ("[plugins]\npulp-rpm = 3\n", "plugins.pulp-rpm", "3"),
        ("[plugins]\npulp-rpm = true\n", "plugins.pulp-rpm", "True"),
        ("plugins = 'pulp-rpm'\n", "plugins", "'pulp-rpm'"),
        ("[image]\npackages = 'git'\n", "image.packages", "'git'"),
        ("[core]\nextras = [1]\n", "core.extras.0", "1"),
        ("[image]\npython = 3.13\n", "image.python", "3.13"),
        ("[index]\nurl = ['x']\n", "index.url", "['x']"),
    ],
)
def test_a_wrong_type_is_told_with_its_path_and_the_value(
    text: str, place: str, value: str
) -> None:
    details = mistakes(text).details
    assert details.startswith(place)
    assert details.endswith(f"not {value}")


def test_two_spellings_of_one_plugin_are_refused() -> None:
    details = mistakes("[plugins]\npulp_rpm = '*'\npulp-rpm = '>=3'\n").details
    assert "pulp-rpm is there twice" in details


@pytest.mark.parametrize("text", [">>3", "3.39", "latest", ">=3 <4", ">=3\n[image]", "'", "]"])
def test_a_bad_range_is_told_with_how_to_write_it(text: str) -> None:
    quoted = tomlkit.string(text).as_string()
    details = mistakes(f"[plugins]\npulp-rpm = {quoted}\n").details
    assert "is no version range" in details
    assert ">=3.39,<4" in details


@pytest.mark.parametrize(
    "name", ["", "a b", "Git", "-y", "git\ncurl", "git;reboot", "$(id)", "git'", "[git]"]
)
def test_a_bad_package_name_is_refused(name: str) -> None:
    quoted = tomlkit.string(name).as_string()
    assert "Debian package" in mistakes(f"[image]\npackages = [{quoted}]\n").details


@pytest.mark.parametrize("base", ["", "a b", "--privileged", "x\ny", "debian'", "[debian]"])
def test_a_bad_base_is_refused(base: str) -> None:
    quoted = tomlkit.string(base).as_string()
    assert "bootstrap:SUITE" in mistakes(f"[image]\nbase = {quoted}\n").details


@pytest.mark.parametrize("python", ["3", "3.13.1", "4.0", "python3.13", "3.13\n", ""])
def test_a_bad_python_is_refused(python: str) -> None:
    quoted = tomlkit.string(python).as_string()
    assert mistakes(f"[image]\npython = {quoted}\n").details.startswith("image.python")


def test_every_mistake_is_told_at_once() -> None:
    problem = mistakes("[imge]\n[core]\nversion = 'x'\n[image]\npackages = ['A', 'B']\n")
    assert "4 mistakes" in problem.message
    assert len(problem.details.splitlines()) == 4


def test_the_value_is_frozen() -> None:
    manifest = read(FULL)
    with pytest.raises(ValueError, match="frozen"):
        manifest.core = read("").core  # type: ignore[misc]


@pytest.mark.parametrize(
    "text",
    [
        "[plugins]\n'a b' = '*'\n",
        "[plugins]\n'' = '*'\n",
        '[plugins]\n"pulp-rpm\\n--index-url=x" = "*"\n',
        "[plugins]\npulpcore = '*'\n",
        '[core]\nextras = ["s3\\n--index-url=x"]\n',
        "[core]\nextras = ['s3]']\n",
        "[plugins]\npulp-rpm = {extras = ['a b']}\n",
    ],
)
def test_what_is_no_distribution_or_extra_is_refused(text: str) -> None:
    mistakes(text)


@pytest.mark.parametrize(
    ("text", "requirement"),
    [
        ("{git = 'https://git.example/x'}", "pulp-x @ git+https://git.example/x"),
        ("{git = 'https://git.example/x', rev = 'v1'}", "pulp-x @ git+https://git.example/x@v1"),
        ("{git = 'ssh://git@git.example/x'}", "pulp-x @ git+ssh://git@git.example/x"),
        ("{url = 'https://files.example/x.whl'}", "pulp-x @ https://files.example/x.whl"),
        ("{path = '/srv/pulp x'}", None),
        ("{path = '/srv/x'}", "pulp-x @ file:///srv/x"),
        ("{path = '/srv/x', extras = ['a']}", "pulp-x[a] @ file:///srv/x"),
        ("{version = '>=1', path = '/srv/x'}", None),
        ("{git = 'https://git.example/x', url = 'https://files.example/x.whl'}", None),
        ("{rev = 'v1'}", None),
        ("{path = 'srv/x'}", None),
        ("{path = './x'}", None),
        ("{git = 'https://user:word@git.example/x'}", None),
        ("{url = 'https://word@files.example/x.whl'}", None),
    ],
)
def test_a_plugin_has_one_source(text: str, requirement: str | None) -> None:
    text = f"[plugins]\npulp-x = {text}\n"
    if requirement is None:
        assert mistakes(text).details.startswith("plugins.pulp-x")
    else:
        assert read(text).requirements()[1] == requirement


def test_what_is_off_is_in_the_image_all_the_same() -> None:
    manifest = read("[plugins]\npulp-a = {enabled = false}\npulp-b = {version = '>=1'}\n")
    assert manifest.off == ("pulp-a",)
    assert manifest.requirements() == ("pulpcore", "pulp-a", "pulp-b>=1")


def test_packages_of_the_image_and_of_plugins_are_one_list() -> None:
    plugin = "[plugins]\npulp-a = {packages = ['libx', 'git']}\n"
    assert read(f"[image]\npackages = ['git', 'curl']\n{plugin}").packages() == (
        "curl",
        "git",
        "libx",
    )


def test_requirements_of_the_image_are_locked_and_its_constraints_are_not() -> None:
    image = "[image]\nrequirements = ['django-auth-ldap >=5']\nconstraints = ['django<5.3']\n"
    manifest = read(image)
    assert manifest.requirements() == ("pulpcore", "django-auth-ldap>=5")
    assert manifest.image.constraints == ("django<5.3",)


@pytest.mark.parametrize("key", ["requirements", "constraints"])
def test_what_is_no_requirement_is_told(key: str) -> None:
    assert "PEP 508" in mistakes(f"[image]\n{key} = ['a b']\n").details


def test_what_is_part_of_pulpcore_may_be_listed_and_is_not_asked_for() -> None:
    assert read("[plugins]\npulp_file = '*'\n").requirements() == ("pulpcore",)


@pytest.mark.parametrize(
    "text",
    ["url = 'https://user:word@index.example/'", "extra = ['https://word@index.example/']",
     "find_links = ['https://user:word@index.example/']"],
)  # fmt: skip
def test_credentials_do_not_belong_here(text: str) -> None:
    problem = mistakes(f"[index]\n{text}\n")
    assert "~/.netrc" in problem.details
    assert "word" not in problem.details


@pytest.mark.parametrize("text", ["ca_bundle = 'ca.pem'", "proxy = 'http://a b'"])
def test_a_bad_certificate_file_or_proxy_is_refused(text: str) -> None:
    key = text.partition(" ")[0]
    assert mistakes(f"[image]\n{text}\n").details.startswith(f"image.{key}")


@pytest.mark.parametrize("suite", ["bullseye", "noble", "trixi"])
def test_a_base_that_nobody_tried_is_refused_before_anything_is_made(suite: str) -> None:
    """The kind of fault: what is known beforehand shows after a minute of building."""
    told = mistakes(f"[image]\nbase = 'bootstrap:{suite}'\n").details
    assert all(f"bootstrap:{base.suite}" in told for base in BASES)


@pytest.mark.parametrize(
    ("base", "python"),
    [
        ("bootstrap:bookworm", "3.11"),
        ("docker.io/library/debian:bookworm-slim", "3.11"),
        ("debian:trixie", "3.13"),
        ("registry.example.com/x/debian:trixie-20260101-slim", "3.13"),
        ("registry.example.com/our-debian:7", "3.13"),
    ],
)
def test_the_python_is_that_of_the_base(base: str, python: str) -> None:
    assert read(f"[image]\nbase = '{base}'\n").image.python == python


def test_the_python_of_a_base_can_be_said_but_not_wrongly() -> None:
    assert read("[image]\nbase = 'x/our:7'\npython = '3.12'\n").image.python == "3.12"
    told = mistakes("[image]\nbase = 'bootstrap:bookworm'\npython = '3.13'\n").details
    assert "bootstrap:bookworm has Python 3.11, not 3.13" in told
