"""Upload a Debian package, publish it, and fetch it with apt-get."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.acceptance.client import StepFailed, unique
from tests.acceptance.rest import create

if TYPE_CHECKING:
    from tests.acceptance.client import Client, Pulp

CONTROL = """\
Package: {name}
Version: 1
Architecture: all
Maintainer: Nobody <nobody@example.org>
Description: A greeting
"""
SOURCE = "deb [{trust}] {url} stable main\n"
# Nothing of the host's own apt: neither its sources nor its lists, and no other user's rights.
APT = """\
Dir::Etc::SourceList "{top}/sources.list";
Dir::Etc::SourceParts "-";
Dir::State "{top}/state";
Dir::Cache "{top}/cache";
APT::Sandbox::User "";
"""


def deb_flow(pulp: Pulp) -> None:
    """Go the whole way of a package; raises StepFailed."""
    client, name = pulp.client, unique("greeting")
    client.say(f"build {name}_1_all.deb with dpkg-deb")
    built = build(client, name)
    client.say(f"upload it into the apt repository {name}")
    repository = upload(pulp, name, built)
    client.say("publish and distribute it")
    url = distribute(pulp, name, repository)
    client.say(f"fetch {name} with apt-get from {url}")
    fetched = fetch(client, name, url)
    if client.sha256(fetched) != client.sha256(built):
        raise StepFailed(f"{fetched} differs from {built}")
    client.say(f"it is the same: sha256 {client.sha256(built)}")


def build(client: Client, name: str) -> str:
    """Return the path of a new package."""
    top = client.folder()
    client.run("install", "-d", "-m", "755", f"{top}/root", f"{top}/root/DEBIAN")
    client.write(f"{top}/root/DEBIAN/control", CONTROL.format(name=name))
    client.write(f"{top}/root/usr/share/{name}/greeting", f"Hello from {name}\n")
    built = f"{top}/{name}_1_all.deb"
    client.run("dpkg-deb", "--build", "--root-owner-group", f"{top}/root", built)
    return built


def upload(pulp: Pulp, name: str, built: str, **fields: str) -> str:
    """Return the repository that has the package; `fields` are those of the repository."""
    repository = str(create(pulp, "repositories/deb/apt", name=name, **fields)["pulp_href"])
    package = create(
        pulp, "content/deb/packages", file=f"@{built}", repository=repository,
        distribution="stable", component="main",
    )  # fmt: skip
    if package["package"] != name:
        raise StepFailed(f"Pulp has {package['package']}, not {name}")
    return repository


def distribute(pulp: Pulp, name: str, repository: str) -> str:
    publication = create(pulp, "publications/deb/apt", repository=repository, structured="true")
    distribution = create(
        pulp, "distributions/deb/apt", name=name, base_path=name,
        publication=publication["pulp_href"],
    )  # fmt: skip
    return str(distribution["base_url"])


def fetch(client: Client, name: str, url: str, trust: str = "trusted=yes") -> str:
    """Return the path of the package that apt-get got."""
    top = client.folder()
    client.write(f"{top}/sources.list", SOURCE.format(url=url, trust=trust))
    client.write(f"{top}/apt.conf", APT.format(top=top))
    client.run("mkdir", "-p", f"{top}/state/lists/partial", f"{top}/cache/archives/partial")
    apt = ("env", f"--chdir={top}", f"APT_CONFIG={top}/apt.conf", "apt-get", "--quiet")
    client.run(*apt, "--error-on=any", "update")
    client.run(*apt, "download", name)
    return f"{top}/{name}_1_all.deb"
