"""The secrets that the administrator gives: podman keeps them, the two files refer to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from launcher.host import credentials
from launcher.model import roles
from launcher.model.environment import tables
from launcher.model.errors import LauncherError, NotReady
from launcher.model.references import REFERENCE, Use, plain_secrets, uses
from launcher.model.toml import nearest
from launcher.render import environment
from launcher.render.own_secrets import own_secrets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from launcher.model.config import Config
    from launcher.model.manifest import Manifest
    from launcher.operations.instance import Instance

Uses = dict[str, tuple[Use, ...]]
"""Where each secret is referred to, by its name."""


def uses_of_config(instance: Instance, config: Config) -> Uses:
    """Return where the config refers to secrets: for Pulp's settings and variables."""
    return uses(_tables(config), str(instance.paths.config))


def uses_of_manifest(instance: Instance, manifest: Manifest) -> Uses:
    """Return where the manifest refers to secrets: for what is fetched."""
    return uses([("image", {"proxy": manifest.image.proxy})], str(instance.paths.manifest))


def check_own_secrets(instance: Instance, config: Config) -> None:
    """Make sure that each secret which the config refers to is there.

    Raises:
        NotReady: one is not; nothing was changed.

    """
    there = own_names(instance) if (used := uses_of_config(instance, config)) else set()
    for name, places in used.items():
        if name not in there:
            raise NotReady(
                f"there is no secret '{name}'{nearest(name, there)}, which "
                f"{' and '.join(map(str, places))} refers to",
                hint=f"Give it: pulp-launcher secret set {name}",
            )


def own_secret_ids(
    instance: Instance, settings: str, config: Config
) -> tuple[tuple[str, str], ...]:
    """Return the IDs of the secrets that roles get, by what podman calls them.

    They are those that a settings file reads, those of the config's variables, and signing keys.
    """
    found = {name for role in roles.ROLES for name in environment.own_secrets(config, role)}
    names = set(map(instance.names.own_secret, {*own_secrets(settings), *found}))
    return tuple(
        (name, number)
        for name, number in sorted(instance.podman.secret_ids().items())
        if name in names or instance.names.of_signing_key(name)
    )


def warnings(instance: Instance) -> tuple[str, ...]:
    """Return what to say of values in the config that look like secrets; nothing of others."""
    try:
        found = [(table, plain_secrets(values)) for table, values in _tables(instance.config())]
    except LauncherError:
        return ()
    credentials.know(*(value for _, secrets in found for value in secrets.values()))
    example = f'{{ {REFERENCE} = "NAME" }}'
    return tuple(
        f"{', '.join(secrets)} under [{table}] in {instance.paths.config} looks like a secret, and "
        f"others may read the file: pulp-launcher secret set NAME, and write {example} there"
        for table, secrets in found
        if secrets
    )


def own_names(instance: Instance) -> set[str]:
    """Return the names of the secrets that are there."""
    found = (instance.names.of_own_secret(name) for name in instance.podman.secret_ids())
    return {name for name in found if name is not None}


def _tables(config: Config) -> Iterator[tuple[str, dict[str, object]]]:
    yield "settings", config.settings
    yield from tables(config.environment)
