"""The credentials that this process knows, and the one way in which text leaves us: without them.

They come from the environment that we were called in, from netrc, and from who reads a secret.
"""

from __future__ import annotations

import logging
import netrc
import os
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from launcher.model import mask

if TYPE_CHECKING:
    from collections.abc import Iterator

_SECRET_NAME = re.compile(r"(PASSWORD|PASSWD|TOKEN|SECRET|_KEY|CREDENTIALS?)$", re.IGNORECASE)
_told: set[str] = set()


def know(*values: str) -> None:
    """Let no text that leaves us have these values in it from now on."""
    _told.update(value for value in values if value)


def masked(text: str) -> str:
    """Return a text as it may be shown, logged or kept."""
    return mask.masked(text, (*_told, *_of_environment(), *_of_netrc()))


class MaskingFormatter(logging.Formatter):
    """Writes a record of a log, with its traceback, without credentials."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, or lines."""
        return masked(super().format(record))


def _of_environment() -> Iterator[str]:
    for name, value in os.environ.items():
        yield from mask.secrets_in(value)
        # A path names the place of a secret.
        if _SECRET_NAME.search(name) and not value.startswith("/"):
            yield value


def _of_netrc() -> tuple[str, ...]:
    named = os.environ.get("NETRC")
    return _read_netrc(Path(named) if named else Path.home() / ".netrc")


@cache
def _read_netrc(path: Path) -> tuple[str, ...]:
    try:
        hosts = netrc.netrc(path).hosts.values()
    except (OSError, netrc.NetrcParseError, UnicodeDecodeError):
        return ()
    return tuple(password for _, _, password in hosts if password)
