"""Variables for Pulp's processes come to the roles that they are for, as they were written.

The kind of fault: a value that is changed on its way, that comes to who it is not for, that takes
away what the role itself relies on, or a secret one that others can read.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from launcher.model import roles
from launcher.model.config import Config
from launcher.model.environment import of_role
from launcher.model.errors import InputInvalid, NotReady, UsageProblem
from launcher.model.toml import parse
from launcher.operations import own_secrets
from launcher.operations.change_secrets import list_secrets, remove_secret, set_secret
from launcher.operations.desired import desired
from launcher.operations.init import init
from launcher.operations.plan import plan_start
from launcher.operations.rebuild import rebuild
from launcher.operations.rollback import look, rollback
from launcher.operations.start import start
from launcher.render.units import run_options

if TYPE_CHECKING:
    from tests.unit.fakes import World

VALUE = "canary-7Fq2"
PULP = {"api", "content", "worker", "migrate"}
BOTH = """\
[environment]
OTEL_X = "one"
AWS_CA_BUNDLE = "/a"
[environment.worker]
AWS_CA_BUNDLE = "/b"
https_proxy = { from-secret = "proxy" }
[settings]
"""


def read(text: str) -> Config:
    return parse(f'hostname = "a"\n{text}', Path("config.toml"), Config)


@pytest.fixture
def ready(world: World) -> World:
    init(world.instance)
    rebuild(world.instance)
    set_secret(world.instance, "proxy", VALUE)
    return world


def having(world: World, line: str) -> set[str]:
    """Return the roles whose units have a line."""
    found = {unit for unit, text in world.systemd.loaded.items() if f"\n{line}\n" in text}
    return role_names(found)


def role_names(services: Any) -> set[str]:
    return {re.sub(r"(-\d+)*\.service$", "", unit).removeprefix("pulp-") for unit in services}


def test_a_role_has_its_own_in_the_place_of_those_of_all() -> None:
    config = read(BOTH)
    worker = {"OTEL_X": "one", "AWS_CA_BUNDLE": "/b", "https_proxy": {"from-secret": "proxy"}}
    assert of_role(config.environment, "worker") == worker
    assert of_role(config.environment, "api") == {"OTEL_X": "one", "AWS_CA_BUNDLE": "/a"}
    assert [name for name in roles.NAMES if of_role(config.environment, name)] == [
        "migrate", "api", "content", "worker",
    ]  # fmt: skip


def test_they_come_to_those_they_are_for_and_to_nobody_else(ready: World) -> None:
    ready.configure("[settings]\n", BOTH)
    start(ready.instance)
    assert having(ready, "Environment=OTEL_X=one") == PULP
    assert having(ready, "Environment=AWS_CA_BUNDLE=/a") == PULP - {"worker"}
    assert having(ready, "Environment=AWS_CA_BUNDLE=/b") == {"worker"}
    assert having(ready, "Secret=pulp.proxy,type=env,target=https_proxy") == {"worker"}
    assert VALUE.encode() not in b"".join(ready.files().values())


def test_only_who_has_another_value_is_restarted(ready: World) -> None:
    ready.configure("[settings]\n", BOTH)
    start(ready.instance)
    assert not plan_start(ready.instance).due
    assert start(ready.instance).restarted == ()
    ready.configure('"/b"', '"/c"')
    assert role_names(start(ready.instance).restarted) == {"worker"}
    set_secret(ready.instance, "proxy", "another")
    assert plan_start(ready.instance).due
    assert role_names(start(ready.instance).restarted) == {"worker"}
    ready.configure('"one"', '"two"')
    assert role_names(start(ready.instance).restarted) == PULP - {"migrate"}


def test_without_variables_nothing_is_restarted_for_their_sake(ready: World) -> None:
    start(ready.instance)
    ready.configure("[settings]\n", "[environment]\n[settings]\n")
    assert start(ready.instance).restarted == ()


def test_what_tries_migrations_has_those_of_migrate(ready: World) -> None:
    generation = ready.instance.generation(1)
    assert generation
    ready.configure("[settings]\n", BOTH.replace("worker", "migrate"))
    options = run_options(desired(ready.instance, generation), roles.role("migrate"))
    assert "--env=OTEL_X=one" in options
    assert "--secret=pulp.proxy,type=env,target=https_proxy" in options


def test_they_are_of_the_host_and_do_not_go_back(ready: World) -> None:
    start(ready.instance)
    rebuild(ready.instance, force=True)
    ready.configure("[settings]\n", BOTH)
    start(ready.instance)
    rollback(ready.instance, look(ready.instance, None), restore=False)
    assert ready.service("worker", 1, 1) in ready.up
    assert having(ready, "Environment=OTEL_X=one") == PULP


@pytest.mark.parametrize("action", [start, rebuild])
def test_a_secret_that_is_missing_is_refused_before_anything_is_changed(
    ready: World, action: Any
) -> None:
    start(ready.instance)
    ready.configure("[settings]\n", BOTH.replace('"proxy"', '"proxi"'))
    before, acts = ready.files(), len(ready.systemd.acts)
    with pytest.raises(NotReady) as caught:
        action(ready.instance)
    assert "https_proxy under [environment.worker]" in caught.value.message
    assert "did you mean 'proxy'" in caught.value.message
    assert caught.value.hint == "Give it: pulp-launcher secret set proxi"
    assert ready.files() == before
    assert len(ready.systemd.acts) == acts


def test_a_secret_is_in_use_as_long_as_a_variable_refers_to_it(ready: World) -> None:
    ready.configure("[settings]\n", BOTH)
    (item,) = list_secrets(ready.instance)
    assert item.used_by == ("https_proxy under [environment.worker]",)
    assert set_secret(ready.instance, "proxy", VALUE).read_at_start
    with pytest.raises(UsageProblem, match=r"https_proxy under \[environment.worker\]"):
        remove_secret(ready.instance, "proxy")


def test_a_plain_secret_is_warned_of(ready: World) -> None:
    lines = f'[environment.api]\nHTTPS_PROXY = "http://kim:{VALUE}@p:1"\n[settings]\n'
    ready.configure("[settings]\n", lines)
    (warning,) = own_secrets.warnings(ready.instance)
    assert "HTTPS_PROXY under [environment.api]" in warning
    assert VALUE not in warning


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        ("PULP_SETTINGS", "[settings]"), ("PULP_ANALYTICS", "ANALYTICS under [settings]"),
        ("PULP_DATABASES__default__NAME", "DATABASES under [settings]"),
        ("PULP_API_WORKERS", "processes under [api]"),
        ("PULP_CONTENT_TIMEOUT", "timeout under [content]"),
        ("PULP_API_MAX_REQUESTS_JITTER", "max_requests_jitter under [api]"),
        ("PULP_API_BIND", "launcher"), ("PULP_LAUNCHER_EVENT", "launcher"),
        ("TMPDIR", "[storage]"), ("PATH", "image"), ("HOME", "image"), ("LC_ALL", "image"),
        ("PYTHONPATH", "image"), ("DJANGO_SETTINGS_MODULE", "image"),
        ("GUNICORN_CMD_ARGS", "[api] and [content]"), ("PGPASSWORD", "database"),
        ("NOTIFY_SOCKET", "container"), ("INSTANCE_FOR_DYNACONF", "[settings]"),
    ],
)  # fmt: skip
def test_what_others_rely_on_is_refused_with_what_to_do_instead(name: str, instead: str) -> None:
    for table in ("environment", "environment.worker"):
        for value in ('"x"', '{ from-secret = "x" }'):
            with pytest.raises(InputInvalid) as caught:
                read(f"[{table}]\n{name} = {value}\n")
            assert name in caught.value.details
            assert instead in caught.value.details


@pytest.mark.parametrize(
    "lines",
    ['"A B" = "x"', '"1A" = "x"', '"A=B" = "x"', '"" = "x"', 'A = "a\\nb"', 'A = "a\\u0000b"',
     'A = "a\\rb"', 'A = "a\\tb"', "A = 1", "A = true", "A = ['x']", 'worker = "x"',
     'worker = { from-secret = "x" }', 'A = { from-secret = "A b" }', "[environment.db]\nA = 'x'",
     "[environment.web]\nA = 'x'", "[environment.workers]\nA = 'x'",
     "[environment.worker]\nA = { b = 'x' }"],
)  # fmt: skip
def test_what_can_not_be_a_variable_is_refused(lines: str) -> None:
    with pytest.raises(InputInvalid) as caught:
        read(f"[environment]\n{lines}\n")
    assert caught.value.details.startswith("environment")
    assert "Traceback" not in caught.value.details


@pytest.mark.parametrize("name", ["http_proxy", "OTEL_EXPORTER", "AWS_PROFILE", "GIT_SSL_CAINFO",
                                  "REQUESTS_CA_BUNDLE", "_x", "TZ", "LD_PRELOAD"])  # fmt: skip
def test_what_nobody_relies_on_is_free(name: str) -> None:
    assert read(f"[environment]\n{name} = ''\n").environment == {name: ""}
