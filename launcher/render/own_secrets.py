"""The administrator's secrets in the containers: each a file for the roles that read settings.

Signing keys are such too, and come to the roles that sign.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from launcher.model import roles

if TYPE_CHECKING:
    from collections.abc import Iterable

    from launcher.model.names import Names
    from launcher.model.roles import Role

    Ids = tuple[tuple[str, str], ...]


_READING = re.compile(r"\(_secrets / 'own\.([a-z0-9-]+)'\)\.read_text\(\)")


def mounted(name: str) -> str:
    """Return the file below `/run/secrets` that has a secret; ours have no dot in their names."""
    return f"own.{name}"


def reading(name: str) -> str:
    """Return the expression of a settings file that is the value of a secret."""
    return f"(_secrets / {mounted(name)!r}).read_text()"


def own_secrets(settings: str) -> tuple[str, ...]:
    """Return the names of the secrets that a settings file reads; it may be of an older config."""
    return tuple(sorted(set(_READING.findall(settings))))


def of_role(names: Names, role: Role, settings: str, ids: Ids) -> tuple[tuple[str, str], ...]:
    """Return the podman secrets that a role gets of the administrator's, and the file of each."""
    read = own_secrets(settings) if role.reads == roles.SETTINGS else ()
    there = [secret for secret, _ in ids] if role.signs else []
    signing = [(secret, names.of_signing_key(secret)) for secret in there]
    return (
        *((names.own_secret(name), mounted(name)) for name in read),
        *((secret, f"signing.{name}") for secret, name in signing if name),
    )


def versions(
    names: Names, role: Role, settings: str, ids: Ids, variables: Iterable[str] = ()
) -> str:
    """Return the ID of each secret that a role gets, also in its variables.

    It tells nothing of the value.
    """
    known = dict(ids)
    found = [name for name, _ in of_role(names, role, settings, ids)]
    found += map(names.own_secret, variables)
    return "".join(f"{name} {known.get(name, '')}\n" for name in found)
