"""Take credentials out of a text: what nobody may read in an output, a log or a file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

if TYPE_CHECKING:
    from collections.abc import Iterable

MASK = "***"
SHORTEST = 6
"""Characters from which on a value is looked for by itself; a shorter one is part of many words."""

_USERINFO = re.compile(r"(?P<scheme>\b[A-Za-z][A-Za-z0-9+.-]*://)(?P<who>[^/?#\s\"'`<>]*)@")
_HEADER = re.compile(
    r"(?P<name>\b(?:proxy-)?authorization[\"']?\s*[:=]\s*[\"']?(?:(?:basic|bearer|token|digest)\s+)?)"
    r"(?P<value>[^\s\"',]+)",
    re.IGNORECASE,
)
_QUERY = re.compile(
    r"(?P<name>[?&;](?:[\w.-]*[-_])?(?:password|passwd|secret|token|sig|signature|credential|api_?key)=)"
    r"(?P<value>[^&;#\s\"'`<>]+)",
    re.IGNORECASE,
)
_HARMLESS_USER = re.compile(r"(?:[\w.+-]*\+)?(?:ssh|sftp|rsync)://")
"""Schemes of addresses where a user without a password is no secret."""


def masked(text: str, known: Iterable[str] = ()) -> str:
    """Return the text with credentials replaced: those of addresses and headers, and known values.

    It does no harm to do it again.
    """
    text = _USERINFO.sub(_without_userinfo, text)
    for pattern in (_HEADER, _QUERY):
        text = pattern.sub(rf"\g<name>{MASK}", text)
    # The longest first, as one may be part of another.
    for value in sorted(_spellings(known), key=len, reverse=True):
        text = text.replace(value, MASK)
    return text


def stripped(text: str) -> str:
    """Return the text with the addresses of the web in it as they are without credentials."""
    return _USERINFO.sub(lambda found: found[0] if _is_harmless(found) else found["scheme"], text)


def secrets_in(text: str) -> tuple[str, ...]:
    """Return the passwords, and the users without one, of the addresses in a text."""
    found = [match for match in _USERINFO.finditer(text) if not _is_harmless(match)]
    return tuple(match["who"].partition(":")[2] or match["who"] for match in found)


def _is_harmless(found: re.Match[str]) -> bool:
    user = ":" not in found["who"]
    return user and _HARMLESS_USER.fullmatch(found["scheme"]) is not None


def _without_userinfo(found: re.Match[str]) -> str:
    return found[0] if _is_harmless(found) else f"{found['scheme']}{MASK}@"


def _spellings(known: Iterable[str]) -> set[str]:
    """Return the values as they are, as an address writes them, and line by line."""
    lines = {line.strip() for value in known for line in (value, *value.splitlines())}
    every = {form for line in lines for form in (line, unquote(line), quote(line, safe=""))}
    return {form for form in every if len(form) >= SHORTEST and form != MASK}
