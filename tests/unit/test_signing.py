"""Signing keys: kept by podman alone, in the roles that sign alone, and never half there.

The kinds of fault: a private key in a file or a log that others read, a key that is replaced or
lost in silence, and a service in Pulp that has no key.
"""

from __future__ import annotations

import base64
import json
import re
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from launcher.cli.app import app
from launcher.host.credentials import masked
from launcher.model.errors import EngineFailed, GateFailed, InputInvalid, NotReady, UsageProblem
from launcher.model.names import Names
from launcher.model.signing import KINDS, made_key, service, service_name
from launcher.operations import signing
from launcher.operations.change_plugins import add_plugins
from launcher.operations.destroy import destroy
from launcher.operations.own_secrets import own_names
from launcher.operations.rebuild import rebuild
from launcher.operations.signing import Source, add, export, list_all, remove
from launcher.operations.start import start
from launcher.operations.stop import stop
from tests.unit.fakes import Killed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.unit.fakes import World

NEW = Source(made=True)
THERE = Source()


def given(name: str) -> Source:
    return Source(f"private {name}")


@dataclass
class Signer:
    """The image's programs for signing, and Pulp's table of services."""

    world: World
    services: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Script and fingerprint, by the name of the service."""
    users: dict[str, str] = field(default_factory=dict)
    problem: str = ""
    old_image: bool = False
    made: int = 0
    seen: list[str] = field(default_factory=list)
    """The podman secrets that were at hand when Pulp tried a key."""

    def filter(
        self, _image: str, command: Sequence[str], text: str, _options: Sequence[str] = ()
    ) -> subprocess.CompletedProcess[str]:
        if self.old_image:
            return subprocess.CompletedProcess([], 127, "", "signing-key: not found")
        if command[1] == "make":
            self.made += 1
            text = f"private new{self.made}"
        if not text.startswith("private "):
            return self._said({"problem": text})
        return self._said({"key": text, "fingerprint": text.removeprefix("private ").upper()})

    def run(
        self, image: str, command: Sequence[str], options: Sequence[str] = ()
    ) -> subprocess.CompletedProcess[str]:
        words = [word for word in command if word != "with-signing-keys"]
        if words[0] != "signing-services":
            return type(self.world.podman).run(self.world.podman, image, command, options)
        self.seen = re.findall(r"--secret=(pulp\.signing\.[^,]*)", " ".join(options))
        if self.problem:
            return self._said({"problem": self.problem})
        if words[1] == "add":
            for name, _, script in zip(*[iter(words[3:])] * 3, strict=True):
                self.services[name] = (script, words[2])
        else:
            for name in words[2:]:
                del self.services[name]
        return self._said({"problem": ""})

    def execute(self, container: str, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        sql = command[-1]
        if "pg_constraint" in sql:
            said = "rpm_rpmrepository\tmetadata_signing_service_id\tt\n"
        elif "FROM rpm_rpmrepository" in sql:
            said = "".join(f"id-{name}\trepository {user}\n" for name, user in self.users.items())
        elif "public_key" in sql:
            said = base64.b64encode(b"public\nkey\n").decode()
        elif "core_signingservice" in sql:
            rows = sorted(self.services.items())
            said = "".join(f"id-{name}\t{name}\t{row[0]}\t{row[1]}\n" for name, row in rows)
        else:
            return self.world.execute(container, command)
        return subprocess.CompletedProcess([], 0, said, "")

    def _said(self, found: dict[str, str]) -> subprocess.CompletedProcess[str]:
        status = 1 if found.get("problem") else 0
        return subprocess.CompletedProcess([], status, f"noise\n{json.dumps(found)}\n", "")

    @property
    def keys(self) -> dict[str, str]:
        values = self.world.podman.values.items()
        return {name: value for name, value in values if name.startswith("pulp.signing.")}


@pytest.fixture
def signer(world: World, monkeypatch: pytest.MonkeyPatch) -> Signer:
    """Have a Pulp that serves rpm and deb, with nothing signed yet."""
    made = Signer(world)
    for name in ("run", "filter", "execute"):
        monkeypatch.setattr(world.podman, name, getattr(made, name))
    add_plugins(world.instance, ["rpm", "deb"])
    rebuild(world.instance)
    start(world.instance)
    return made


def having(world: World, mount: str) -> set[str]:
    """Return the roles that have a mount in the units that run."""
    found = (unit for unit, text in world.up.items() if mount in text)
    return {re.sub(r"(-\d+)*\.service$", "", unit) for unit in found}


def test_a_key_comes_to_the_workers_alone_and_into_no_file(signer: Signer) -> None:
    world = signer.world
    done = add(world.instance, "release", (), NEW)
    assert done.services == ("release-rpm", "release-deb")
    assert signer.keys == {"pulp.signing.release": "private new1"}
    assert signer.seen == ["pulp.signing.release"]
    mount = "Secret=pulp.signing.release,type=mount,target=signing.release,"
    assert having(world, mount) == {"pulp-worker"}
    assert b"private new1" not in b"".join(world.files().values())
    assert masked("it says private new1 here") != "it says private new1 here"
    assert start(world.instance).restarted == ()


def test_only_what_is_asked_for_is_signed(signer: Signer) -> None:
    done = add(signer.world.instance, "release", ("rpm-packages", "rpm", "rpm"), given("mine"))
    assert done == signing.Added("release", "MINE", ("release-rpm-packages", "release-rpm"))


def test_a_key_that_is_there_signs_more_and_is_not_made_again(signer: Signer) -> None:
    instance = signer.world.instance
    add(instance, "release", ("rpm",), NEW)
    assert add(instance, "release", ("deb", "rpm"), THERE).services == ("release-deb",)
    assert signer.made == 1
    assert {fingerprint for _, fingerprint in signer.services.values()} == {"NEW1"}


@pytest.mark.parametrize("source", [NEW, given("other")])
def test_no_key_is_replaced(signer: Signer, source: Source) -> None:
    add(signer.world.instance, "release", (), NEW)
    with pytest.raises(UsageProblem) as caught:
        add(signer.world.instance, "release", (), source)
    assert "not replaced" in caught.value.message
    assert signer.keys == {"pulp.signing.release": "private new1"}


def test_a_misspelt_name_makes_no_key(signer: Signer) -> None:
    add(signer.world.instance, "release", (), NEW)
    with pytest.raises(UsageProblem) as caught:
        add(signer.world.instance, "relaese", ("deb",), THERE)
    assert "did you mean 'release'" in caught.value.message
    assert "--generate" in caught.value.hint
    assert signer.made == 1


@pytest.mark.parametrize(
    ("name", "kinds", "said"),
    [
        ("A b", (), "cannot be the name"),
        ("a.b", (), "cannot be the name"),
        ("a", ("rmp",), "did you mean 'rpm'"),
        ("a", ("container",), "has no pulp-container"),
    ],
)
def test_what_makes_no_sense_changes_nothing(
    signer: Signer, name: str, kinds: tuple[str, ...], said: str
) -> None:
    before, acts = signer.world.files(), len(signer.world.systemd.acts)
    with pytest.raises((UsageProblem, NotReady)) as caught:
        add(signer.world.instance, name, kinds, NEW)
    assert said in caught.value.message
    assert signer.keys == {}
    assert signer.world.files() == before
    assert len(signer.world.systemd.acts) == acts


@pytest.mark.parametrize(("text", "told"), [("it has a passphrase", "passwd"), ("x", "--export")])
def test_a_key_of_no_use_is_refused_with_what_to_do(signer: Signer, text: str, told: str) -> None:
    with pytest.raises(InputInvalid) as caught:
        add(signer.world.instance, "release", (), Source(text))
    assert text in caught.value.message
    assert told in caught.value.hint
    assert signer.keys == {}


def test_what_pulp_refuses_leaves_nothing_behind(signer: Signer) -> None:
    signer.problem = "RuntimeError: no signature"
    with pytest.raises(GateFailed) as caught:
        add(signer.world.instance, "release", (), NEW)
    assert caught.value.details == "RuntimeError: no signature"
    assert signer.keys == {}
    assert signer.services == {}


def test_where_pulp_knows_a_service_after_all_its_key_stays(
    signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*args: Any) -> subprocess.CompletedProcess[str]:
        Signer.run(signer, *args)
        return subprocess.CompletedProcess([], 1, "", "the engine is gone")

    monkeypatch.setattr(signer.world.podman, "run", lost)
    with pytest.raises(GateFailed):
        add(signer.world.instance, "release", (), NEW)
    assert signer.keys


def test_a_failed_one_does_not_take_a_key_of_before_away(signer: Signer) -> None:
    add(signer.world.instance, "release", ("rpm",), NEW)
    signer.services.clear()
    signer.problem = "no"
    with pytest.raises(GateFailed):
        add(signer.world.instance, "release", ("rpm",), THERE)
    assert signer.keys == {"pulp.signing.release": "private new1"}


@pytest.mark.parametrize("when", ["run", "start"])
def test_killed_half_way_the_next_goes_through_with_the_same_key(
    signer: Signer, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    def kill(*_: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        if when == "run":
            patch.setattr(signer.world.podman, "run", kill)
        else:
            patch.setattr(signing, "start_generation", kill)
        with pytest.raises(Killed):
            add(signer.world.instance, "release", (), NEW)
    assert any(item.key == "release" and item.there for item in list_all(signer.world.instance))
    add(signer.world.instance, "release", (), THERE)
    assert signer.made == 1
    assert set(signer.services) == {"release-rpm", "release-deb"}
    assert having(signer.world, "Secret=pulp.signing.release,") == {"pulp-worker"}


def test_an_image_of_before_is_told_from_a_key_of_no_use(signer: Signer) -> None:
    signer.old_image = True
    with pytest.raises(NotReady) as caught:
        add(signer.world.instance, "release", (), NEW)
    assert "rebuild" in caught.value.hint


def test_a_pulp_that_is_down_is_not_asked(signer: Signer) -> None:
    stop(signer.world.instance)
    for act in (lambda: add(signer.world.instance, "x", (), NEW), lambda: export_all(signer)):
        with pytest.raises(NotReady) as caught:
            act()
        assert "pulp-launcher start" in caught.value.hint
    assert signer.keys == {}


def export_all(signer: Signer) -> None:
    list_all(signer.world.instance)


def test_a_list_has_services_keys_without_any_and_those_of_others(signer: Signer) -> None:
    instance = signer.world.instance
    add(instance, "release", ("deb",), NEW)
    signer.services["by-hand"] = ("/var/lib/pulp/scripts/x", "F0")
    signer.world.podman.values["pulp.signing.idle"] = "private idle"
    assert list_all(instance) == (
        signing.Listed(None, False, None, "by-hand", "F0"),  # noqa: FBT003
        signing.Listed("release", True, "deb", "release-deb", "NEW1"),  # noqa: FBT003
        signing.Listed("idle", True),  # noqa: FBT003
    )


def test_the_public_key_is_given_out(signer: Signer) -> None:
    add(signer.world.instance, "release", (), NEW)
    assert export(signer.world.instance, "release") == "public\nkey\n"
    with pytest.raises(UsageProblem) as caught:
        export(signer.world.instance, "releas")
    assert "did you mean 'release'" in caught.value.message


def test_one_in_use_is_not_removed(signer: Signer) -> None:
    add(signer.world.instance, "release", (), NEW)
    signer.users["release-deb"] = "stable"
    with pytest.raises(UsageProblem) as caught:
        remove(signer.world.instance, "release")
    assert "repository stable (release-deb)" in caught.value.message
    assert signer.keys
    assert len(signer.services) == 2


def test_removed_it_is_nowhere(signer: Signer) -> None:
    instance = signer.world.instance
    add(instance, "release", (), NEW)
    add(instance, "other", ("rpm",), NEW)
    assert remove(instance, "release").services == ("release-deb", "release-rpm")
    assert set(signer.services) == {"other-rpm"}
    assert signer.keys.keys() == {"pulp.signing.other"}
    assert having(signer.world, "pulp.signing.release") == set()
    with pytest.raises(UsageProblem):
        remove(instance, "release")


def test_a_removal_that_was_killed_is_ended_by_the_next(
    signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kill(*_: Any) -> None:
        raise Killed

    add(signer.world.instance, "release", (), NEW)
    with monkeypatch.context() as patch:
        patch.setattr(signer.world.podman, "remove_secret", kill)
        with pytest.raises(Killed):
            remove(signer.world.instance, "release")
    assert signer.services == {}
    remove(signer.world.instance, "release")
    assert signer.keys == {}


def test_a_lost_key_is_told_of_and_given_back(signer: Signer) -> None:
    instance, notes = signer.world.instance, signer.world.reporter.notes
    add(instance, "release", ("rpm",), given("mine"))
    start(instance)
    assert not any("signing key" in note for note in notes)
    signer.world.podman.remove_secret("pulp.signing.release")
    start(instance)
    assert "pulp-launcher signing add release --key FILE" in notes[-1]
    assert [item.there for item in list_all(instance)] == [False]
    with pytest.raises(UsageProblem) as caught:
        add(instance, "release", (), NEW)
    assert "is gone" in caught.value.message
    with pytest.raises(UsageProblem) as caught:
        add(instance, "release", (), given("other"))
    assert "another key" in caught.value.message
    assert signer.keys == {}
    assert add(instance, "release", (), given("mine")).services == ()
    assert [item.there for item in list_all(instance)] == [True]


def test_keys_go_with_the_data_and_not_before(signer: Signer) -> None:
    add(signer.world.instance, "release", (), NEW)
    destroy(signer.world.instance, purge=False)
    assert signer.keys
    destroy(signer.world.instance, purge=True)
    assert signer.keys == {}


def test_a_signing_key_is_no_secret_for_settings(signer: Signer) -> None:
    add(signer.world.instance, "release", (), NEW)
    assert own_names(signer.world.instance) == set()
    other = Names("signing")
    assert other.own_secret("x") != Names().signing_key("x")
    assert Names().of_signing_key(other.own_secret("x")) is None


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_service_is_known_by_its_name_and_script(kind: Any) -> None:
    name = service_name("a-rpm", kind)
    found = service(name, kind.path, "F", ())
    assert (found.key, found.kind) == ("a-rpm", kind.name)
    assert service(name, "/elsewhere", "F", ()).key is None


@pytest.mark.parametrize("output", ["", "no JSON", "[]", '{"odd": 1}'])
def test_no_answer_is_no_key(output: str) -> None:
    assert made_key(output).problem


def test_a_key_that_can_not_be_made_is_an_error(
    signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = subprocess.CompletedProcess([], 1, "", "")
    monkeypatch.setattr(signer.world.podman, "filter", lambda *_: done)
    with pytest.raises(EngineFailed):
        add(signer.world.instance, "release", (), NEW)
    assert signer.keys == {}


def test_the_command_line_gives_what_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[tuple[Any, ...]] = []

    def added(_: Any, *words: Any) -> signing.Added:
        asked.append(words)
        return signing.Added("release", "F0", ("release-rpm",))

    monkeypatch.setattr(signing, "add", added)
    (tmp_path / "key").write_text("private mine")
    file = str(tmp_path / "key")
    for words, stdin in (
        (["--generate", "--for", "rpm", "--for", "deb"], ""),
        (["--key", file], ""),
        (["--key", "-"], "private x"),
        ([], ""),
    ):
        done = CliRunner().invoke(app, ["signing", "add", "release", *words], input=stdin)
        assert "signing service release-rpm" in done.stdout
    assert asked == [
        ("release", ["rpm", "deb"], NEW),
        ("release", (), given("mine")),
        ("release", (), given("x")),
        ("release", (), THERE),
    ]


@pytest.mark.parametrize(
    ("words", "given"),
    [
        (["--key", "-"], b""),
        (["--key", "/none"], b""),
        (["--key", "-", "--generate"], b""),
        # As gpg gives it without --armor.
        (["--key", "-"], b"\x95\xff"),
    ],
)
def test_no_key_at_all_is_no_key(words: list[str], given: bytes) -> None:
    done = CliRunner().invoke(app, ["--json", "signing", "add", "release", *words], input=given)
    assert done.exit_code == 2
    assert json.loads(done.stdout)["errors"][0]["code"] == "usage"
