"""Secrets for settings: kept by podman, referred to by name, and in no file that others read."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any

import pytest

from launcher.model import roles
from launcher.model.config import Config
from launcher.model.errors import InputInvalid, NotReady, UsageProblem
from launcher.model.references import plain_secrets, referred_to
from launcher.model.toml import parse
from launcher.operations import own_secrets
from launcher.operations.change_secrets import list_secrets, remove_secret, set_secret
from launcher.operations.destroy import destroy
from launcher.operations.init import init
from launcher.operations.plan import plan_start
from launcher.operations.rebuild import rebuild
from launcher.operations.start import start
from launcher.operations.status import status

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.fakes import World

VALUE = "canary-7Fq2"
SMTP = '[settings]\nEMAIL_HOST_PASSWORD = { from-secret = "smtp" }\n'
NESTED = '[settings.STORAGES.default.OPTIONS]\nsecret_key = { from-secret = "s3" }\n'


def read(text: str, tmp_path: Path) -> Config:
    return parse(f'hostname = "a"\n{text}', tmp_path, Config)


@pytest.fixture
def ready(world: World) -> World:
    init(world.instance)
    rebuild(world.instance)
    return world


def settings_of(world: World) -> str:
    return (world.instance.paths.etc / "1" / roles.SETTINGS).read_text("utf-8")


def written(world: World) -> bytes:
    return b"".join(world.files().values())


def test_references_are_found_at_each_depth(tmp_path: Path) -> None:
    settings = read(f"{SMTP}X = [1, {{ from-secret = 'smtp' }}]\n{NESTED}", tmp_path).settings
    assert referred_to(settings) == {
        "smtp": ("EMAIL_HOST_PASSWORD", "X"),
        "s3": ("STORAGES.default.OPTIONS.secret_key",),
    }


@pytest.mark.parametrize(
    "value",
    ["{ from-secret = 'A b' }", "{ from-secret = 1 }", "{ from-secret = 'a', b = 1 }",
     "{ from-secret = '' }", "[{ from-secret = '../x' }]", "{ a = { from-secret = 'x.y' } }"],
)  # fmt: skip
def test_what_is_half_a_reference_is_refused(value: str, tmp_path: Path) -> None:
    with pytest.raises(InputInvalid) as caught:
        read(f"[settings]\nX = {value}\n", tmp_path)
    assert "from-secret" in caught.value.details


@pytest.mark.parametrize("name", ["API_ROOT", "CONTENT_PATH_PREFIX"])
def test_what_the_launcher_reads_itself_is_no_secret(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputInvalid):
        read(f"[settings]\n{name} = {{ from-secret = 'x' }}\n", tmp_path)


def test_a_table_with_the_key_secret_stays_what_it_is(tmp_path: Path) -> None:
    assert referred_to(read("[settings]\nX = { secret = 'x' }\n", tmp_path).settings) == {}


@pytest.mark.parametrize(
    ("settings", "found"),
    [
        ({"EMAIL_HOST_PASSWORD": "x"}, ["EMAIL_HOST_PASSWORD"]),
        ({"AUTH_LDAP_BIND_PASSWORD": {"from-secret": "x"}}, []),
        (
            {"S": {"a": {"secret_key": "x", "access_key": "y"}}},
            ["S.a.secret_key", "S.a.access_key"],
        ),
        ({"X_URL": "https://kim:word@h/"}, ["X_URL"]),
        ({"TOKEN_SERVER": "http://h/token/", "TOKEN_AUTH_DISABLED": True}, []),
        ({"PUBLIC_KEY": "x", "PRIVATE_KEY": "/etc/x", "AUTH_PASSWORD_VALIDATORS": ["x"]}, []),
        ({"EMAIL_HOST_PASSWORD": ""}, []),
    ],
)
def test_what_looks_like_a_secret(settings: dict[str, Any], found: list[str]) -> None:
    assert list(plain_secrets(settings)) == found


def test_a_secret_comes_to_pulp_and_into_no_file(ready: World) -> None:
    set_secret(ready.instance, "smtp", VALUE)
    ready.configure("[settings]\n", SMTP)
    start(ready.instance)
    line = next(row for row in settings_of(ready).splitlines() if row.startswith("EMAIL"))
    assert line == "EMAIL_HOST_PASSWORD = (_secrets / 'own.smtp').read_text()"
    ast.parse(settings_of(ready))
    mount = "Secret=pulp.smtp,type=mount,target=own.smtp,"
    having = {unit for unit, text in ready.systemd.loaded.items() if mount in text}
    services = {re.sub(r"(-\d+)*\.service$", "", unit) for unit in having}
    assert services == {"pulp-api", "pulp-content", "pulp-worker", "pulp-migrate"}
    assert VALUE.encode() not in written(ready)


def test_a_nested_one_is_read_where_it_stands(ready: World) -> None:
    set_secret(ready.instance, "s3", VALUE)
    ready.configure("[settings]\n", f"[settings]\nX = [true, 'a']\n{NESTED}")
    start(ready.instance)
    options = "{'secret_key': (_secrets / 'own.s3').read_text()}"
    assert f"STORAGES = {{'default': {{'OPTIONS': {options}}}}}\n" in settings_of(ready)
    assert "X = [True, 'a']\n" in settings_of(ready)


def test_another_value_is_a_restart_of_those_who_read_it(ready: World) -> None:
    set_secret(ready.instance, "smtp", VALUE)
    ready.configure("[settings]\n", SMTP)
    start(ready.instance)
    assert start(ready.instance).restarted == ()
    assert not plan_start(ready.instance).due
    set_secret(ready.instance, "smtp", "another")
    assert "run pulp-launcher start" in "".join(status(ready.instance).pending)
    again = {re.sub(r"(-\d+)*\.service$", "", unit) for unit in start(ready.instance).restarted}
    assert again == {"pulp-api", "pulp-content", "pulp-worker"}


@pytest.mark.parametrize("action", [start, rebuild])
def test_one_that_is_missing_is_refused_before_anything_is_changed(
    ready: World, action: Any
) -> None:
    start(ready.instance)
    set_secret(ready.instance, "smpt", VALUE)
    ready.configure("[settings]\n", SMTP)
    before, acts = ready.files(), len(ready.systemd.acts)
    with pytest.raises(NotReady) as caught:
        action(ready.instance)
    assert "did you mean 'smpt'" in caught.value.message
    assert caught.value.hint == "Give it: pulp-launcher secret set smtp"
    assert ready.files() == before
    assert len(ready.systemd.acts) == acts


def test_the_list_says_what_is_used_and_what_is_missing(ready: World) -> None:
    set_secret(ready.instance, "old", VALUE)
    ready.configure("[settings]\n", SMTP)
    found = {item.name: (item.there, item.used_by) for item in list_secrets(ready.instance)}
    assert found == {"old": (True, ()), "smtp": (False, ("EMAIL_HOST_PASSWORD",))}


def test_one_that_is_in_use_is_not_removed(ready: World) -> None:
    set_secret(ready.instance, "smtp", VALUE)
    ready.configure("[settings]\n", SMTP)
    with pytest.raises(UsageProblem, match="EMAIL_HOST_PASSWORD"):
        remove_secret(ready.instance, "smtp")
    ready.configure(SMTP, "[settings]\n")
    remove_secret(ready.instance, "smtp")
    assert list_secrets(ready.instance) == ()
    with pytest.raises(UsageProblem):
        remove_secret(ready.instance, "smtp")


def test_one_that_the_units_of_before_have_is_not_removed(ready: World) -> None:
    """A worker that comes back by itself would not start, nor would the config of before."""
    set_secret(ready.instance, "smtp", VALUE)
    ready.configure("[settings]\n", SMTP)
    start(ready.instance)
    ready.configure(SMTP, "[settings]\n")
    with pytest.raises(UsageProblem, match="units") as caught:
        remove_secret(ready.instance, "smtp")
    assert "pulp-launcher start" in caught.value.hint
    start(ready.instance)
    remove_secret(ready.instance, "smtp")


@pytest.mark.parametrize("name", ["A", "", "a b", "a.b", "-a", "field-key"])
def test_what_can_not_be_a_name_is_refused(ready: World, name: str) -> None:
    with pytest.raises(UsageProblem):
        set_secret(ready.instance, name, VALUE)
    assert not [one for one in ready.podman.values if "." in one]


def test_an_empty_value_is_none(ready: World) -> None:
    with pytest.raises(UsageProblem):
        set_secret(ready.instance, "smtp", "")


def test_a_purge_takes_them_along(ready: World) -> None:
    set_secret(ready.instance, "smtp", VALUE)
    ready.podman.values["pulp-other.smtp"] = "of another instance"
    destroy(ready.instance, purge=True)
    assert list(ready.podman.values) == ["pulp-other.smtp"]


def test_a_plain_secret_is_warned_of(ready: World) -> None:
    assert own_secrets.warnings(ready.instance) == ()
    ready.configure("[settings]\n", f"[settings]\nEMAIL_HOST_PASSWORD = '{VALUE}'\n")
    (warning,) = own_secrets.warnings(ready.instance)
    assert "EMAIL_HOST_PASSWORD" in warning
    assert VALUE not in warning


def test_nobody_else_gets_at_settings_and_config(ready: World) -> None:
    start(ready.instance)
    assert ready.instance.paths.etc.stat().st_mode & 0o077 == 0
    assert ready.instance.paths.config.stat().st_mode & 0o077 == 0
    assert ready.instance.paths.manifest.stat().st_mode & 0o044
    # An instance of before is the same after its next start.
    ready.instance.paths.etc.chmod(0o755)
    start(ready.instance)
    assert ready.instance.paths.etc.stat().st_mode & 0o077 == 0
