"""Whether Pulp's own status (`/pulp/api/v3/status/`) says that all of it is there."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from packaging.utils import canonicalize_name

from launcher.model.requirement import BUILT_IN

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

ONLINE = {"api": "online_api_apps", "content": "online_content_apps", "worker": "online_workers"}
"""Under which key Pulp lists the living processes of a role."""

_RANGE_OF_NOTHING = 416
_CLIENT_ERROR, _SERVER_ERROR = 400, 500


@dataclass(frozen=True)
class Download:
    """A path that the content server is asked for; `there` where it is a file that must be had."""

    path: str
    there: bool


def refused(downloads: Sequence[Download], answers: Iterable[int]) -> list[str]:
    """Return which downloads fail, in words; `answers` are HTTP's, 0 where there was none."""
    return [
        f"a download of {item.path} {f'answers {code}' if code else 'is not answered'}"
        for item, code in zip_longest(downloads, answers, fillvalue=0)
        if isinstance(item, Download) and _fails(item, code)
    ]


def _fails(download: Download, code: int | Download) -> bool:
    if not isinstance(code, int) or not code or code >= _SERVER_ERROR:
        return True
    # Of an empty file there is no first byte to be had.
    return download.there and code >= _CLIENT_ERROR and code != _RANGE_OF_NOTHING


def lacks(
    status: Mapping[str, Any] | None,
    versions: Mapping[str, str],
    plugins: Iterable[str],
    hosts: Mapping[str, Collection[str]],
    *,
    cached: bool = True,
) -> list[str]:
    """Return what is not as it shall be, in words.

    `versions` is by distribution; `hosts` are the host names by role, each of which must be known
    to Pulp as a living process. `cached` is whether Pulp shall use the cache.
    """
    if status is None:
        return ["the status endpoint does not answer"]
    expected = {name: versions[name] for name in ("pulpcore", *plugins)}
    return [
        *_wrong_versions(reported(status), expected),
        *_disconnected(status, cached=cached),
        *_absent(status, hosts),
    ]


def reported(status: Mapping[str, Any]) -> dict[str, str]:
    """Return the versions that Pulp names, by canonical distribution name."""
    components = status.get("versions", [])
    named = {canonicalize_name(item["package"]): str(item["version"]) for item in components}
    return {name: version for name, version in named.items() if name not in BUILT_IN}


def _wrong_versions(found: Mapping[str, str], expected: Mapping[str, str]) -> list[str]:
    return [
        f"{name} is {found.get(name, 'not there')}, not {version}"
        for name, version in expected.items()
        if found.get(name) != version
    ]


def _disconnected(status: Mapping[str, Any], *, cached: bool) -> list[str]:
    parts = {"database": "database_connection"}
    if cached:
        parts["cache"] = "redis_connection"
    return [
        f"the {part} is not connected"
        for part, key in parts.items()
        if not (status.get(key) or {}).get("connected")
    ]


def _absent(status: Mapping[str, Any], hosts: Mapping[str, Collection[str]]) -> list[str]:
    # One that was killed is listed until its heartbeat expires, so more may be listed.
    problems = []
    for role, key in ONLINE.items():
        listed = {process["name"].rpartition("@")[2] for process in status.get(key, [])}
        online = sum(host in listed for host in hosts[role])
        if online < len(hosts[role]):
            problems.append(f"{online} of {len(hosts[role])} {role} containers are online")
    return problems
