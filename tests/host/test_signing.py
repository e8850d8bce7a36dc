"""Pulp signs with a key that podman keeps, and nobody but the workers gets it.

The kinds of fault: a service that works where it is registered and not where it signs, a private
key where others read it, and what is left of an `add` that fails or is killed.
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from tests.acceptance.signing_flow import FLOWS
from tests.host.actor import Actor
from tests.host.test_secrets import SEARCH_FILES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lab import Host

pytestmark = [pytest.mark.host, pytest.mark.thorough]

PORTS = {"root": 8150, "alice": 8151}
PLUGINS = ("pulp_rpm", "pulp_deb", "pulp_container", "pulp_ansible")
KEYS = """
cd "$(mktemp -d)"; export GNUPGHOME=$PWD; options='--batch --quiet --pinentry-mode=loopback'
gpg $options --passphrase "$1" --quick-generate-key mine rsa2048 sign never
gpg $options --passphrase "$1" --armor --export-secret-keys mine
gpgconf --kill all
"""


@pytest.fixture(scope="module")
def signers(host: Host) -> Iterator[dict[str, Actor]]:
    """Give an instance of each user, with the plugins that can have something signed."""
    found = {user: Actor(host, user, port, "signing") for user, port in PORTS.items()}
    with ThreadPoolExecutor() as pool:
        list(pool.map(bring_up, found.values()))
    yield found
    for actor in found.values():
        actor.launcher("destroy", "--purge", "--yes")
        assert secrets(actor) == set()


@pytest.fixture(params=PORTS)
def signer(signers: dict[str, Actor], request: pytest.FixtureRequest) -> Actor:
    return signers[request.param]


def bring_up(actor: Actor) -> None:
    actor.init()
    actor.launcher("plugin", "add", *PLUGINS)
    actor.launcher("rebuild")
    actor.launcher("start")


def secrets(actor: Actor) -> set[str]:
    names = actor.podman("secret", "ls", "--format", "{{.Name}}").split()
    return {name for name in names if name.startswith("pulp-signing.signing.")}


def listed(actor: Actor) -> dict[str, Any]:
    return {item["service"]: item for item in actor.data("signing", "list")}


def refused(actor: Actor, *words: str, stdin: str = "") -> str:
    """Return what is said where something is refused."""
    done = actor.try_(*actor.argv("signing", *words), stdin=stdin)
    assert done.returncode, done.stdout
    return " ".join(done.stderr.split())


@pytest.fixture
def key(signer: Actor) -> str:
    """Give the name of a key that Pulp signs with."""
    name = "release"
    if not any(item["key"] == name for item in signer.data("signing", "list")):
        signer.launcher("signing", "add", name, "--generate")
    return name


@pytest.mark.parametrize("kind", FLOWS)
def test_what_is_published_is_signed(signer: Actor, key: str, kind: str) -> None:
    said = FLOWS[kind](signer.pulp(), key)
    fingerprint = listed(signer)[f"{key}-{kind}"]["fingerprint"]
    print(f"{signer} {kind}: {said}")
    good = f"] VALIDSIG {fingerprint} "
    assert ("signed: yes; by another: " if kind == "container" else good) in said


def test_packages_are_signed_too(signer: Actor, key: str) -> None:
    """Pulp signs a package with a service, and checks it, before it takes the service."""
    kinds = ("--for", "rpm-packages", "--for", "deb-packages")
    signer.launcher("signing", "add", key, *kinds)
    assert {f"{key}-rpm-packages", f"{key}-deb-packages"} <= listed(signer).keys()


def test_the_workers_have_the_key_and_nobody_else(signer: Actor, key: str) -> None:
    path = f"/run/secrets/signing.{key}"
    there = {
        name: signer.try_("podman", "exec", name, "test", "-e", path).returncode == 0
        for name in signer.containers()
    }
    assert there == {name: "-worker-" in name for name in there}
    assert any(there.values())
    full = f"pulp-signing.signing.{key}"
    shown = ("secret", "inspect", "--showsecret", "--format", "{{.SecretData}}", full)
    line = signer.podman(*shown).split("\n\n")[1].splitlines()[1]
    assert len(line) > len("a line of base64 that nothing else has")
    folders = [signer.config_dir, signer.state_dir, signer.quadlet_dir, signer.unit_dir]
    searched = signer.run("bash", "-euc", SEARCH_FILES, "bash", *folders, stdin=f"{line}\n")
    assert searched.split() == ["0"]


def test_a_key_in_use_stays_and_then_goes_without_a_trace(signer: Actor) -> None:
    signer.launcher("signing", "add", "used", "--generate", "--for", "rpm")
    pulp = signer.pulp()
    service = ("--metadata-signing-service", "used-rpm")
    pulp("rpm", "repository", "create", "--name", "using", *service)
    assert listed(signer)["used-rpm"]["used_by"] == ["repository using"]
    assert "is in use: repository using (used-rpm)" in refused(signer, "remove", "used")
    pulp("rpm", "repository", "update", "--name", "using", "--metadata-signing-service", "")
    signer.launcher("signing", "remove", "used")
    assert "used-rpm" not in listed(signer)
    assert "pulp-signing.signing.used" not in secrets(signer)
    worker = signer.own("worker", 1)
    assert "signing.used" not in signer.podman("exec", worker, "ls", "/run/secrets")
    assert signer.is_healthy()


def test_a_key_is_brought_lost_and_given_back(signer: Actor) -> None:
    mine = signer.shell(KEYS, "")
    add = ("add", "mine", "--for", "rpm", "--key", "-")
    signer.run(*signer.argv("signing", *add), stdin=mine)
    public = signer.launcher("signing", "export", "mine")
    assert "BEGIN PGP PUBLIC KEY BLOCK" in public
    signer.podman("secret", "rm", "pulp-signing.signing.mine")
    started = signer.try_(*signer.argv("start"))
    assert "signing key mine is gone" in started.stderr
    assert "another key" in refused(
        signer, "add", "mine", "--key", "-", stdin=signer.shell(KEYS, "")
    )
    signer.run(*signer.argv("signing", "add", "mine", "--key", "-"), stdin=mine)
    assert "VALIDSIG" in FLOWS["rpm"](signer.pulp(), "mine")


def test_a_key_of_no_use_is_refused_and_leaves_nothing(signer: Actor) -> None:
    before, kept, running = listed(signer), secrets(signer), signer.containers()
    protected = signer.shell(KEYS, "word")
    add = ("add", "bad", "--key", "-")
    said = refused(signer, *add, stdin=protected)
    assert "it has a passphrase" in said
    assert "gpg --edit-key KEY passwd" in said
    public = signer.launcher("signing", "export", "release")
    assert "no private one" in refused(signer, *add, stdin=public)
    assert "no OpenPGP key" in refused(signer, *add, stdin="what\n")
    assert "nothing signs 'rmp'" in refused(signer, "add", "bad", "--generate", "--for", "rmp")
    assert "--generate" in refused(signer, "add", "bad")
    assert (listed(signer), secrets(signer), signer.containers()) == (before, kept, running)


@pytest.mark.parametrize("seconds", ["2", "8", "16"])
def test_killed_half_way_the_next_goes_through(signer: Actor, seconds: str) -> None:
    argv = signer.argv("signing", "add", "killed", "--for", "deb", "--generate")
    signer.try_("timeout", "--signal=KILL", seconds, *argv)
    new = () if "pulp-signing.signing.killed" in secrets(signer) else ("--generate",)
    signer.launcher("signing", "add", "killed", "--for", "deb", *new)
    assert listed(signer)["killed-deb"]["there"]
    assert "VALIDSIG" in FLOWS["deb"](signer.pulp(), "killed")
    assert json.loads(signer.launcher("--json", "signing", "list"))["status"] == "success"


def test_an_older_generation_signs_on_after_a_rollback(signer: Actor, key: str) -> None:
    signer.launcher("rebuild", "--force")
    signer.launcher("rollback")
    assert "VALIDSIG" in FLOWS["rpm"](signer.pulp(), key)
