"""What Pulp can sign, by which of its services, and the services of a signing key.

A key has a name, and for each kind of content that it signs a service in Pulp: `NAME-KIND`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

NAME = re.compile(r"[a-z][a-z0-9-]{0,62}")
"""How the name of a signing key is written."""

_SCRIPTS = "/usr/libexec/pulp"


@dataclass(frozen=True)
class Kind:
    """A kind of content: the class of its service in Pulp, and the script in the image that signs.

    One that is `by_default` is signed where nobody says what a key is for.
    """

    name: str
    plugin: str
    signs: str
    service_class: str
    script: str
    by_default: bool = True

    @property
    def path(self) -> str:
        return f"{_SCRIPTS}/{self.script}"


_ARMORED = "core:AsciiArmoredDetachedSigningService"

KINDS = (
    Kind("rpm", "pulp-rpm", "repomd.xml of dnf repositories", _ARMORED, "sign-file"),
    Kind("deb", "pulp-deb", "Release of apt repositories", "deb:AptReleaseSigningService",
         "sign-release"),
    Kind("ansible", "pulp-ansible", "MANIFEST.json of collections", _ARMORED, "sign-file"),
    Kind("container", "pulp-container", "manifests of images", "container:ManifestSigningService",
         "sign-manifest"),
    Kind("rpm-packages", "pulp-rpm", "RPM packages themselves", "rpm:RpmPackageSigningService",
         "sign-rpm", by_default=False),
    Kind("deb-packages", "pulp-deb", "Debian packages themselves", "deb:AptPackageSigningService",
         "sign-deb", by_default=False),
)  # fmt: skip

KIND_NAMES = tuple(kind.name for kind in KINDS)


@dataclass(frozen=True)
class Service:
    """A signing service that Pulp knows: its fingerprint, and the repositories that use it.

    `key` and `kind` are None where it was not made by the launcher.
    """

    name: str
    fingerprint: str
    used_by: tuple[str, ...] = ()
    key: str | None = None
    kind: str | None = None


@dataclass(frozen=True)
class MadeKey:
    """A private key as the image gives it, or why it is none that can be used."""

    key: str = ""
    fingerprint: str = ""
    problem: str = ""


def kind(name: str) -> Kind:
    """Return the kind of that name; raises KeyError."""
    return {item.name: item for item in KINDS}[name]


def kinds_of(plugins: Collection[str]) -> tuple[Kind, ...]:
    """Return what the plugins of a generation can have signed."""
    return tuple(item for item in KINDS if item.plugin in plugins)


def service_name(key: str, kind: Kind) -> str:
    """Return what the service of a key is called in Pulp."""
    return f"{key}-{kind.name}"


def service(name: str, script: str, fingerprint: str, used_by: Iterable[str]) -> Service:
    """Return a service that Pulp knows, with the key and the kind that its name and script say."""
    found = [
        (key, item.name)
        for item in KINDS
        if script == item.path and (key := name.removesuffix(f"-{item.name}")) != name
    ]
    return Service(name, fingerprint, tuple(used_by), *(found[0] if found else ()))


def made_key(output: str) -> MadeKey:
    """Return what the image's `signing-key` printed."""
    lines = output.strip().splitlines()
    try:
        return MadeKey(**json.loads(lines[-1]))
    except (IndexError, TypeError, ValueError):
        return MadeKey(problem="the image gives no answer")
