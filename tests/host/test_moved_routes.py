"""Every setting of Pulp that moves a route, a health check or a header: a start, and requests."""

from __future__ import annotations

import json
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest

from tests.acceptance.client import unique
from tests.acceptance.rest import create
from tests.host.refusal import assert_refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.host.actor import Actor

pytestmark = pytest.mark.host

TOGETHER = """\
DOMAIN_ENABLED = true
CACHE_ENABLED = false
HIDE_GUARDED_DISTRIBUTIONS = true
REDIRECT_TO_OBJECT_STORAGE = false
REMOTE_USER_ENVIRON_NAME = "HTTP_REMOTE_USER"
AUTHENTICATION_BACKENDS = [
  "django.contrib.auth.backends.ModelBackend",
  "pulpcore.backends.ObjectRolePermissionBackend",
  "pulpcore.app.authentication.PulpNoCreateRemoteUserBackend",
]
"""
TABLE = {
    "domains": "DOMAIN_ENABLED = true",
    "no-cache": "CACHE_ENABLED = false",
    "api-root": 'API_ROOT = "/other/"',
    "content-prefix": 'CONTENT_PATH_PREFIX = "/files/"',
    "api-root-by-header": 'API_ROOT_REWRITE_HEADER = "X-API-Root"',
    "both-moved-and-domains": (
        'API_ROOT = "/other/"\nCONTENT_PATH_PREFIX = "/files/"\nDOMAIN_ENABLED = true'
    ),
    "allowed-hosts": 'ALLOWED_HOSTS = ["{host}"]',
    "v4": "ENABLE_V4_API = true",
    "origin": 'CONTENT_ORIGIN = "https://elsewhere.example"',
}


@pytest.fixture
def config(root: Actor) -> Iterator[str]:
    """Give the path of the config, whose content comes back in the end."""
    path = f"{root.config_dir}/config.toml"
    before = root.run("cat", path)
    yield path
    root.run("tee", path, stdin=before)
    root.launcher("start")
    root.wait_healthy()


def get(actor: Actor, path: str) -> Any:
    with urllib.request.urlopen(f"{actor.url}{path}", timeout=20) as answer:  # noqa: S310
        text = answer.read()
    return json.loads(text) if text.startswith(b"{") else text


def start_with(actor: Actor, config: str, lines: str) -> None:
    text = actor.run("cat", config)
    actor.run("tee", config, stdin=text.replace("[settings]\n", f"[settings]\n{lines}\n"))
    actor.launcher("start")
    actor.wait_healthy()


def test_together(root: Actor, config: str) -> None:
    start_with(root, config, TOGETHER)
    status = get(root, "/pulp/api/v3/status/")
    assert status["domain_enabled"]
    assert not status["redis_connection"]["connected"]
    assert b"<" in get(root, "/pulp/content/default/")
    guard = create(root.pulp(), "../../default/api/v3/contentguards/core/rbac", name=unique("rbac"))
    assert guard["name"]


@pytest.mark.thorough
@pytest.mark.parametrize("name", TABLE)
def test_each(root: Actor, config: str, name: str) -> None:
    lines = TABLE[name].replace("{host}", root.host.address)
    start_with(root, config, lines)
    api = "/other/" if "/other/" in lines else "/pulp/"
    content = "/files/" if "/files/" in lines else "/pulp/content/"
    assert get(root, f"{api}api/v3/status/")["database_connection"]["connected"]
    assert get(root, content + ("default/" if "DOMAIN" in lines else "")) is not None


REFUSED = {
    "WORKER_NAME_TEMPLATE": ('WORKER_NAME_TEMPLATE = "x"', "tells which container"),
    "CONTENT_PATH_PREFIX": ('CONTENT_PATH_PREFIX = "/pulp/"', "the API is at '/pulp/api/v3/'"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_can_not_work_is_refused(root: Actor, name: str) -> None:
    lines, words = REFUSED[name]
    path = f"{root.config_dir}/config.toml"
    before = root.run("cat", path)
    root.run("tee", path, stdin=before.replace("[settings]\n", f"[settings]\n{lines}\n"))
    try:
        assert_refused(root, root.argv("start"), 2, words)
    finally:
        root.run("tee", path, stdin=before)
