"""The secrets of an instance: made once, kept by podman, never anywhere else."""

from __future__ import annotations

import base64
import os
import secrets as random
from typing import TYPE_CHECKING

from launcher.model import roles

if TYPE_CHECKING:
    from launcher.operations.instance import Instance


def ensure_secrets(instance: Instance) -> tuple[str, ...]:
    """Make the secrets that are missing and return their names; none is ever replaced."""
    names = instance.names
    there = instance.podman.secrets()
    missing = [name for name in roles.SECRETS if names.secret(name) not in there]
    values = _values(missing)
    for name in missing:
        instance.podman.create_secret(names.secret(name), values[name], names.labels)
    return tuple(missing)


def admin_password(instance: Instance) -> str:
    """Return the password that the user `admin` got when the database was made.

    Raises:
        EngineFailed: there is none yet.

    """
    return instance.podman.secret(instance.names.secret(roles.ADMIN_PASSWORD))


def _values(names: list[str]) -> dict[str, str]:
    values = {
        roles.DJANGO_KEY: random.token_urlsafe(50),
        # A Fernet key: 32 random bytes (Pulp, "Database encryption").
        roles.FIELD_KEY: base64.urlsafe_b64encode(os.urandom(32)).decode(),
        roles.DB_PASSWORD: random.token_urlsafe(32),
        roles.ADMIN_PASSWORD: random.token_urlsafe(24),
    }
    if roles.TOKEN_PRIVATE_KEY in names or roles.TOKEN_PUBLIC_KEY in names:
        private, public = _token_keys()
        values |= {roles.TOKEN_PRIVATE_KEY: private, roles.TOKEN_PUBLIC_KEY: public}
    return values


def _token_keys() -> tuple[str, str]:
    """Return a private and a public key (PEM) for ES256, as pulp_container's tokens want them."""
    from cryptography.hazmat.primitives import serialization as form  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415

    key = ec.generate_private_key(ec.SECP256R1())
    private = key.private_bytes(
        form.Encoding.PEM, form.PrivateFormat.TraditionalOpenSSL, form.NoEncryption()
    )
    public = key.public_key().public_bytes(
        form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo
    )
    return private.decode(), public.decode()
