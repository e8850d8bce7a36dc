"""What a user types for a plugin, and the one name it has here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from launcher.model.errors import UsageProblem
from launcher.model.toml import nearest

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

CORE = "pulpcore"
BUILT_IN = {"pulp-file": "file", "pulp-certguard": "certguard"}
"""Plugins that live inside pulpcore since 3.40 and 3.45; their distributions are empty shells."""

_HOW = (
    "Write it like pulp_rpm, 'pulp_rpm>=3.39', 'pulp_rpm[extra]', git+https://…@REV or ./pulp_rpm."
)
_FILES = (".whl", ".tar.gz", ".zip")


@dataclass(frozen=True)
class PluginRequest:
    """One plugin as asked for; `name` is canonical (PEP 503), or empty where a source tells it.

    At most one of `git` (with `rev`), `url` and `path` is set: where it comes from if not from the
    index.
    """

    name: str = ""
    version: str = ""
    extras: tuple[str, ...] = ()
    git: str = ""
    rev: str = ""
    url: str = ""
    path: str = ""

    @property
    def source(self) -> str:
        """The source as pip and uv write it, or nothing for the index."""
        return git_source(self.git, self.rev) if self.git else self.url or self.path


def git_source(address: str, rev: str) -> str:
    """Return a git repository as pip and uv write it: the revision stands before `#`."""
    address, sharp, fragment = address.partition("#")
    return f"git+{address}" + (f"@{rev}" if rev else "") + sharp + fragment


def parse_request(text: str, known: Container[str]) -> PluginRequest:
    """Return the plugin that `text` asks for; `known` are the canonical names of known plugins.

    Known forms: `rpm`, `pulp_rpm`, `pulp-rpm>=3.39`, `pulp_x[extra]`, `git+https://…@rev`, the
    address of a file, and a path (absolute, or with `./`) of a checkout, a wheel or an sdist; and
    `pulp_x @ ADDRESS` (PEP 508), as `pip freeze` writes it.

    Raises:
        UsageProblem: it is none of them.

    """
    if text.startswith("git+"):
        return _git(text)
    if text.startswith((".", "/", "~")) or (text.endswith(_FILES) and "://" not in text):
        return PluginRequest(path=text)
    if "://" in text and "@" not in text.partition("://")[0]:
        return PluginRequest(url=text)
    return _from_index(text, known)


def plugin_name(text: str, known: Container[str]) -> str:
    """Return the canonical distribution name of a plugin; the `pulp-` of a known one may lack."""
    name = canonicalize_name(text)
    return f"pulp-{name}" if f"pulp-{name}" in known else name


def nearest_plugin(name: str, plugins: Iterable[str]) -> str:
    """Return `; did you mean 'rpm'?`, or nothing; the `pulp-` that all have does not count."""
    return nearest(name.removeprefix("pulp-"), [plugin.removeprefix("pulp-") for plugin in plugins])


def _git(text: str) -> PluginRequest:
    whole, sharp, fragment = text.removeprefix("git+").partition("#")
    address, at, rev = whole.rpartition("@")
    # The @ of git@host is not that of a revision.
    if not at or "/" not in address.partition("://")[2]:
        address, rev = whole, ""
    return PluginRequest(git=f"{address}{sharp}{fragment}", rev=rev)


def _sourced(address: str) -> PluginRequest:
    """Return the request for what is at an address of PEP 508."""
    if address.startswith("git+"):
        return _git(address)
    if not address.startswith("file:"):
        return PluginRequest(url=address)
    try:
        path = unquote(urlsplit(address).path)
    except ValueError:
        path = ""
    if not path.startswith("/") or "\0" in path:
        raise UsageProblem(f"'{address}' names no file of this host", hint=_HOW)
    return PluginRequest(path=path)


def sound(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the requirements that parse; in old wheels are some that only uv understands."""

    def parses(text: str) -> bool:
        try:
            Requirement(text)
        except InvalidRequirement:
            return False
        return True

    return tuple(filter(parses, texts))


def _from_index(text: str, known: Container[str]) -> PluginRequest:
    try:
        requirement = Requirement(text)
    except InvalidRequirement as error:
        raise UsageProblem(
            f"'{text}' is not a plugin with an optional version range",
            details=str(error),
            hint=_HOW,
        ) from error
    if requirement.marker:
        raise UsageProblem(f"'{text}' has more than a plugin needs: drop the ';'", hint=_HOW)
    return replace(
        _sourced(requirement.url) if requirement.url else PluginRequest(),
        name=plugin_name(requirement.name, known),
        version=str(requirement.specifier),
        extras=tuple(sorted(requirement.extras)),
    )
