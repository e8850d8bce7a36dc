"""What must not be in an image or a file: secrets, compilers, the host's own authorities."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.host.actor import Actor

pytestmark = pytest.mark.host

NAMES = ("django-key", "field-key", "db-password", "admin-password",
         "token-private-key", "token-public-key")  # fmt: skip
BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
UNWANTED = "gcc g++ cc c++ cpp clang tcc as ld make cmake cargo rustc pip pip3 pipx uv"
# What stands in the image's bundle, and not in Debian's own package of authorities.
FOREIGN_AUTHORITIES = f"""
cat $(find /usr/share/ca-certificates -name '*.crt') | tr -d '\\r' >/tmp/known
tr -d '\\r' <{BUNDLE} | grep -vxFf /tmp/known || true
"""
# The files of a docker archive are the layers, the history and the configuration as they are.
SEARCH_IMAGE = """
patterns=$(mktemp); cat >"$patterns"
podman save --quiet --format docker-archive "$1" | grep -acFf "$patterns" || true
podman history --no-trunc --format json "$1" | grep -cFf "$patterns" || true
podman image inspect "$1" | grep -cFf "$patterns" || true
rm "$patterns"
"""
SEARCH_FILES = """
patterns=$(mktemp); cat >"$patterns"
grep -rlFf "$patterns" "$@" || true
journalctl --no-pager --all --output=json | grep -cFf "$patterns" || true
rm "$patterns"
"""


def patterns(actor: Actor) -> str:
    """Return the lines of all secrets, one a line; PEM's own first and last lines are none."""
    found: list[str] = []
    for name in NAMES:
        shown = ["--showsecret", "--format", "{{.SecretData}}", f"{actor.prefix}-{name}"]
        lines = actor.podman("secret", "inspect", *shown).splitlines()
        found += [line for line in lines if line and not line.startswith("-----")]
    assert len(found) >= len(NAMES)
    return "\n".join(found) + "\n"


def authorities(actor: Actor) -> str:
    """Return one line each of the certificates that only the host has, such as a company's."""
    image = actor.podman("run", "--rm", "--network=none", actor.image(), "cat", BUNDLE)
    own = actor.run("cat", BUNDLE).split("-----BEGIN CERTIFICATE-----")
    middles = [lines[len(lines) // 2] for cert in own if len(lines := cert.splitlines()) > 4]
    return "".join(f"{line}\n" for line in middles if line not in image)


def test_the_image_has_no_secret_and_no_foreign_authority(actor: Actor) -> None:
    searched = patterns(actor) + authorities(actor)
    found = actor.run("bash", "-euc", SEARCH_IMAGE, "bash", actor.image(), stdin=searched)
    assert found.split() == ["0", "0", "0"]


def test_no_file_and_no_journal_has_a_secret(actor: Actor) -> None:
    folders = [actor.config_dir, actor.state_dir, actor.quadlet_dir, actor.unit_dir]
    found = actor.run("bash", "-euc", SEARCH_FILES, "bash", *folders, stdin=patterns(actor))
    assert found.split() == ["0"]


def test_the_search_finds_what_is_there(actor: Actor) -> None:
    """A search that finds nothing is worth something only if it would find something."""
    line = "USER pulp"
    found = actor.run("bash", "-euc", SEARCH_IMAGE, "bash", actor.image(), stdin=line).split()
    assert int(found[0]) > 0
    assert int(found[1]) > 0
    folder = [actor.quadlet_dir]
    stdin = f"ContainerName={actor.prefix}-db\n"
    found = actor.run("bash", "-euc", SEARCH_FILES, "bash", *folder, stdin=stdin).split()
    assert found[0].endswith(f"{actor.prefix}-db.container")


def test_the_image_trusts_debians_authorities_only(actor: Actor) -> None:
    run = ["run", "--rm", "--network=none", "--tmpfs=/tmp", actor.image()]
    assert actor.podman(*run, "sh", "-euc", FOREIGN_AUTHORITIES) == ""


def test_the_image_has_no_compiler(actor: Actor) -> None:
    run = ["run", "--rm", "--network=none", "--user=root", actor.image()]
    script = f"for name in {UNWANTED}; do command -v $name || true; done"
    script += "; find / -xdev -type f ( -name 'gcc*' -o -name cc1 -o -name uv -o -name 'pip*' )"
    script = script.replace("( ", "\\( ").replace(" )", " \\) -perm /111")
    assert actor.podman(*run, "sh", "-euc", script) == ""


def test_the_image_has_no_value_in_its_environment(actor: Actor) -> None:
    (image,) = json.loads(actor.podman("image", "inspect", actor.image()))
    names = [line.partition("=")[0] for line in image["Config"]["Env"]]
    assert not [name for name in names if "PASSWORD" in name or "SECRET" in name or "KEY" in name]
