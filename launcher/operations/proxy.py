"""The address of the manifest's proxy, which may be a secret of the administrator's."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from launcher.host import credentials, proxy
from launcher.model.errors import NotReady
from launcher.model.mask import secrets_in
from launcher.model.proxy import HOW, is_address
from launcher.model.references import secret_of
from launcher.model.toml import nearest

if TYPE_CHECKING:
    from pathlib import Path

    from launcher.host.podman import Podman
    from launcher.model.manifest import Manifest
    from launcher.model.names import Names


def use_proxy(manifest: Manifest, path: Path, podman: Podman, names: Names) -> None:
    """Let all be fetched through the proxy of a manifest; a secret is read when that begins."""
    # Each of a hundred wheels asks for it.
    address = functools.cache(lambda: proxy_address(manifest, path, podman, names))
    proxy.use(address, manifest.image.no_proxy)


def proxy_address(manifest: Manifest, path: Path, podman: Podman, names: Names) -> str:
    """Return the address of the proxy that a manifest names, empty where it names none.

    Raises:
        NotReady: its secret is not there, or is no address.

    """
    name = secret_of(manifest.image.proxy)
    if name is None:
        return str(manifest.image.proxy)
    there = podman.secrets()
    if names.own_secret(name) not in there:
        known = [own for secret in there if (own := names.of_own_secret(secret))]
        raise NotReady(
            f"there is no secret '{name}'{nearest(name, known)}, which proxy under [image] in "
            f"{path} refers to",
            hint=f"Give it the address with name and password: pulp-launcher secret set {name}",
        )
    value = podman.secret(names.own_secret(name)).strip()
    credentials.know(value, *secrets_in(value))
    if not is_address(value):
        raise NotReady(
            f"the secret '{name}' is not the address of a proxy, which proxy under [image] in "
            f"{path} takes it for",
            hint=f"{HOW}: pulp-launcher secret set {name}",
        )
    return value
