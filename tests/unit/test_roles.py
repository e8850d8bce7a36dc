"""The table of roles fits the files that the image is made of."""

from __future__ import annotations

from pathlib import Path

import pytest

from launcher.model import roles
from launcher.model.roles import ROLES, Role

SCRIPTS = Path(__file__).parents[2] / "containers" / "roles"
EACH = pytest.mark.parametrize("role", ROLES, ids=roles.NAMES)


def test_each_role_has_its_script_and_each_script_its_role() -> None:
    assert {path.name for path in SCRIPTS.iterdir()} == set(roles.NAMES)


@EACH
def test_its_script_can_be_run(role: Role) -> None:
    script = SCRIPTS / role.name
    assert script.stat().st_mode & 0o111
    assert script.read_text(encoding="utf-8").startswith("#!")


@EACH
def test_its_health_command_has_all_its_words(role: Role) -> None:
    command = role.health.format(api_root="/root/", hostname="pulp.example", generation=7)
    assert "{" not in command
    assert "}" not in command


@EACH
def test_it_starts_after_roles_that_start_before_it(role: Role) -> None:
    earlier = roles.NAMES[: roles.NAMES.index(role.name)]
    assert set(role.after) <= set(earlier)


@EACH
def test_it_uses_what_is_declared(role: Role) -> None:
    assert set(role.volumes) <= set(roles.VOLUMES)
    assert set(role.secrets) <= set(roles.SECRETS)
    assert role.reads in {"", roles.SETTINGS, roles.SITE}


def test_names_are_told_apart() -> None:
    assert len(set(roles.NAMES)) == len(ROLES)
    assert len({volume.path for volume in roles.VOLUMES}) == len(roles.VOLUMES)
    assert len(set(roles.SECRETS)) == len(roles.SECRETS)


def test_one_role_meets_the_world() -> None:
    assert [role.name for role in ROLES if role.published] == ["web"]


def test_the_roles_that_hold_data_have_no_network() -> None:
    assert [role.name for role in ROLES if not role.network] == ["db", "cache", "migrate"]


def test_only_the_migrations_see_the_password_of_the_administrator() -> None:
    assert [role.name for role in ROLES if roles.ADMIN_PASSWORD in role.secrets] == ["migrate"]


def test_an_unknown_role_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        roles.role("frontend")
