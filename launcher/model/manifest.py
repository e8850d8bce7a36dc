"""The manifest, `plugins.toml`: what shall be in the image."""

from __future__ import annotations

import re
from typing import Annotated, Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from pydantic import AfterValidator, BeforeValidator, Field, field_validator

from launcher.model.toml import Table

DEFAULT_BASE = "docker.io/library/debian:trixie-slim"
BOOTSTRAP = "bootstrap:"
_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@-]*")
_PACKAGE = re.compile(r"[a-z0-9][a-z0-9+.-]+(:[a-z0-9]+)?")


def _range(text: str) -> str:
    try:
        return str(SpecifierSet("" if text == "*" else text))
    except InvalidSpecifier as error:
        raise ValueError(
            f"'{text}' is no version range, write it like '>=3.39,<4' or '*'"
        ) from error


def _base(text: str) -> str:
    if not _REFERENCE.fullmatch(text):
        raise ValueError(f"'{text}' is neither an image reference nor bootstrap:SUITE")
    return text


def _package(text: str) -> str:
    if not _PACKAGE.fullmatch(text):
        raise ValueError(f"'{text}' is not the name of a Debian package")
    return text


def _listed(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


Range = Annotated[str, AfterValidator(_range)]
Strings = Annotated[tuple[str, ...], BeforeValidator(_listed)]
Packages = Annotated[
    tuple[Annotated[str, AfterValidator(_package)], ...],
    BeforeValidator(_listed),
]


class Plugin(Table):
    """One plugin."""

    version: Range = Field(default="", description="Version range (PEP 440); '*' is any.")
    extras: Strings = Field(default=(), description="Extras of the distribution.")


class Core(Table):
    """pulpcore itself."""

    version: Range = Field(default="", description="Version range of pulpcore; '*' is any.")
    extras: Strings = Field(
        default=(), description="Extras of pulpcore, such as s3, azure, google, prometheus."
    )


class Image(Table):
    """What the image stands on."""

    base: Annotated[str, AfterValidator(_base)] = Field(
        default=DEFAULT_BASE,
        description="A registry reference of a Debian image, or bootstrap:SUITE to make the base "
        "on this host from the signed archive of the distribution with mmdebstrap.",
    )
    python: str = Field(default="3.13", pattern=r"^3\.\d+$", description="The Python of the base.")
    packages: Packages = Field(default=(), description="More Debian packages for the image.")


class Index(Table):
    """Where Python distributions come from."""

    url: str | None = Field(default=None, description="The index, when it is not PyPI.")
    extra: Strings = Field(default=(), description="More indexes, looked at first.")


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
        names = [canonicalize_name(str(key)) for key in value]
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            raise ValueError(f"{', '.join(sorted(twice))} is there twice, under two spellings")
        tables = (item if isinstance(item, dict) else {"version": item} for item in value.values())
        return dict(zip(names, tables, strict=True))

    def requirements(self) -> tuple[str, ...]:
        """Return the requirements (PEP 508) of the lock: pulpcore, then the plugins, sorted."""
        return (
            _requirement("pulpcore", self.core.extras, self.core.version),
            *(
                _requirement(name, plugin.extras, plugin.version)
                for name, plugin in sorted(self.plugins.items())
            ),
        )

    @property
    def bootstrap_suite(self) -> str | None:
        """The suite to bootstrap the base from, or None where the base is a registry's."""
        if self.image.base.startswith(BOOTSTRAP):
            return self.image.base.removeprefix(BOOTSTRAP)
        return None


def _requirement(name: str, extras: tuple[str, ...], version: str) -> str:
    return f"{name}[{','.join(extras)}]{version}" if extras else f"{name}{version}"


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
