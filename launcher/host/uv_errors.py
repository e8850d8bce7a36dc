"""What uv says when it fails, in our errors."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from launcher.host import proxy
from launcher.model.errors import (
    HostUnfit,
    IndexUnreachable,
    InputInvalid,
    LauncherError,
    ResolutionFailed,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

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


_NO_SOLUTION = 1
_LONG = 8
"""Lines of uv's derivation from which on no single sentence of it is the cause."""


class Case(NamedTuple):
    """What it means that a pattern is in uv's words.

    Message and hint name its groups, `{0}` and on, and the fields of `Asked`.
    """

    pattern: str
    kind: type[LauncherError]
    message: str
    hint: str


def translated(error: ProgramFailed, asked: Asked) -> LauncherError:
    """Return the error of ours that says what uv's means."""
    text = error.details.replace("error: ", "", 1)
    if error.status < 0:
        return _said(_NO_ANSWER, (), text, asked)
    # A long derivation mentions much in passing that is not the cause.
    short = text.count("\n") < _LONG
    return (
        _first(_CASES, text, asked)
        or _unknown(text)
        or _first(_SIMPLE_CASES if short else (), text, asked)
        or _unexplained(error.status, text)
    )


def _unexplained(status: int, text: str) -> LauncherError:
    """Return what it is that no pattern knows; uv has a status for a set that has no solution."""
    if status == _NO_SOLUTION:
        return Conflict("no set of versions satisfies the manifest", details=text)
    return LauncherError(
        "the resolver, uv, failed", details=text, hint="Mend what it says, then try again."
    )


def _first(cases: Iterable[Case], text: str, asked: Asked) -> LauncherError | None:
    for case in cases:
        found = re.search(case.pattern, text)
        if found:
            return _said(case, found.groups(), text, asked)
    return None


def _said(case: Case, groups: tuple[str, ...], text: str, asked: Asked) -> LauncherError:
    words = {**vars(asked), "proxy": proxy.in_words()}
    message, hint = (part.format(*groups, **words) for part in (case.message, case.hint))
    return case.kind(message, details=text, hint=hint)


def _unknown(text: str) -> LauncherError | None:
    found = re.search(_UNKNOWN, text)
    if not found:
        return None
    name = found[1] or found[2]
    asker = re.search(rf"(\S+) depends? on {re.escape(name)}\b", text)
    return UnknownDistribution(name, asker[1] if asker else "", text)


_UNKNOWN = r"there are no versions of ([\w.-]+)|([\w.-]+) was not found in the package reg"

_NO_ANSWER = Case(
    r"Failed to fetch|error sending request|Could not connect|Request failed",
    IndexUnreachable,
    "the package index ({index}) does not answer as one, though it was asked {tries} times and "
    "had {limit} seconds each time",
    "Check the network, {proxy} and [index] in plugins.toml.",
)

_NOT_USABLE = "{0} is not a wheel or source archive that can be used"
_ANOTHER_FILE = "Get the file anew, or name another one."

_CASES = (
    Case(
        r"No space left on device|os error 28",
        HostUnfit,
        "there is no space for what is fetched",
        "Free some space on the file systems of /tmp and of the cache: docs/reference/files.md",
    ),
    Case(
        proxy.REFUSES,
        IndexUnreachable,
        "the proxy wants a name and password, or refuses those that it got: {proxy}",
        proxy.LET_THROUGH.replace("{", "{{").replace("}", "}}"),
    ),
    # A file has an address of its own, which need not be the index's.
    Case(
        r"Failed to fetch: `?([^\s`]+\.(?:whl|tar\.gz|zip)\b[^\s`]*)",
        IndexUnreachable,
        "{0} can not be fetched",
        "Check the address, the network and {proxy}; credentials go into ~/.netrc.",
    ),
    Case(
        r"lack of valid authentication credentials|403 Forbidden",
        IndexUnreachable,
        "the package index ({index}) wants credentials, or refuses those that it got",
        "Put them into ~/.netrc, or a keyring that uv knows; never into plugins.toml.",
    ),
    Case(
        r"--find-links",
        InputInvalid,
        "find_links under [index] names what can not be read",
        "Mend or remove it in plugins.toml.",
    ),
    Case(
        r"Git operation failed",
        ResolutionFailed,
        "a git repository, or the revision in it, is not there",
        "Check the address and the revision that are named above.",
    ),
    Case(
        r"does not appear to be a Python project|Distribution not found at",
        ResolutionFailed,
        "there is no Python project at a path",
        "Name a folder with a pyproject.toml, a wheel, or a source archive.",
    ),
    # One of an index, as of a path or an address no version is named.
    Case(
        r"Failed to build `([\w.-]+==[^`\s]+)`",
        ResolutionFailed,
        "{0} has no wheel for the image's Python, and its source can not be built on this host",
        "Ask for another version of it, or set another base: docs/reference/bases.md says which "
        "Python each has.",
    ),
    Case(
        r"Failed to (?:read|build|download|extract) `?([^`\n]+)`?",
        ResolutionFailed,
        _NOT_USABLE,
        _ANOTHER_FILE,
    ),
    Case(
        r"([^\s`]+\.whl)\D* (?:is not compatible|has an invalid|filename)",
        ResolutionFailed,
        _NOT_USABLE,
        _ANOTHER_FILE,
    ),
    Case(r"wheel filename \"?([^\s\"]+)", ResolutionFailed, _NOT_USABLE, _ANOTHER_FILE),
    _NO_ANSWER,
    Case(
        r"(?:no versions of |Because )pulpcore(?: and| was not found)",
        IndexUnreachable,
        "the package index ({index}) has no pulpcore",
        "Check [index] in plugins.toml: the address mostly ends with /simple.",
    ),
)

_SIMPLE_CASES = (
    Case(
        r"([\w.-]+(?:==\S+)?) has no wheels with a matching",
        ResolutionFailed,
        "{0} has no wheel for the image's Python and processor",
        "Ask for another version of it, or leave out what needs it.",
    ),
    Case(
        r"([\w.-]+(?:==\S+)?) was yanked",
        ResolutionFailed,
        "{0} was withdrawn by its makers",
        "Ask for another version of it.",
    ),
    Case(
        r"requested Python version .* and ([\w.-]+(?:==\S+)?) depends on Python(\S+?),",
        ResolutionFailed,
        "{0} needs Python {1}, which the image does not have",
        "Ask for an older version of it, or set python and base under [image].",
    ),
    Case(
        r"only ([\w.-]+?)([<>=!~]\S+) (?:is|are) available and you require (\1[<>=!~]\S+?),",
        ResolutionFailed,
        "there is no {2}; the index has {0} {1}",
        "Ask for a version that is there.",
    ),
)
