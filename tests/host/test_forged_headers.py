"""Headers by which a client would be somebody else, or come from elsewhere, do not reach Pulp."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.client import unique
from tests.acceptance.rest import create

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.host.actor import Actor

pytestmark = pytest.mark.host

REMOTE_USER = """\
REMOTE_USER_ENVIRON_NAME = "HTTP_REMOTE_USER"
REST_FRAMEWORK__DEFAULT_AUTHENTICATION_CLASSES = [
    "rest_framework.authentication.BasicAuthentication",
    "pulpcore.app.authentication.PulpRemoteUserAuthentication",
]
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "pulpcore.app.authentication.PulpNoCreateRemoteUserBackend",
]
"""
TRUSTING = '\n[web]\ntrusted_proxies = ["0.0.0.0/0"]\n'


@pytest.fixture
def config(root: Actor) -> Iterator[str]:
    """Give the text of the config, which comes back in the end."""
    path = f"{root.config_dir}/config.toml"
    before = root.run("cat", path)
    yield before
    configure(root, before)


def configure(actor: Actor, text: str) -> None:
    actor.run("tee", f"{actor.config_dir}/config.toml", stdin=text)
    actor.launcher("start")


def status(actor: Actor, path: str, *headers: str) -> str:
    words = [word for header in headers for word in ("--header", header)]
    url = path if "://" in path else f"{actor.url}{path}"
    return actor.run("curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", *words, url)


def users(actor: Actor, *headers: str) -> str:
    return status(actor, "/pulp/api/v3/users/", *headers)


def certificate(actor: Actor) -> str:
    """Make an authority, and return its certificate, which it signed itself."""
    folder = actor.run("mktemp", "-d").strip()
    request = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=forged"]
    actor.run(*request, "-keyout", f"{folder}/key", "-out", f"{folder}/cert")
    return f"{folder}/cert"


@pytest.mark.thorough
def test_nobody_is_who_a_header_says(root: Actor, config: str) -> None:
    """Certificate guards and remote users; a trusted proxy is believed, and nobody else."""
    pulp, name, cert = root.pulp(), unique("guarded"), certificate(root)
    guard = create(pulp, "contentguards/certguard/x509", name=name, ca_certificate=f"<{cert}")
    pulp("file", "repository", "create", "--name", name, "--autopublish")
    pulp("file", "content", "upload", "--repository", name, "--file", cert,
         "--relative-path", "hello")  # fmt: skip
    made = pulp("file", "distribution", "create", "--name", name, "--base-path", name,
                "--repository", name, "--content-guard", guard["pulp_href"])  # fmt: skip
    pem = root.run("python3", "-c", "import sys, urllib.parse as u\n"
                   "print(u.quote(open(sys.argv[1]).read()))", cert).strip()  # fmt: skip
    header, file = f"X-CLIENT-CERT: {pem}", f"{made['base_url']}hello"
    assert status(root, file, header) == "403"
    assert status(root, file, f"x_client_cert: {pem}") == "403"

    configure(root, config + REMOTE_USER)
    assert users(root, "Remote-User: admin") == "401"
    assert users(root, "Remote_User: admin") == "401"

    # The same is believed where the config says so, or these tests would prove nothing.
    configure(root, config + REMOTE_USER + TRUSTING)
    assert users(root, "Remote-User: admin") == "200"
    assert status(root, file, header) == "200"


def test_nobody_says_where_a_request_came_from(root: Actor) -> None:
    """Links of Pulp would lead to another host, and its log would name another client."""
    headers = ("X-Forwarded-Proto: https", "X-Forwarded-Ssl: on", "X-Forwarded-For: 192.0.2.77")
    words = [word for header in headers for word in ("--header", header)]
    url = f"{root.url}/pulp/api/v3/tasks/?limit=1"
    user = json.dumps(f"admin:{root.launcher('admin-password').strip()}")
    said = root.run("curl", "-sS", "--config", "-", *words, url, stdin=f"user = {user}\n")
    assert "https://" not in said
    assert "192.0.2.77" not in root.launcher("logs", "api", "-n", "20")
