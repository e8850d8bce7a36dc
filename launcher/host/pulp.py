"""A running Pulp, asked over HTTP."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from launcher.model.names import GENERATION_HEADER

if TYPE_CHECKING:
    from collections.abc import Iterable

STATUS = "api/v3/status/"


@dataclass(frozen=True)
class Front:
    """What stands behind the web role: Pulp's status, and the header that names a generation."""

    status: dict[str, Any]
    generation: str


def front(port: int, hostname: str, api_root: str, timeout: float = 5) -> Front | None:
    """Return Pulp's status through the web role, or None while it does not answer with one."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request("GET", f"{api_root}{STATUS}", headers={"Host": hostname})
        response = connection.getresponse()
        answer = json.loads(response.read()) if response.status == http.client.OK else None
        generation = response.headers.get(GENERATION_HEADER, "")
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()
    return Front(answer, generation) if isinstance(answer, dict) else None


def statuses(port: int, hostname: str, paths: Iterable[str], timeout: float = 20) -> list[int]:
    """Return HTTP's status of the first byte of each path, as a client gets it; 0 for no answer."""
    return [_status(port, hostname, path, timeout) for path in paths]


def _status(port: int, hostname: str, path: str, timeout: float) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request("GET", path, headers={"Host": hostname, "Range": "bytes=0-0"})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException, ValueError):
        return 0
    finally:
        connection.close()
