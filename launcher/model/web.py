"""What the web role believes of a request: headers that only a proxy may set, and which proxies.

Pulp and its plugins take some headers of a request for the word of a trusted proxy: who the client
is, which certificate it showed, where it came from. From anybody else they are taken away.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from launcher.model.toml import Table

_HEADER = re.compile(r"[A-Za-z0-9]+(-[A-Za-z0-9]+)*")

REBUILT = ("Connection", "Host", "X-Forwarded-For", "X-Forwarded-Proto")
"""Headers that the web role writes itself for every request."""

NEVER = ("Pulp-Launcher-Generation", "X-Forwarded-Protocol", "X-Forwarded-Ssl")
"""Headers that nobody may set: our own, and what gunicorn takes for `X-Forwarded-Proto`."""

FROM_PROXIES = (
    "Forwarded",
    "Remote-User",
    "X-Client-Cert",
    "X-Forwarded-Email",
    "X-Forwarded-Groups",
    "X-Forwarded-Host",
    "X-Forwarded-Port",
    "X-Forwarded-Prefix",
    "X-Forwarded-Server",
    "X-Forwarded-User",
    "X-Original-Url",
    "X-Real-Ip",
    "X-Remote-User",
    "X-Rewrite-Url",
    "X-Rh-Identity",
)
"""Headers that say who asks and from where; pulp_certguard reads `X-Client-Cert`."""

_ENVIRONMENT = ("REMOTE_USER_ENVIRON_NAME", "AUTHENTICATION_JSON_HEADER")
"""Pulp settings that name a header as `HTTP_X_NAME`, and let it say who the user is."""

_ESSENTIAL = {
    "Accept", "Authorization", "Content-Length", "Content-Type", "Cookie", "Range",
    "Transfer-Encoding", "User-Agent",
}  # fmt: skip
"""Headers that clients can not do without."""


def _header(text: str) -> str:
    if not _HEADER.fullmatch(text):
        raise ValueError(f"{text!r} is not the name of a header: letters, digits and dashes")
    if text.title() in {*REBUILT, *_ESSENTIAL}:
        raise ValueError(f"{text!r} cannot be kept from clients")
    return text.title()


def _network(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text))
    except ValueError as error:
        raise ValueError(
            f"{text!r} is not an address or a network, like '10.0.0.5' or '10.0.0.0/24'"
        ) from error


Header = Annotated[str, AfterValidator(_header)]
Network = Annotated[str, AfterValidator(_network)]


class Web(Table):
    """What web believes of a request; see docs/explanation/security.md."""

    trusted_proxies: Annotated[tuple[Network, ...], Field(strict=False)] = Field(
        default=(),
        description="Addresses and networks whose `X-Forwarded-*`, `X-CLIENT-CERT` and the like "
        "are believed; from all others these headers are removed.",
    )
    proxy_headers: Annotated[tuple[Header, ...], Field(strict=False)] = Field(
        default=(), description="More headers that only a trusted proxy may set."
    )

    @property
    def trusts_everyone(self) -> bool:
        return any(text.endswith("/0") for text in self.trusted_proxies)


def from_proxies(web: Web, settings: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the headers that only a trusted proxy may set, with those that settings name."""
    named = {*FROM_PROXIES, *web.proxy_headers, *_of_settings(settings)}
    return tuple(sorted(named - {*REBUILT, *NEVER, *_ESSENTIAL}))


def _of_settings(settings: Mapping[str, Any]) -> set[str]:
    secure = settings.get("SECURE_PROXY_SSL_HEADER")
    values = [
        *(settings.get(name) for name in _ENVIRONMENT),
        settings.get("API_ROOT_REWRITE_HEADER"),
        secure[0] if isinstance(secure, list) and secure else None,
    ]
    names = {
        str(value).removeprefix("HTTP_").replace("_", "-").title() for value in values if value
    }
    return {name for name in names if _HEADER.fullmatch(name)}
