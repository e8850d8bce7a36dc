"""Whether Pulp's own status (`/pulp/api/v3/status/`) says that all of it is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from packaging.utils import canonicalize_name

from launcher.model.requirement import BUILT_IN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def lacks(
    status: Mapping[str, Any] | None,
    versions: Mapping[str, str],
    plugins: Iterable[str],
    workers: int,
) -> list[str]:
    """Return what is not as it shall be, in words; `versions` is by distribution."""
    if status is None:
        return ["the status endpoint does not answer"]
    expected = {name: versions[name] for name in ("pulpcore", *plugins)}
    return [
        *_wrong_versions(reported(status), expected),
        *_disconnected(status),
        *_absent(status, workers),
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


def _disconnected(status: Mapping[str, Any]) -> list[str]:
    parts = {"database": "database_connection", "cache": "redis_connection"}
    return [
        f"the {part} is not connected"
        for part, key in parts.items()
        if not (status.get(key) or {}).get("connected")
    ]


def _absent(status: Mapping[str, Any], workers: int) -> list[str]:
    # A worker that was killed is listed until its heartbeat expires, so more may be listed.
    online = len(status.get("online_workers", []))
    problems = [f"{online} of {workers} workers are online"] if online < workers else []
    for role, key in (("api", "online_api_apps"), ("content", "online_content_apps")):
        if not status.get(key):
            problems.append(f"no {role} process is online")
    return problems
