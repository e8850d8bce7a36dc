"""Keep secrets, look what there is, and take them away again."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from launcher.host import credentials
from launcher.model import roles
from launcher.model.errors import LauncherError, UsageProblem
from launcher.model.proxy import HOW, is_address
from launcher.model.references import NAME
from launcher.model.toml import nearest
from launcher.operations.changing import reserved
from launcher.operations.desired import installed
from launcher.operations.own_secrets import own_names, uses_of_config, uses_of_manifest

if TYPE_CHECKING:
    from launcher.operations.instance import Instance
    from launcher.operations.own_secrets import Uses


@dataclass(frozen=True)
class OwnSecret:
    """A secret by its name: whether podman has it, and what refers to it.

    Another value of one that is `read_at_start` comes to Pulp with a start.
    """

    name: str
    there: bool
    used_by: tuple[str, ...]
    read_at_start: bool = False


def set_secret(instance: Instance, name: str, value: str) -> OwnSecret:
    """Keep a value under a name, in the place of the one before if there is one.

    Raises:
        UsageProblem: the name can not be one, or there is no value, or not one for its use.

    """
    _check_name(name)
    if not value:
        raise UsageProblem(
            f"nothing was given as the value of the secret {name}",
            hint=f"Give it on standard input: pulp-launcher secret set {name} <FILE",
        )
    credentials.know(value)
    used = _used(instance)
    _check_value(name, value, used)
    with reserved(instance):
        full = instance.names.own_secret(name)
        instance.podman.replace_secret(full, value, instance.names.labels)
    return _own_secret(name, used, there=True)


def list_secrets(instance: Instance) -> tuple[OwnSecret, ...]:
    """Return the secrets that are there, or are referred to."""
    there, used = own_names(instance), _used(instance)
    names = sorted(there | {name for uses in used for name in uses})
    return tuple(_own_secret(name, used, there=name in there) for name in names)


def remove_secret(instance: Instance, name: str) -> OwnSecret:
    """Remove a secret that nothing refers to.

    Raises:
        UsageProblem: there is none of that name, or the config, the manifest or a unit refers to
            it.
        InputInvalid, NotReady: there is no config, or manifest, that tells.

    """
    there = own_names(instance)
    if name not in there:
        raise UsageProblem(
            f"there is no secret '{name}'{nearest(name, there)}",
            hint="What there is: pulp-launcher secret list",
        )
    in_config = uses_of_config(instance, instance.config()).get(name, ())
    in_manifest = uses_of_manifest(instance, instance.manifest()).get(name, ())
    if in_config or in_manifest:
        start = ", start: pulp-launcher start" if in_config else ""
        raise UsageProblem(
            f"the secret {name} is in use: "
            f"{' and '.join(map(str, (*in_config, *in_manifest)))} refers to it",
            hint=f"Take that out{start}; then: pulp-launcher secret remove {name}",
        )
    _check_units(instance, name)
    with reserved(instance):
        instance.podman.remove_secret(instance.names.own_secret(name))
    return OwnSecret(name, there=False, used_by=())


def _check_units(instance: Instance, name: str) -> None:
    """Refuse to take away what a container would lack when it is started the next time."""
    reading = f"\nSecret={instance.names.own_secret(name)},"
    if any(reading in text for text in installed(instance).values()):
        raise UsageProblem(
            f"the secret {name} is in use: the units of before still hand it to Pulp",
            hint=f"pulp-launcher start; then: pulp-launcher secret remove {name}",
        )


def _check_name(name: str) -> None:
    if not NAME.fullmatch(name):
        raise UsageProblem(
            f"'{name}' can not be the name of a secret",
            hint="Use at most 63 small letters, digits and dashes, with a letter first.",
        )
    if name in roles.SECRETS:
        raise UsageProblem(
            f"{name} is a secret that the launcher makes itself", hint="Use another name."
        )


def _check_value(name: str, value: str, used: tuple[Uses, Uses]) -> None:
    """Refuse a value that can not be what the manifest takes it for: the address of a proxy."""
    _, in_manifest = used
    if name in in_manifest and not is_address(value.strip()):
        raise UsageProblem(
            f"that is not the address of a proxy, and {in_manifest[name][0]} refers to the secret "
            f"{name}; it was not kept",
            hint=f"{HOW}.",
        )


def _own_secret(name: str, used: tuple[Uses, Uses], *, there: bool) -> OwnSecret:
    in_config, in_manifest = (uses.get(name, ()) for uses in used)
    places = tuple(use.place for use in (*in_config, *in_manifest))
    return OwnSecret(name, there, places, read_at_start=bool(in_config))


def _used(instance: Instance) -> tuple[Uses, Uses]:
    """Return what config and manifest refer to; nothing where one can not be read."""
    in_config: Uses = {}
    in_manifest: Uses = {}
    with contextlib.suppress(LauncherError):
        in_config = uses_of_config(instance, instance.config())
    with contextlib.suppress(LauncherError):
        in_manifest = uses_of_manifest(instance, instance.manifest())
    return in_config, in_manifest
