"""The signing keys of an instance: podman keeps them, and the roles that sign get them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from launcher.host import credentials
from launcher.model.errors import EngineFailed, InputInvalid, NotReady
from launcher.model.signing import made_key
from launcher.render.units import CONFINED

if TYPE_CHECKING:
    import subprocess

    from launcher.model.generation import Generation
    from launcher.model.signing import MadeKey
    from launcher.operations.instance import Instance

_ABSENT = (126, 127)
"""The exit statuses of a container whose program is not in the image."""

_UNPROTECT = (
    "The workers sign with nobody there to type it. Take it off in a copy of your keyring: "
    "gpg --edit-key KEY passwd, with nothing as the new one; then "
    "gpg --armor --export-secret-keys KEY"
)
_EXPORT = "Give what this prints: gpg --armor --export-secret-keys KEY"


def key_names(instance: Instance) -> set[str]:
    """Return the names of the signing keys that podman has."""
    found = (instance.names.of_signing_key(name) for name in instance.podman.secret_ids())
    return {name for name in found if name is not None}


def make_key(instance: Instance, generation: Generation, name: str) -> MadeKey:
    """Make a signing key; raises as `run_in_image`, or EngineFailed."""
    whose = f"Pulp signing key {name} ({instance.config().hostname})"
    with instance.reporter.step("Making a key"):
        found = _asked(instance, generation, "", "make", whose)
    if found.problem:
        raise EngineFailed(f"no key could be made: {found.problem}")
    return found


def read_key(instance: Instance, generation: Generation, text: str) -> MadeKey:
    """Return the one private key in a text.

    Raises:
        InputInvalid: there is none, or it can not sign by itself.

    """
    credentials.know(text)
    found = _asked(instance, generation, text, "read")
    if found.problem:
        hint = _UNPROTECT if "passphrase" in found.problem else _EXPORT
        raise InputInvalid(f"the key that was given cannot be used: {found.problem}", hint=hint)
    return found


def keep_key(instance: Instance, name: str, made: MadeKey) -> None:
    full = instance.names.signing_key(name)
    instance.podman.create_secret(full, made.key, instance.names.labels)


def fingerprint(instance: Instance, generation: Generation, name: str) -> str:
    """Return the fingerprint of a key that podman has; raises InputInvalid."""
    text = instance.podman.secret(instance.names.signing_key(name))
    return read_key(instance, generation, text).fingerprint


def check_image(generation: Generation, done: subprocess.CompletedProcess[str]) -> None:
    """Make sure that the image has what was to be run in it; raises NotReady."""
    if done.returncode in _ABSENT:
        raise NotReady(
            f"the image of generation {generation.number} is older than signing keys",
            details=done.stderr.strip(),
            hint="Build one of today with: pulp-launcher rebuild",
        )


def _asked(instance: Instance, generation: Generation, text: str, *words: str) -> MadeKey:
    command = ["signing-key", *words]
    done = instance.podman.filter(generation.image, command, text, CONFINED)
    check_image(generation, done)
    found = made_key(done.stdout)
    credentials.know(found.key)
    return found
