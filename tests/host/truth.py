"""Whether a Pulp is what it was, found out from the outside and not by its own word."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.acceptance.client import StepFailed, unique
from tests.acceptance.file_flow import Download, check, file_flow

if TYPE_CHECKING:
    from tests.acceptance.client import Pulp
    from tests.host.actor import Actor

LISTS = ("repositories", "content", "remotes", "distributions", "repository_versions",
         "publications", "tasks")  # fmt: skip
_CODE = ("--output", "/dev/null", "--write-out", "%{http_code}")


@dataclass(frozen=True)
class Kept:
    """What was put into a Pulp: a file, and a remote with a password, which is encrypted."""

    pulp: Pulp
    download: Download
    remote: str


def put(actor: Actor) -> Kept:
    """Put something into it that can be looked for later."""
    pulp, name = actor.pulp(), unique("remote")
    url = ["--url", "http://localhost/PULP_MANIFEST", "--username", "me", "--password", "secret"]
    pulp("file", "remote", "create", "--name", name, *url)
    return Kept(pulp, file_flow(pulp), name)


def wrongs(kept: Kept) -> list[str]:
    """Return what is not as it was, as a client sees it; nothing where all is."""
    found = [f"{path} answers {code}" for path in LISTS if (code := _list(kept, path)) != "200"]
    if not found and kept.remote not in _names(kept):
        found.append("the remote is gone")
    try:
        check(kept.download, kept.pulp.client.host)
    except StepFailed as failed:
        found.append(f"the file can not be downloaded: {str(failed)[:80]}")
    return found


def _curl(kept: Kept, path: str, *options: str) -> str:
    user = f"user = {json.dumps(f'admin:{kept.pulp.password}')}\n"
    url = f"{kept.pulp.url}/pulp/api/v3/{path}/?limit=1000"
    argv = ["curl", "-sS", "--max-time", "30", "--config", "-", *options, url]
    return kept.pulp.client.host.run(argv, check=False, input=user).stdout


def _list(kept: Kept, path: str) -> str:
    return _curl(kept, path, *_CODE)


def _names(kept: Kept) -> set[str]:
    return {row["name"] for row in json.loads(_curl(kept, "remotes"))["results"]}
