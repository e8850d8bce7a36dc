"""A running Pulp, asked over HTTP."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from typing import Any

from launcher.model.names import GENERATION_HEADER

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
