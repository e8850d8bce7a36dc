"""HTTP as this host allows it: its proxy, credentials and certificates, and a second try."""

from __future__ import annotations

from typing import Any

from launcher.host import machine
from launcher.host.uv import TRIES


def session() -> Any:
    """Return a session that knows proxies and netrc, retries, and trusts what this host trusts."""
    import requests  # noqa: PLC0415 - it takes long to load
    from requests.adapters import HTTPAdapter  # noqa: PLC0415
    from urllib3.util import Retry  # noqa: PLC0415

    made = requests.Session()
    retry = Retry(
        TRIES - 1,
        backoff_factor=0.5,
        status_forcelist=(429, 500, 502, 503, 504),
        # All that we send may be sent twice.
        allowed_methods=None,
        raise_on_status=False,
    )
    for scheme in ("https://", "http://"):
        made.mount(scheme, HTTPAdapter(max_retries=retry))
    bundle = machine.ca_bundle()
    made.verify = str(bundle) if bundle else True
    return made
