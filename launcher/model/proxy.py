"""How the proxy is named that all is fetched through: by its address, or by a secret."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from launcher.model.references import REFERENCE, secret_of

HOW = (
    "Begin it with http://, and go on as in user:password@proxy.example.com:3128, with %40 for an "
    "@ in the password, %2F for / and %23 for #"
)
"""How an address is given that has a password; written in one, it would be masked as a real one."""

# Not all that fetches speaks SOCKS: requests does not, nor does apt.
_SCHEMES = {"http", "https"}


def is_address(text: str) -> bool:
    """Tell whether a text is the address of a proxy, with a name and password or without."""
    if not text.isprintable() or any(map(str.isspace, text)):
        return False
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    rest = parts.path.strip("/") or parts.query or parts.fragment
    return parts.scheme in _SCHEMES and bool(parts.hostname) and port != 0 and not rest


def _proxy(value: Any) -> Any:
    if secret_of(value) is not None or value == "":
        return value
    if not isinstance(value, str):
        raise ValueError(f'is neither an address nor {{ {REFERENCE} = "NAME" }}')  # noqa: TRY004
    if "@" in value:
        raise ValueError(
            "no name and password here, where everybody can read them. Keep the whole address as "
            f"a secret, with pulp-launcher secret set proxy, and write here: "
            f'proxy = {{ {REFERENCE} = "proxy" }}'
        )
    # apt does not know an address without a scheme, as others do.
    address = value if "://" in value else f"http://{value}"
    if not is_address(address):
        raise ValueError(f"{value!r} is not an address like http://proxy.example.com:3128")
    return address


def _exception(text: str) -> str:
    if not text.isprintable() or not text or "://" in text or set(text) & set(", @"):
        raise ValueError(f"{text!r} is not a host, a domain like .example.com or an address")
    return text


Proxy = Annotated[Any, AfterValidator(_proxy)]
Exceptions = Annotated[tuple[Annotated[str, AfterValidator(_exception)], ...], Field(strict=False)]
