"""The secrets that the administrator gives to Pulp: podman keeps them, settings refer to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from launcher.host import credentials
from launcher.model.errors import LauncherError, NotReady
from launcher.model.references import REFERENCE, plain_secrets, referred_to
from launcher.model.toml import nearest
from launcher.render.own_secrets import own_secrets

if TYPE_CHECKING:
    from launcher.model.config import Config
    from launcher.operations.instance import Instance


def check_own_secrets(instance: Instance, config: Config) -> None:
    """Make sure that each secret which the settings refer to is there.

    Raises:
        NotReady: one is not; nothing was changed.

    """
    there = own_names(instance) if (used := referred_to(config.settings)) else set()
    for name, places in used.items():
        if name not in there:
            raise NotReady(
                f"there is no secret '{name}'{nearest(name, there)}, which {', '.join(places)} "
                f"under [settings] in {instance.paths.config} refers to",
                hint=f"Give it: pulp-launcher secret set {name}",
            )


def own_secret_ids(instance: Instance, settings: str) -> tuple[tuple[str, str], ...]:
    """Return the IDs of the secrets that a settings file reads, by what podman calls them."""
    names = {instance.names.own_secret(name) for name in own_secrets(settings)}
    ids = instance.podman.secret_ids() if names else {}
    return tuple(sorted((name, ids[name]) for name in names & ids.keys()))


def warnings(instance: Instance) -> tuple[str, ...]:
    """Return what to say of values in the config that look like secrets; nothing of others."""
    try:
        found = plain_secrets(instance.config().settings)
    except LauncherError:
        return ()
    credentials.know(*found.values())
    if not found:
        return ()
    example = f'{{ {REFERENCE} = "NAME" }}'
    warning = (
        f"{', '.join(found)} under [settings] in {instance.paths.config} looks like a secret, and "
        f"others may read the file: pulp-launcher secret set NAME, and write {example} there"
    )
    return (warning,)


def own_names(instance: Instance) -> set[str]:
    """Return the names of the secrets that are there."""
    found = (instance.names.of_own_secret(name) for name in instance.podman.secret_ids())
    return {name for name in found if name is not None}
