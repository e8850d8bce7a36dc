"""A repository on the net, as Pulp sees it: folders served over HTTP by the host itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.acceptance.client import Client

ROOT = "/srv/upstream"
PORT = 8800
UNIT = "upstream.service"
# What containers call their host, rootless ones too; its own address leads them elsewhere.
HOST = "host.containers.internal"
SERVE = f"""
systemctl --quiet is-active {UNIT} || systemd-run --quiet --collect --unit={UNIT} \\
    python3 -m http.server --directory {ROOT} {PORT}
curl -fsS -o /dev/null --retry 20 --retry-connrefused --retry-delay 1 http://localhost:{PORT}/
"""


def publish(client: Client, packages: str, name: str) -> str:
    """Make a repository of a folder of packages and return its address for containers."""
    client.run("createrepo_c", "--quiet", packages)
    client.run("mkdir", "-p", ROOT)
    client.run("cp", "-rT", packages, f"{ROOT}/{name}")
    client.run("sh", "-euc", SERVE)
    return f"http://{HOST}:{PORT}/{name}/"
