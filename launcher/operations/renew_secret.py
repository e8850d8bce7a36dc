"""Let a secret of the instance be another one, because somebody says so."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from launcher.model import roles
from launcher.model.errors import InputInvalid, NotReady, UsageProblem
from launcher.model.toml import nearest
from launcher.operations.changing import reserved
from launcher.operations.forget_encrypted import forget_encrypted
from launcher.operations.secrets import is_changed, make_secrets, remember

if TYPE_CHECKING:
    from launcher.operations.instance import Instance

_PAIR = (roles.TOKEN_PRIVATE_KEY, roles.TOKEN_PUBLIC_KEY)
RENEWABLE = tuple(name for name in roles.SECRETS if name != roles.ADMIN_PASSWORD)


@dataclass(frozen=True)
class Renewed:
    """The secrets that are others now; those were `made` here, or else brought by somebody.

    `forgotten` is how many values of which fields nobody can decrypt any more, and were removed.
    """

    secrets: tuple[str, ...]
    made: bool
    forgotten: dict[str, int] = field(default_factory=dict)


def renew(instance: Instance, name: str, *, give_up: bool = False) -> Renewed:
    """Take the value that somebody gave a secret; where nobody did, make a new one.

    Raises:
        UsageProblem: there is no such secret, or what it opens would be lost.
        InputInvalid: what is there is no key.
        NotReady: the instance runs.
        EngineFailed: what is encrypted with a key that was given up could not be removed.

    """
    if name not in RENEWABLE:
        raise UsageProblem(
            f"there is no secret '{name}' to renew{nearest(name, RENEWABLE)}",
            hint=f"Secrets: {', '.join(RENEWABLE)}. Of the user admin: "
            "pulp-launcher manager reset-admin-password",
        )
    with reserved(instance):
        if any(item.running for item in instance.podman.containers(instance.names.labels)):
            raise NotReady("the instance runs", hint="Stop it first with: pulp-launcher stop")
        there = instance.podman.secret_ids()
        given = instance.names.secret(name) in there and is_changed(instance, name, there)
        done = _taken(instance, name) if given else _made(instance, name, there, give_up=give_up)
        if name == roles.FIELD_KEY and give_up:
            return replace(done, forgotten=forget_encrypted(instance))
        return done


def _taken(instance: Instance, name: str) -> Renewed:
    if name == roles.FIELD_KEY:
        _check_key(instance.podman.secret(instance.names.secret(name)))
    remember(instance, only=(name,))
    return Renewed((instance.names.secret(name),), made=False)


def _made(instance: Instance, name: str, there: dict[str, str], *, give_up: bool) -> Renewed:
    if name == roles.FIELD_KEY and not give_up:
        raise UsageProblem(
            "what is encrypted in the database can not be read with another key",
            hint="Give the key back from where you keep a copy. If there is none, --give-up makes "
            "a new one: passwords and keys of remotes have to be set again.",
        )
    wanted = _PAIR if name in _PAIR else (name,)
    full = [instance.names.secret(item) for item in wanted]
    for item in full:
        if item in there:
            instance.podman.remove_secret(item)
    make_secrets(instance, wanted, private_is_there=name not in _PAIR)
    remember(instance, only=wanted)
    return Renewed(tuple(full), made=True)


def _check_key(text: str) -> None:
    from cryptography.fernet import Fernet  # noqa: PLC0415 - it takes long to load

    try:
        keys = [Fernet(line) for line in text.split()]
    except ValueError:
        keys = []
    if not keys:
        raise InputInvalid(
            "what the secret holds is no key", hint="It has lines of 44 characters, in base64."
        )
