"""HTTP as this host allows it: its proxy, credentials and certificates, and a second try."""

from __future__ import annotations

from typing import Any

from launcher.host import machine, proxy
from launcher.host.uv import TRIES


def session() -> Any:
    """Return a session that knows proxies and netrc, retries, and trusts what this host trusts.

    Raises what reading the proxy's address raises.
    """
    import requests  # noqa: PLC0415 - it takes long to load

    made, adapter = requests.Session(), _adapter()
    for scheme in ("https://", "http://"):
        made.mount(scheme, adapter)
    bundle = machine.ca_bundle()
    made.verify = str(bundle) if bundle else True
    return made


def _adapter() -> Any:
    """Return what sends requests through the proxy; `requests` itself knows the environment's."""
    from requests.adapters import HTTPAdapter  # noqa: PLC0415
    from requests.utils import should_bypass_proxies  # noqa: PLC0415
    from urllib3.util import Retry  # noqa: PLC0415

    known = proxy.environment()
    named = {scheme: known.get(f"{scheme}_proxy") for scheme in ("https", "http")}
    proxies = {scheme: address for scheme, address in named.items() if address}

    class Adapter(HTTPAdapter):
        """Accepts what curl accepts, where newer versions of Python are strict (RFC 5280)."""

        def init_poolmanager(self, *args: Any, **options: Any) -> None:
            super().init_poolmanager(*args, **options, ssl_context=_context())

        def proxy_manager_for(self, *args: Any, **options: Any) -> Any:
            return super().proxy_manager_for(*args, **options, ssl_context=_context())

        def send(self, request: Any, *rest: Any, **options: Any) -> Any:
            direct = should_bypass_proxies(request.url, no_proxy=known.get("no_proxy"))
            options["proxies"] = {} if direct else {**(options["proxies"] or {}), **proxies}
            return super().send(request, *rest, **options)

    retry = Retry(
        TRIES - 1,
        backoff_factor=0.5,
        status_forcelist=(429, 500, 502, 503, 504),
        # All that we send may be sent twice.
        allowed_methods=None,
        raise_on_status=False,
    )
    return Adapter(max_retries=retry)


def _context() -> Any:
    import ssl  # noqa: PLC0415

    from urllib3.util import create_urllib3_context  # noqa: PLC0415

    context = create_urllib3_context()
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context
