"""Commands that reach into the containers."""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.request
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.host.actor import Actor

pytestmark = pytest.mark.host


def test_manager(actor: Actor) -> None:
    actor.launcher("manager", "migrate", "--check")
    assert "[X] 0001" in actor.launcher("manager", "showmigrations", "rpm")
    assert actor.try_(*actor.argv("manager", "no-such-command")).returncode == 1


def test_shell(actor: Actor) -> None:
    assert actor.launcher("shell", "worker", "id").startswith("uid=700(pulp) gid=700(pulp)")
    assert actor.launcher("shell", "db", "uname", "-n") == "pulp-db\n"
    assert actor.try_(*actor.argv("shell", "web", "false")).returncode == 1


def test_dashes_end_the_options_of_the_launcher(actor: Actor) -> None:
    """As they do for every other program that calls another."""
    assert "GnuPG" in actor.launcher("shell", "worker", "--", "gpg", "--version")


def test_shell_of_no_role(actor: Actor) -> None:
    done = actor.try_(*actor.argv("shell", "webb"))
    assert done.returncode == 2
    assert "there is no role 'webb'; did you mean 'web'?" in done.stderr


def test_logs(actor: Actor) -> None:
    assert len(actor.launcher("logs", "web", "-n", "5").splitlines()) == 5
    assert "pulp-db" in actor.launcher("logs", "db")


def test_the_admin_password_opens_the_api(actor: Actor) -> None:
    password = actor.launcher("admin-password").strip()
    assert user_list(actor, password)[0]["username"] == "admin"
    assert actor.data("admin-password") == {"password": password}


def test_another_password_does_not(actor: Actor) -> None:
    with pytest.raises(urllib.error.HTTPError, match="401"):
        user_list(actor, "guessed")


def user_list(actor: Actor, password: str) -> list[dict[str, str]]:
    token = base64.b64encode(f"admin:{password}".encode()).decode()
    request = urllib.request.Request(  # noqa: S310
        f"{actor.url}/pulp/api/v3/users/", headers={"Authorization": f"Basic {token}"}
    )
    with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
        results: list[dict[str, str]] = json.load(answer)["results"]
    return results


def test_manager_says_nothing_but_its_own(actor: Actor) -> None:
    """The kind of fault: a line of noise on each call, which hides one that counts."""
    done = actor.try_(*actor.argv("manager", "list-signing-services"))
    assert (done.returncode, done.stderr) == (0, "")
