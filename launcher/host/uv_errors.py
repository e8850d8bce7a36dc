"""What uv says when it fails, in our errors."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from launcher.model.errors import IndexUnreachable, InputInvalid, LauncherError, ResolutionFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    from launcher.host.process import ProgramFailed


class UnknownDistribution(ResolutionFailed):
    """The index does not have a distribution of that name; `asker` wants it, if that is known."""

    def __init__(self, name: str, asker: str, details: str) -> None:
        super().__init__(f"the package index has no '{name}'", details=details)
        self.name = name
        self.asker = asker


class Conflict(ResolutionFailed):
    """No set of versions pleases everybody."""


@dataclass(frozen=True)
class Asked:
    """Who was asked, and how long was waited for an answer, in seconds."""

    index: str
    limit: int
    tries: int


_LONG = 8
"""Lines of uv's derivation from which on no single sentence of it is the cause."""

Case = tuple[str, "Callable[[re.Match[str], str, Asked], LauncherError]"]


def translated(error: ProgramFailed, asked: Asked) -> LauncherError:
    """Return the error of ours that says what uv's means."""
    text = error.details.replace("error: ", "", 1)
    if error.status < 0:
        return _unreachable(re.match("", ""), text, asked)
    # A long derivation mentions much in passing that is not the cause.
    short = text.count("\n") < _LONG
    for pattern, make in (*_CASES, *(_SIMPLE_CASES if short else ())):
        found = re.search(pattern, text)
        if found:
            return make(found, text, asked)
    return Conflict("no set of versions satisfies the manifest", details=text)


def _credentials(_: re.Match[str] | None, text: str, asked: Asked) -> LauncherError:
    return IndexUnreachable(
        f"the package index ({asked.index}) wants credentials, or refuses those that it got",
        details=text,
        hint="Put them into ~/.netrc, or a keyring that uv knows; never into plugins.toml.",
    )


def _unreachable(_: re.Match[str] | None, text: str, asked: Asked) -> LauncherError:
    proxy = os.environ.get("HTTPS_PROXY") or os.environ.get("https_proxy") or "none is set"
    return IndexUnreachable(
        f"the package index ({asked.index}) does not answer as one, though it was asked "
        f"{asked.tries} times and had {asked.limit} seconds each time",
        details=text,
        hint=f"Check the network, HTTPS_PROXY ({proxy}) and [index] in plugins.toml.",
    )


def _no_core(_: re.Match[str], text: str, asked: Asked) -> LauncherError:
    return IndexUnreachable(
        f"the package index ({asked.index}) has no pulpcore",
        details=text,
        hint="Check [index] in plugins.toml: the address mostly ends with /simple.",
    )


def _git(_: re.Match[str], text: str, _asked: Asked) -> LauncherError:
    return ResolutionFailed(
        "a git repository, or the revision in it, is not there",
        details=text,
        hint="Check the address and the revision that are named above.",
    )


def _find_links(found: re.Match[str], text: str, _asked: Asked) -> LauncherError:
    return InputInvalid(
        f"find_links under [index] names what can not be read: {found[1]}",
        details=text,
        hint="Mend or remove it in plugins.toml.",
    )


def _no_project(_: re.Match[str], text: str, _asked: Asked) -> LauncherError:
    return ResolutionFailed(
        "there is no Python project at a path",
        details=text,
        hint="Name a folder with a pyproject.toml, a wheel, or a source archive.",
    )


def _broken(found: re.Match[str], text: str, _asked: Asked) -> LauncherError:
    return ResolutionFailed(
        f"{found[1]} is not a wheel or source archive that can be used",
        details=text,
        hint="Get the file anew, or name another one.",
    )


def _no_wheel(found: re.Match[str], text: str, _asked: Asked) -> LauncherError:
    return ResolutionFailed(
        f"{found[1]} has no wheel for the image's Python and processor",
        details=text,
        hint="Ask for another version of it, or leave out what needs it.",
    )


def _young(found: re.Match[str], text: str, _asked: Asked) -> LauncherError:
    return ResolutionFailed(
        f"{found[1]} needs Python {found[2]}, which the image does not have",
        details=text,
        hint="Ask for an older version of it, or set python and base under [image].",
    )


def _withdrawn(found: re.Match[str], text: str, _asked: Asked) -> LauncherError:
    return ResolutionFailed(
        f"{found[1]} was withdrawn by its makers",
        details=text,
        hint="Ask for another version of it.",
    )


def _no_release(found: re.Match[str], text: str, _asked: Asked) -> LauncherError:
    return ResolutionFailed(
        f"there is no {found[3]}; the index has {found[1]} {found[2]}",
        details=text,
        hint="Ask for a version that is there.",
    )


def _unknown(found: re.Match[str], text: str, _asked: Asked) -> LauncherError:
    name = found[1] or found[2]
    asker = re.search(rf"(\S+) depends? on {re.escape(name)}\b", text)
    return UnknownDistribution(name, asker[1] if asker else "", text)


_CASES: tuple[Case, ...] = (
    (r"lack of valid authentication credentials|403 Forbidden", _credentials),
    (r"Failed to read `--find-links` URL: (\S+)|--find-links", _find_links),
    (r"Git operation failed", _git),
    (r"does not appear to be a Python project|Distribution not found at", _no_project),
    (r"Failed to (?:read|build|download|extract) `?([^`\n]+)`?", _broken),
    (r"([^\s`]+\.whl)\D* (?:is not compatible|has an invalid|filename)", _broken),
    (r"wheel filename \"?([^\s\"]+)", _broken),
    (r"Failed to fetch|error sending request|Could not connect|Request failed", _unreachable),
    (r"(?:no versions of |Because )(pulpcore)(?: and| was not found)", _no_core),
    (r"there are no versions of ([\w.-]+)|([\w.-]+) was not found in the package reg", _unknown),
)

_SIMPLE_CASES: tuple[Case, ...] = (
    (r"([\w.-]+(?:==\S+)?) has no wheels with a matching", _no_wheel),
    (r"([\w.-]+(?:==\S+)?) was yanked", _withdrawn),
    (r"requested Python version .* and ([\w.-]+(?:==\S+)?) depends on Python(\S+?),", _young),
    (
        r"only ([\w.-]+?)([<>=!~]\S+) (?:is|are) available and you require (\1[<>=!~]\S+?),",
        _no_release,
    ),
)
