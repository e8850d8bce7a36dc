"""The secrets of an instance: made with it, kept by podman, and never made again in silence."""

from __future__ import annotations

import base64
import os
import secrets as random
from typing import TYPE_CHECKING

from launcher.host import files
from launcher.model import roles
from launcher.model.errors import NotReady
from launcher.model.generation import parse_record
from launcher.model.secrets import Known, KnownSecrets

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from launcher.operations.instance import Instance

_LOSS = {
    roles.FIELD_KEY: "what is encrypted in the database (passwords and keys of remotes) can be "
    "read with this key only",
    roles.DJANGO_KEY: "with another one, all who are logged in have to log in again",
    roles.DB_PASSWORD: "the database takes over another one at its start",
    roles.TOKEN_PRIVATE_KEY: "with other keys, the tokens of container clients are void",
    roles.TOKEN_PUBLIC_KEY: "with other keys, the tokens of container clients are void",
}
"""What another one means; that of the user admin is used once, and may be lost."""


def known_secrets(instance: Instance) -> KnownSecrets:
    """Return the launcher's record of the secrets."""
    path = instance.paths.secrets
    text = files.read(path)
    return KnownSecrets() if text is None else parse_record(text, path, KnownSecrets)


def check_secrets(instance: Instance, *, fresh: bool) -> None:
    """Make sure that the secrets are those that the instance was made with.

    With a `fresh` database, nothing depends on them yet.

    Raises:
        NotReady: one is gone, or is another one.

    """
    if fresh:
        return
    there = instance.podman.secret_ids()
    for name in _LOSS:
        if instance.names.secret(name) not in there:
            if _was_made(instance, name):
                raise _refusal(instance, name, "is gone")
        elif is_changed(instance, name, there):
            raise _refusal(instance, name, "has another value than the instance was made with")


def missing_secrets(instance: Instance) -> list[str]:
    """Return which secrets are gone, in words; one that is used once may be."""
    there = instance.podman.secret_ids()
    gone = (instance.names.secret(name) for name in _LOSS if _was_made(instance, name))
    return [f"the secret {name} is gone" for name in gone if name not in there]


def is_changed(instance: Instance, name: str, there: dict[str, str]) -> bool:
    """Tell whether a secret that is there (ID by name) has another value than that on record."""
    known, full = known_secrets(instance).secrets.get(name), instance.names.secret(name)
    if known is None or there[full] == known.id:
        return False
    return not known.is_of(instance.podman.secret(full))


def _was_made(instance: Instance, name: str) -> bool:
    """Tell whether there was such a secret, by what the instance looks like."""
    known = known_secrets(instance).secrets
    # The database of a kept folder has its key; all else may be made anew for it.
    return name in known or bool(instance.record()) or (name == roles.FIELD_KEY and not known)


def _refusal(instance: Instance, name: str, what: str) -> NotReady:
    full = instance.names.secret(name)
    give_up = " --give-up" if name == roles.FIELD_KEY and what == "is gone" else ""
    return NotReady(
        f"the secret {full} {what}: {_LOSS[name]}",
        hint=f"Give it back from your copy: podman secret create --replace {full} FILE; "
        f"or take another one: pulp-launcher secret renew {name}{give_up}",
    )


def ensure_secrets(instance: Instance, *, fresh: bool = True) -> tuple[str, ...]:
    """Make the secrets that are missing and return their names; none is ever replaced.

    What may not be made anew has been refused by `check_secrets`.
    """
    names = instance.names
    there = instance.podman.secret_ids()
    missing = [name for name in roles.SECRETS if names.secret(name) not in there]
    if missing:
        make_secrets(instance, missing, private_is_there=roles.TOKEN_PRIVATE_KEY not in missing)
    lost = not fresh and roles.ADMIN_PASSWORD in missing
    if lost:
        instance.reporter.note(
            f"The secret {names.secret(roles.ADMIN_PASSWORD)} was gone; the user admin keeps the "
            "password that it has. Another one: pulp-launcher manager reset-admin-password"
        )
    remember(instance, lost=(roles.ADMIN_PASSWORD,) if lost else ())
    return tuple(missing)


def make_secrets(instance: Instance, names: Iterable[str], *, private_is_there: bool) -> None:
    """Make secrets of these names, with values of chance; keys of a pair fit together."""
    values = _values()
    if private_is_there:
        private = instance.podman.secret(instance.names.secret(roles.TOKEN_PRIVATE_KEY))
        values[roles.TOKEN_PUBLIC_KEY] = _public_key(private)
    for name in names:
        full = instance.names.secret(name)
        instance.podman.create_secret(full, values[name], instance.names.labels)


def remember(
    instance: Instance, *, only: Collection[str] = roles.SECRETS, lost: tuple[str, ...] = ()
) -> None:
    """Take secrets that are there for those of the instance."""
    record, there = known_secrets(instance), instance.podman.secret_ids()
    found = dict(record.secrets)
    for name in only:
        full, known = instance.names.secret(name), record.secrets.get(name)
        if known is None or known.id != there[full]:
            value = instance.podman.secret(full)
            same = known is not None and known.lost and known.is_of(value)
            found[name] = Known.of(there[full], value, lost=same or name in lost)
    if found != record.secrets:
        text = KnownSecrets(secrets=found).model_dump_json(indent=2)
        files.write(instance.paths.secrets, text, files.PRIVATE)


def admin_password(instance: Instance) -> str:
    """Return the password that the user `admin` got when the database was made.

    Raises:
        EngineFailed: there is none yet.
        NotReady: it was lost since.

    """
    known = known_secrets(instance).secrets.get(roles.ADMIN_PASSWORD)
    if known and known.lost:
        raise NotReady(
            "the password that the user admin got is not known any more: its secret was removed",
            hint="Set another one with: pulp-launcher manager reset-admin-password",
        )
    return instance.podman.secret(instance.names.secret(roles.ADMIN_PASSWORD))


def _values() -> dict[str, str]:
    private = _private_key()
    return {
        roles.DJANGO_KEY: random.token_urlsafe(50),
        # A Fernet key: 32 random bytes (Pulp, "Database encryption").
        roles.FIELD_KEY: base64.urlsafe_b64encode(os.urandom(32)).decode(),
        roles.DB_PASSWORD: random.token_urlsafe(32),
        roles.ADMIN_PASSWORD: random.token_urlsafe(24),
        roles.TOKEN_PRIVATE_KEY: private,
        roles.TOKEN_PUBLIC_KEY: _public_key(private),
    }


def _private_key() -> str:
    """Return a key (PEM) for ES256, as pulp_container's tokens want it."""
    from cryptography.hazmat.primitives import serialization as form  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415

    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(
        form.Encoding.PEM, form.PrivateFormat.TraditionalOpenSSL, form.NoEncryption()
    ).decode()


def _public_key(private: str) -> str:
    """Return the public part of a key (PEM)."""
    from cryptography.hazmat.primitives import serialization as form  # noqa: PLC0415

    key = form.load_pem_private_key(private.encode(), None).public_key()
    return key.public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo).decode()
