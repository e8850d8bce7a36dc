"""With --security-only nothing moves but what mends a known vulnerability."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

import pytest
from typer.testing import CliRunner

from launcher.cli.app import app
from launcher.cli.session import Session
from launcher.host import advisories
from launcher.host.advisories import AdvisoriesUnreachable
from launcher.model.lock import Move
from launcher.operations.change_plugins import add_plugins
from launcher.operations.rebuild import rebuild
from launcher.operations.start import start
from launcher.operations.upgrade import look, upgrade
from tests.unit.fakes import newer

if TYPE_CHECKING:
    from tests.unit.fakes import World

RPM = Move("pulp-rpm", "3.39.0", "3.40.0", ("GHSA-1",))
OPENSSL = newer("openssl", "3.5.1", "3.5.2", security=True)
HOSTNAME = newer("hostname", "3.24", "3.25")


@pytest.fixture
def released(world: World) -> World:
    """Have two plugins that serve, and newer releases of both in the index."""
    add_plugins(world.instance, ["rpm", "deb"])
    rebuild(world.instance)
    start(world.instance)
    world.uv.index.update({"pulp-rpm": "3.40.0", "pulp-deb": "3.10.0"})
    return world


def test_only_what_is_vulnerable_moves(released: World) -> None:
    released.advisories["pulp-rpm 3.39.0"] = ("GHSA-1",)
    found = look(released.instance, security=True)
    assert found.plan.packages == (RPM,)
    assert upgrade(released.instance, found).rebuilt
    lock = released.instance.lock()
    assert lock
    assert (lock.versions["pulp-rpm"], lock.versions["pulp-deb"]) == ("3.40.0", "3.9.1")
    assert not look(released.instance, security=True).due


def test_nothing_vulnerable_is_nothing_due(released: World) -> None:
    found = look(released.instance, security=True)
    assert (found.due, found.plan.notes) == (False, ())
    assert look(released.instance).due


def test_what_nothing_mends_stays_and_is_told(released: World) -> None:
    released.advisories["pulp-rpm 3.39.0"] = ("GHSA-1",)
    released.advisories["pulp-deb 3.9.1"] = released.advisories["pulp-deb 3.10.0"] = ("CVE-2",)
    found = look(released.instance, security=True)
    assert found.plan.packages == (RPM,)
    (note,) = [note for note in found.plan.notes if "CVE" in note]
    assert note.startswith("pulp-deb 3.9.1 has a known vulnerability that nothing newer")
    assert note.endswith(": CVE-2")


def test_what_mends_some_is_better_than_nothing(released: World) -> None:
    released.advisories["pulp-rpm 3.39.0"] = ("CVE-2", "GHSA-1")
    released.advisories["pulp-rpm 3.40.0"] = ("CVE-2", "CVE-3")
    found = look(released.instance, security=True)
    assert found.plan.packages == (RPM,)
    assert any("pulp-rpm 3.40.0" in note and "CVE-2, CVE-3" in note for note in found.plan.notes)


def test_where_none_can_be_mended_nothing_is_due(released: World) -> None:
    released.advisories["pulp-rpm 3.39.0"] = released.advisories["pulp-rpm 3.40.0"] = ("CVE-2",)
    found = look(released.instance, security=True)
    assert not found.due
    assert "CVE-2" in found.plan.notes[-1]


def test_it_may_be_patches_alone(released: World) -> None:
    released.uv.index["pulp-rpm"], released.uv.newest["pulp-rpm"] = "3.39.5", "3.40.0"
    released.advisories["pulp-rpm 3.39.0"] = ("GHSA-1",)
    found = look(released.instance, patches=True, security=True)
    assert found.lock.versions["pulp-rpm"] == "3.39.5"


def test_the_silence_of_the_service_is_a_note(
    released: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> NoReturn:
        raise AdvisoriesUnreachable("https://api.osv.dev does not answer")

    monkeypatch.setattr(advisories, "known", away)
    released.publish(OPENSSL)
    found = look(released.instance, security=True)
    assert found.plan.packages == ()
    assert "Python distributions stay: https://api.osv.dev does not answer" in found.plan.notes
    assert found.due, "Debian is asked all the same"


def test_nobody_has_to_be_asked(released: World) -> None:
    manifest = released.instance.manifest_text()
    released.write_manifest(f'{manifest}\n[index]\nadvisories = ""\n')
    released.advisories["pulp-rpm 3.39.0"] = ("GHSA-1",)
    assert not look(released.instance, security=True).due


def test_debian_moves_as_a_whole_where_security_is_mended(released: World) -> None:
    released.publish(HOSTNAME)
    assert not look(released.instance, security=True).due
    assert look(released.instance).plan.system == (Move("hostname", "3.24", "3.25"),)
    released.publish(OPENSSL, HOSTNAME)
    found = look(released.instance, security=True)
    assert [move.name for move in found.plan.system] == ["openssl", "hostname"]
    assert found.plan.packages == ()


def call(line: str) -> str:
    result = CliRunner().invoke(app, line.split(), prog_name="pulp-launcher")
    assert result.exit_code in {0, 3}, result.output
    return " ".join(result.output.split())


def test_it_is_said_in_words(released: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Session, "instance", released.instance)
    assert call("upgrade --security-only") == "There is nothing to mend."
    released.publish(OPENSSL)
    released.advisories["pulp-rpm 3.39.0"] = ("GHSA-1", "PYSEC-1")
    said = call("upgrade --security-only --plan")
    assert "DISTRIBUTION FROM TO WHY pulp-rpm 3.39.0 3.40.0 GHSA-1, PYSEC-1" in said
    assert "DEBIAN PACKAGE FROM TO WHY openssl 3.5.1 3.5.2 security" in said
