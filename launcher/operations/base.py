"""The base image: a registry's, or made on this host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from launcher.host import mmdebstrap
from launcher.host.process import ProgramFailed
from launcher.model.errors import EngineFailed, IndexUnreachable
from launcher.model.names import base_image

if TYPE_CHECKING:
    from launcher.model.manifest import Manifest
    from launcher.operations.instance import Instance


def ensure_base(instance: Instance, manifest: Manifest) -> str:
    """Return the ID of the base image; it is fetched or made where it is missing.

    Raises:
        IndexUnreachable: the registry, or the distribution's archive, does not answer.
        HostUnfit: the base has to be made, and mmdebstrap is not there.

    """
    suite = manifest.bootstrap_suite
    reference = base_reference(manifest)
    there = instance.podman.image_id(reference)
    if there is not None:
        return there
    with instance.reporter.step(f"Getting the base image {manifest.image.base}"):
        if suite:
            _bootstrap(instance, suite, reference)
        else:
            instance.podman.pull(reference, instance.reporter.line)
    made = instance.podman.image_id(reference)
    if made is None:
        raise EngineFailed(f"the base image {reference} is not there after it was fetched")
    return made


def base_reference(manifest: Manifest) -> str:
    """Return the name that the base image has on this host, once it is there."""
    suite = manifest.bootstrap_suite
    return base_image(suite) if suite else manifest.image.base


def _bootstrap(instance: Instance, suite: str, reference: str) -> None:
    try:
        instance.podman.import_image(mmdebstrap.command(suite), reference)
    except ProgramFailed as error:
        # What was imported of it so far is no base.
        instance.podman.remove_image(reference)
        raise IndexUnreachable(
            f"the base image of {suite} could not be made on this host",
            details=error.details,
            hint="Check the suite's name and the network, then run the command again.",
        ) from error
