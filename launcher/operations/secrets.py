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
    if not missing:
        return ()
    values = _values()
    if names.secret(roles.TOKEN_PRIVATE_KEY) in there:
        private = instance.podman.secret(names.secret(roles.TOKEN_PRIVATE_KEY))
        values[roles.TOKEN_PUBLIC_KEY] = _public_key(private)
    for name in missing:
        instance.podman.create_secret(names.secret(name), values[name], names.labels)
    return tuple(missing)


def admin_password(instance: Instance) -> str:
    """Return the password that the user `admin` got when the database was made.

    Raises:
        EngineFailed: there is none yet.

    """
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
