"""A running Pulp, asked over HTTP."""

from __future__ import annotations

import http.client
import json
from typing import Any

STATUS = "api/v3/status/"


def status(port: int, hostname: str, api_root: str, timeout: float = 5) -> dict[str, Any] | None:
    """Return Pulp's status through the web role, or None while it does not answer with one."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request("GET", f"{api_root}{STATUS}", headers={"Host": hostname})
        response = connection.getresponse()
        answer = json.loads(response.read()) if response.status == http.client.OK else None
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()
    return answer if isinstance(answer, dict) else None
