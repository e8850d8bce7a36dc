"""Upload a file, publish it, and download it through the web role."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.acceptance.client import Client, Pulp, StepFailed, unique

if TYPE_CHECKING:
    from tests.lab import Host

KIBIBYTES = "300"


@dataclass(frozen=True)
class Download:
    """A file that Pulp serves, and what it has to be."""

    url: str
    sha256: str


def file_flow(pulp: Pulp) -> Download:
    """Go the whole way of a file; raises StepFailed."""
    client, name = pulp.client, unique("file")
    path = f"{client.folder()}/{name}.bin"
    client.run("dd", "if=/dev/urandom", f"of={path}", "bs=1024", f"count={KIBIBYTES}")
    client.say(f"upload {name}.bin into the file repository {name}")
    pulp("file", "repository", "create", "--name", name)
    upload = ["--repository", name, "--file", path, "--relative-path", f"{name}.bin"]
    pulp("file", "content", "upload", *upload)
    client.say("publish and distribute it")
    download = Download(f"{_distribute(pulp, name)}{name}.bin", client.sha256(path))
    client.say(f"download {download.url}")
    check(download, client.host)
    client.say(f"it is the same: sha256 {download.sha256}")
    return download


def _distribute(pulp: Pulp, name: str) -> str:
    publication = pulp("file", "publication", "create", "--repository", name)
    distribution = pulp(
        "file", "distribution", "create", "--name", name, "--base-path", name,
        "--publication", publication["pulp_href"],
    )  # fmt: skip
    return str(distribution["base_url"])


def check(download: Download, host: Host) -> None:
    """Download the file again and compare; raises StepFailed."""
    client = Client(host)
    path = f"{client.folder()}/download"
    client.run("curl", "-fsS", "-o", path, download.url)
    found = client.sha256(path)
    if found != download.sha256:
        raise StepFailed(f"{download.url}: sha256 {found}, not {download.sha256}")
