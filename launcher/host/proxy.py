"""The proxy that all is fetched through, and the one way in which a program that fetches learns it.

It is handed over in the environment of that program, and to no other program: its address may have
a password in it. That of the environment which we were called in counts first, for a single run;
else that of the manifest, which is read when something is fetched and not before.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from launcher.host.credentials import masked

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_ADDRESSES = ("HTTPS_PROXY", "HTTP_PROXY")
_EXCEPTIONS = "NO_PROXY"

REFUSES = r"407 Proxy Authentication|proxy authorization required"
"""What programs say of a proxy that does not let them through (a pattern)."""
LET_THROUGH = (
    "Keep its address with both, http:// and then user:password@host:port, as a secret: "
    "pulp-launcher secret set proxy; and write under [image] in plugins.toml: "
    'proxy = { from-secret = "proxy" }'
)
"""What to do then."""


@dataclass
class _Manifest:
    """What the manifest says, once it was read."""

    address: Callable[[], str]
    exceptions: str


_manifest = _Manifest(str, "")


def use(address: Callable[[], str], exceptions: Sequence[str] = ()) -> None:
    """Fetch through the proxy at an address, but from some hosts; an empty address is none."""
    _manifest.address, _manifest.exceptions = address, ",".join(exceptions)


def environment() -> dict[str, str]:
    """Return the variables that a program which fetches has to have; raises what reading raises.

    Both spellings, as curl, git and apt know only the small one.
    """
    found: dict[str, str] = {}
    ours = "" if all(map(_called_with, _ADDRESSES)) else _manifest.address()
    for name in _ADDRESSES:
        value = _called_with(name) or ours
        found |= _spelled(name, value)
    return found | _spelled(_EXCEPTIONS, _called_with(_EXCEPTIONS) or _manifest.exceptions)


def called_with() -> bool:
    """Tell whether the environment that we were called in has a proxy."""
    return any(map(_called_with, _ADDRESSES))


def in_words() -> str:
    """Return which proxy counts, as a hint says it."""
    named = _called_with(_ADDRESSES[0])
    if not named and (ours := _manifest.address()):
        return masked(f"proxy under [image] in plugins.toml ({ours})")
    return masked(f"{_ADDRESSES[0]} ({named or 'none is set'})")


def _called_with(name: str) -> str:
    return os.environ.get(name) or os.environ.get(name.lower()) or ""


def _spelled(name: str, value: str) -> dict[str, str]:
    both = (name, name.lower()) if value else ()
    return {spelling: os.environ.get(spelling) or value for spelling in both}
