"""Sync a repository of RPM packages, publish it, and install from it with dnf."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.acceptance.client import StepFailed, unique
from tests.acceptance.upstream import publish

if TYPE_CHECKING:
    from tests.acceptance.client import Client, Pulp

SPEC = """\
Name: {name}
Version: 1
Release: 1
Summary: A greeting
License: GPL-2.0-or-later
BuildArch: noarch
%description
A greeting.
%install
mkdir -p %{{buildroot}}/usr/share/{name}
echo 'Hello from {name}' >%{{buildroot}}/usr/share/{name}/greeting
%files
/usr/share/{name}
"""


def rpm_flow(pulp: Pulp) -> None:
    """Go the whole way of a package; raises StepFailed."""
    client, name = pulp.client, unique("greeting")
    client.say(f"build {name}-1-1.noarch.rpm, and make a repository of it with createrepo_c")
    built = build(client, name)
    upstream = publish(client, built.rpartition("/")[0], name)
    client.say(f"sync {upstream} with pulp_rpm")
    _sync(pulp, name, upstream)
    client.say("publish and distribute it")
    url = distribute(pulp, name)
    client.say(f"install {name} with dnf from {url}")
    _install(client, name, url, built)
    client.say(f"the package is the same: sha256 {client.sha256(built)}")


def build(client: Client, name: str) -> str:
    """Return the path of a new package."""
    top = client.folder()
    client.write(f"{top}/{name}.spec", SPEC.format(name=name))
    client.run("rpmbuild", "-bb", "--quiet", "--define", f"_topdir {top}", f"{top}/{name}.spec")
    return f"{top}/RPMS/noarch/{name}-1-1.noarch.rpm"


def _sync(pulp: Pulp, name: str, upstream: str) -> None:
    pulp("rpm", "remote", "create", "--name", name, "--url", upstream, "--policy", "immediate")
    pulp("rpm", "repository", "create", "--name", name, "--remote", name)
    pulp("rpm", "repository", "sync", "--repository", name)
    found = pulp("rpm", "content", "-t", "package", "list", "--field", "name", "--name", name)
    if [item["name"] for item in found] != [name]:
        raise StepFailed(f"after the sync, Pulp should have {name}; it has {found}")


def distribute(pulp: Pulp, name: str) -> str:
    publication = pulp("rpm", "publication", "create", "--repository", name)
    distribution = pulp(
        "rpm", "distribution", "create", "--name", name, "--base-path", name,
        "--publication", publication["pulp_href"],
    )  # fmt: skip
    return str(distribution["base_url"])


def _install(client: Client, name: str, url: str, built: str) -> None:
    """Install into a folder, and compare both the package and the file that was in it."""
    root = client.folder()
    client.run(
        "dnf", "-y", "-q", f"--installroot={root}", "--releasever=1",
        f"--repofrompath={name},{url}", f"--repo={name}", f"--setopt={name}.gpgcheck=0",
        "--setopt=keepcache=1", "install", name,
    )  # fmt: skip
    greeting = client.run("cat", f"{root}/usr/share/{name}/greeting")
    if greeting != f"Hello from {name}\n":
        raise StepFailed(f"the installed file says {greeting!r}")
    fetched = client.run("find", root, "-name", f"{name}-*.rpm").strip()
    if client.sha256(fetched) != client.sha256(built):
        raise StepFailed(f"{fetched} differs from {built}")
