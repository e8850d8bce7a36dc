"""Give Pulp secrets, look what there is, and take them away again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from launcher.host import credentials
from launcher.model import roles
from launcher.model.errors import LauncherError, UsageProblem
from launcher.model.references import NAME, referred_to
from launcher.model.toml import nearest
from launcher.operations.changing import reserved
from launcher.operations.own_secrets import own_names

if TYPE_CHECKING:
    from launcher.operations.instance import Instance


@dataclass(frozen=True)
class OwnSecret:
    """A secret by its name: whether podman has it, and which settings refer to it."""

    name: str
    there: bool
    used_by: tuple[str, ...]


def set_secret(instance: Instance, name: str, value: str) -> OwnSecret:
    """Keep a value under a name, in the place of the one before if there is one.

    Raises:
        UsageProblem: the name can not be one, or there is no value.

    """
    _check_name(name)
    if not value:
        raise UsageProblem(
            f"nothing was given as the value of the secret {name}",
            hint=f"Give it on standard input: pulp-launcher secret set {name} <FILE",
        )
    credentials.know(value)
    with reserved(instance):
        full = instance.names.own_secret(name)
        instance.podman.replace_secret(full, value, instance.names.labels)
    return OwnSecret(name, True, _used(instance).get(name, ()))  # noqa: FBT003


def list_secrets(instance: Instance) -> tuple[OwnSecret, ...]:
    """Return the secrets that are there, or are referred to."""
    there, used = own_names(instance), _used(instance)
    return tuple(
        OwnSecret(name, name in there, used.get(name, ())) for name in sorted(there | used.keys())
    )


def remove_secret(instance: Instance, name: str) -> OwnSecret:
    """Remove a secret that nothing refers to.

    Raises:
        UsageProblem: there is none of that name, or the config refers to it.
        InputInvalid, NotReady: there is no config that tells.

    """
    there = own_names(instance)
    if name not in there:
        raise UsageProblem(
            f"there is no secret '{name}'{nearest(name, there)}",
            hint="What there is: pulp-launcher secret list",
        )
    used = referred_to(instance.config().settings).get(name)
    if used:
        raise UsageProblem(
            f"the secret {name} is in use: {', '.join(used)} under [settings] refers to it",
            hint=f"Take that out of {instance.paths.config} and start, then remove the secret.",
        )
    with reserved(instance):
        instance.podman.remove_secret(instance.names.own_secret(name))
    return OwnSecret(name, False, ())  # noqa: FBT003


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


def _used(instance: Instance) -> dict[str, tuple[str, ...]]:
    """Return what the config refers to; nothing where there is none that can be read."""
    try:
        return referred_to(instance.config().settings)
    except LauncherError:
        return {}
