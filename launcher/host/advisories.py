"""A service that knows advisories on Python distributions, and speaks as OSV does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from launcher.host import fetch
from launcher.host.uv import ANSWER_LIMIT
from launcher.model.advisories import Answer
from launcher.model.errors import IndexUnreachable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from launcher.model.advisories import Result

Query = dict[str, Any]

_PAGES = 10
"""How often it is asked on; its answers end long before."""


class AdvisoriesUnreachable(IndexUnreachable):
    """The service of advisories did not answer as one."""


def known(service: str, versions: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Return the IDs of the advisories on versions of distributions, by name, where there are any.

    Those that were withdrawn the service leaves out itself.

    Raises:
        AdvisoriesUnreachable: the service does not answer, or not as one.

    """
    queries: list[Query] = [
        {"package": {"name": name, "ecosystem": "PyPI"}, "version": version}
        for name, version in versions.items()
        if version
    ]
    found: dict[str, set[str]] = {}
    for _ in range(_PAGES):
        pairs = _asked(service, queries) if queries else []
        for query, result in pairs:
            ids = {advisory.id for advisory in result.vulns}
            found.setdefault(query["package"]["name"], set()).update(ids)
        queries = [
            {**query, "page_token": result.next_page_token}
            for query, result in pairs
            if result.next_page_token
        ]
    return {name: tuple(sorted(ids)) for name, ids in found.items() if ids}


def _asked(service: str, queries: list[Query]) -> list[tuple[Query, Result]]:
    import requests  # noqa: PLC0415 - it takes long to load

    address = f"{service.rstrip('/')}/v1/querybatch"
    try:
        with fetch.session() as session:
            answer = session.post(address, json={"queries": queries}, timeout=ANSWER_LIMIT)
        answer.raise_for_status()
        results = Answer.model_validate_json(answer.content).results
        return list(zip(queries, results, strict=True))
    except (requests.RequestException, ValueError) as error:
        raise AdvisoriesUnreachable(
            f"{service} does not answer as a service of advisories",
            details=str(error),
            hint="Check the network, the proxy and advisories under [index] in plugins.toml.",
        ) from error
