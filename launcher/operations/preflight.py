"""Whether this host can run the instance, asked before anything is touched."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from launcher.host import files, machine
from launcher.model.errors import HostUnfit, InputInvalid
from launcher.render.settings import applied

if TYPE_CHECKING:
    from launcher.model.config import Config
    from launcher.operations.instance import Instance
    from launcher.render.units import Desired


UPLOAD_ROOM = 5 * 1024**3
"""Bytes beside the content that a large upload may need until it is content itself."""


def check_host(instance: Instance, config: Config) -> None:
    """Make sure that services outlive the login, proxies can be told apart, and the port is free.

    Raises:
        HostUnfit: one of them is not so.

    """
    check_lingering(instance)
    _check_proxies(instance, config)
    _check_port(instance, config)
    _warn_of_room(instance, config)


def check_settings(instance: Instance, wanted: Desired) -> None:
    """Make sure that Pulp can start with its settings.

    Raises:
        InputInvalid: a plugin can not run with them.

    """
    has = applied(wanted.settings)
    unfit = [name for name in wanted.generation.no_domains if has.loads(name)]
    if has.domains and unfit:
        raise InputInvalid(
            f"DOMAIN_ENABLED is set in {instance.paths.config}, but {' and '.join(unfit)} of "
            f"generation {wanted.generation.number} can not run with domains",
            hint="Take the setting out, or the plugin: pulp-launcher plugin remove "
            f"{' '.join(unfit)}",
        )


def check_lingering(instance: Instance) -> None:
    """Make sure that the services will outlive the login; raises HostUnfit."""
    if instance.rootless and not instance.systemd.lingers(machine.user_name()):
        raise HostUnfit(
            f"the services of {machine.user_name()} would end with the login",
            hint=f"Let them run without one: loginctl enable-linger {machine.user_name()}",
        )


def _check_proxies(instance: Instance, config: Config) -> None:
    """Refuse to tell proxies from clients where podman gives all of them the same address."""
    if instance.rootless and config.web.trusted_proxies and not config.web.trusts_everyone:
        raise HostUnfit(
            "rootless, all requests seem to come from one address, so a proxy cannot be told "
            "from its clients",
            hint="Run the instance as root; or let a firewall keep all but the proxy away from the "
            f'port, and set trusted_proxies = ["0.0.0.0/0"] in {instance.paths.config}.',
        )


def _check_port(instance: Instance, config: Config) -> None:
    if machine.privileged(config.port):
        raise HostUnfit(
            f"only root may listen on port {config.port}",
            hint=f"Set a port of 1024 or more in {instance.paths.config}.",
        )
    owner = None if _is_ours(instance, config) else machine.listener(config.port)
    if owner:
        raise HostUnfit(
            f"port {config.port} is taken by {owner}",
            hint=f"Stop it, or set another port in {instance.paths.config}.",
        )


def _is_ours(instance: Instance, config: Config) -> bool:
    """Tell whether it is our own web role that has the port; its unit may have been removed."""
    there = instance.podman.containers(instance.names.labels)
    return any(item.running and config.port in item.ports for item in there)


def _warn_of_room(instance: Instance, config: Config) -> None:
    """Say so where an upload may fill the disk: it lies there twice before it is in its place."""
    folder = config.storage.pulp
    place = Path(folder) if folder else instance.podman.storage()
    with files.translated(place):
        free = files.free_bytes(place)
    if free < UPLOAD_ROOM:
        instance.reporter.note(
            f"Only {free / 1024**3:.1f} GB are free in {place}, where the content is; an upload "
            "needs twice its size there until it is done"
        )
