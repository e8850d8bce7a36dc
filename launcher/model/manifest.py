"""The manifest, `plugins.toml`: what shall be in the image."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version
from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator

from launcher.model.bases import BOOTSTRAP, NEWEST_PYTHON, base_of, check_python, check_suite
from launcher.model.errors import UsageProblem
from launcher.model.proxy import Exceptions, Proxy
from launcher.model.requirement import BUILT_IN, CORE, git_source
from launcher.model.toml import Table

DEFAULT_BASE = "docker.io/library/debian:trixie-slim"
_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@-]*")
_CREDENTIALS = re.compile(r"https?://[^/]*@|://[^/@]*:[^/@]*@")
_SUITE = re.compile(r"[a-z][a-z0-9.-]*")
_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")
_PACKAGE = re.compile(r"[a-z0-9][a-z0-9+.-]+(:[a-z0-9]+)?")


def _range(text: str) -> str:
    try:
        found = SpecifierSet("" if text.strip() == "*" else text)
        for item in found:
            # PEP 440 lets === name anything, which no distribution of ours has.
            Version(item.version.removesuffix(".*"))
    except (InvalidSpecifier, InvalidVersion) as error:
        raise ValueError(
            f"'{text}' is no version range, write it like '>=3.39,<4' or '*'"
        ) from error
    return str(found)


def _base(text: str) -> str:
    suite = text.removeprefix(BOOTSTRAP) if text.startswith(BOOTSTRAP) else None
    if not _REFERENCE.fullmatch(text) or (suite is not None and not _SUITE.fullmatch(suite)):
        raise ValueError(f"'{text}' is neither an image reference nor bootstrap:SUITE")
    if suite is not None:
        check_suite(suite)
    return text


def _extra(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise ValueError(f"{text!r} is not the name of an extra")
    return text


def _address(text: str) -> str:
    if re.search(r"\s", text):
        raise ValueError(f"{text!r} has white space in it")
    if not text.isprintable():
        raise ValueError(f"{text!r} has characters in it that can not be printed")
    if _CREDENTIALS.search(text):
        raise ValueError("no credentials here: keep them in ~/.netrc or a keyring")
    return text


def check_address(text: str) -> None:
    """Refuse an address that the manifest would refuse; raises UsageProblem."""
    try:
        _address(text)
    except ValueError as error:
        raise UsageProblem(f"{error}", hint="Name the address without them.") from error


def _check_source(text: str) -> None:
    """Refuse what the resolver would not take for an address."""
    try:
        is_address = not text or bool(urlsplit(text).scheme and urlsplit(text).path.strip("/"))
    except ValueError:
        is_address = False
    if not is_address or (text and "://" not in text):
        raise ValueError(f"{text!r} is not an address like https://git.example.com/x")


def _package(text: str) -> str:
    if not _PACKAGE.fullmatch(text):
        raise ValueError(f"'{text}' is not the name of a Debian package")
    return text


def _requirement_text(text: str) -> str:
    try:
        found = Requirement(text)
    except InvalidRequirement as error:
        raise ValueError(f"'{text}' is no requirement (PEP 508)") from error
    if found.url:
        _address(found.url)
    return str(found)


def _listed(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


Range = Annotated[str, AfterValidator(_range)]
Address = Annotated[str, AfterValidator(_address)]
Addresses = Annotated[tuple[Address, ...], BeforeValidator(_listed)]
Extras = Annotated[
    tuple[Annotated[str, AfterValidator(_extra)], ...],
    BeforeValidator(_listed),
]
Requirements = Annotated[
    tuple[Annotated[str, AfterValidator(_requirement_text)], ...],
    BeforeValidator(_listed),
]
Packages = Annotated[
    tuple[Annotated[str, AfterValidator(_package)], ...],
    BeforeValidator(_listed),
]


class Sourced(Table):
    """A distribution: a range of the index, or a place of its own."""

    version: Range = Field(default="", description="Version range (PEP 440); '*' is any.")
    extras: Extras = Field(default=(), description="Extras of the distribution.")
    git: Address = Field(default="", description="Address of a git repository to build it from.")
    rev: Address = Field(default="", description="Branch, tag or commit of that repository.")
    url: Address = Field(default="", description="Address of a wheel or a source archive.")
    path: Address = Field(
        default="", description="Absolute path of a checkout, a wheel or a source archive."
    )

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if sum(map(bool, (self.git, self.url, self.path, self.version))) > 1:
            raise ValueError("only one of version, git, url and path can be given")
        if self.rev and not self.git:
            raise ValueError("rev belongs to git, which is not given")
        if self.path and not self.path.startswith("/"):
            raise ValueError(f"{self.path!r} is not an absolute path")
        _check_source(self.git or self.url)
        _requirement_text(self.requirement("x"))
        return self

    @property
    def source(self) -> str:
        """Where it comes from if not from the index, as pip and uv write it."""
        git = git_source(self.git, self.rev) if self.git else ""
        return git or self.url or (Path(self.path).as_uri() if self.path else "")

    def requirement(self, name: str) -> str:
        """Return the requirement (PEP 508) of what has this name."""
        at = f" @ {self.source}" if self.source else self.version
        return f"{name}[{','.join(self.extras)}]{at}" if self.extras else f"{name}{at}"


class Plugin(Sourced):
    """One plugin."""

    enabled: bool = Field(
        default=True,
        description="False turns it off at the next start, without a rebuild; refused while the "
        "database holds content of it.",
    )
    packages: Packages = Field(default=(), description="Debian packages that it needs.")


class Core(Sourced):
    """pulpcore itself; where it comes from is said as of a plugin."""

    extras: Extras = Field(
        default=(), description="Extras of pulpcore, such as s3, azure, google, prometheus."
    )


class Image(Table):
    """What the image stands on."""

    base: Annotated[str, AfterValidator(_base)] = Field(
        default=DEFAULT_BASE,
        description="A registry reference of a Debian image, or bootstrap:SUITE to make the base "
        "on this host from the signed archive of the distribution with mmdebstrap; which suites "
        "there are says [bases.md](bases.md).",
    )
    python: str = Field(
        default="",
        pattern=r"^3\.\d+$",
        description="The Python of the base; only needed where the base is an image of your own "
        f"that has another one than {NEWEST_PYTHON}.",
    )
    packages: Packages = Field(default=(), description="More Debian packages for the image.")
    requirements: Requirements = Field(
        default=(), description="More Python distributions for the image (PEP 508)."
    )
    constraints: Requirements = Field(
        default=(), description="Ranges that hold only if something needs the distribution."
    )
    ca_bundle: str = Field(
        default="",
        pattern=r"^(/.*)?$",
        description="File with the certificates of a company's own authority; the build and the "
        "image trust them. The build trusts what this host trusts in any case.",
    )
    proxy: Proxy = Field(
        default="",
        description="Address of the proxy for all that is fetched; where it wants a name and "
        'password, { from-secret = "NAME" } in place of it.',
    )
    no_proxy: Exceptions = Field(
        default=(), description="Hosts, and domains like .example.com, that are asked directly."
    )

    @model_validator(mode="before")
    @classmethod
    def _python_of_base(cls, value: Any) -> Any:
        if not isinstance(value, dict) or "python" in value:
            return value
        known = base_of(str(value.get("base", DEFAULT_BASE)))
        return {**value, "python": known.python if known else NEWEST_PYTHON}

    @model_validator(mode="after")
    def _python_fits(self) -> Self:
        check_python(self.base, self.python)
        return self


class Index(Table):
    """Where Python distributions come from."""

    url: Address | None = Field(default=None, description="The index, when it is not PyPI.")
    extra: Addresses = Field(default=(), description="More indexes, looked at first.")
    find_links: Addresses = Field(default=(), description="Folders or pages with wheels.")
    advisories: Address = Field(
        default="https://api.osv.dev",
        description="Who is told the names and versions of the lock by upgrade --security-only, "
        "and answers with known vulnerabilities: a service that speaks as OSV does; empty is "
        "nobody.",
    )


class Manifest(Table):
    """The whole file."""

    plugins: dict[str, Plugin] = Field(
        default={}, description="One key for each plugin: a version range, or a table."
    )
    core: Core = Core()
    image: Image = Image()
    index: Index = Index()

    @field_validator("plugins", mode="before")
    @classmethod
    def _plugins(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        for key in value:
            _check_name(str(key))
        names = [canonicalize_name(str(key)) for key in value]
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            raise ValueError(f"{', '.join(sorted(twice))} is there twice, under two spellings")
        tables = (item if isinstance(item, dict) else {"version": item} for item in value.values())
        entries = zip(names, tables, strict=True)
        return {name: table for name, table in entries if name not in BUILT_IN}

    def requirements(self) -> tuple[str, ...]:
        """Return the requirements (PEP 508) of the lock: pulpcore, then the plugins, sorted."""
        core = self.core.requirement(CORE)
        plugins = (self.requirement(name) for name in sorted(self.plugins))
        return (core, *plugins, *self.image.requirements)

    def requirement(self, name: str) -> str:
        """Return the requirement of one plugin."""
        return self.plugins[name].requirement(name)

    def packages(self) -> tuple[str, ...]:
        """Return the Debian packages that the manifest itself asks for."""
        plugins = (name for plugin in self.plugins.values() for name in plugin.packages)
        return tuple(sorted({*self.image.packages, *plugins}))

    @property
    def off(self) -> tuple[str, ...]:
        """The plugins that Pulp shall not load."""
        return tuple(name for name, plugin in self.plugins.items() if not plugin.enabled)

    @property
    def bootstrap_suite(self) -> str | None:
        """The suite to bootstrap the base from, or None where the base is a registry's."""
        if self.image.base.startswith(BOOTSTRAP):
            return self.image.base.removeprefix(BOOTSTRAP)
        return None


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is not the name of a distribution")
    if canonicalize_name(name) == CORE:
        raise ValueError("pulpcore is no plugin; its version stands under [core]")


TEMPLATE = """\
# What shall be in the image of this Pulp. After a change: pulp-launcher rebuild
# Every key is described in docs/reference/manifest.md.

[image]
# A registry reference of a Debian image, or "bootstrap:trixie" to make the base on this host.
base = {base}
# More Debian packages for the image.
packages = []

[core]
# Version range of pulpcore, "*" is any.
version = "*"
# Extras of pulpcore, such as "s3", "azure", "google".
extras = []

# One line for each plugin, its value is a version range: pulp-rpm = ">=3.39"
[plugins]
"""
"""A new manifest; `base` is a TOML string."""
