"""A base image from the distribution's signed archive, made on this host with mmdebstrap."""

from __future__ import annotations

from launcher.host import machine, process
from launcher.model.errors import HostUnfit

_PACKAGES = "ca-certificates"


def command(suite: str) -> list[str]:
    """Return the command that writes the base of a Debian suite, as a tar archive, to its output.

    Raises:
        HostUnfit: mmdebstrap is not on this host.

    """
    if not process.installed("mmdebstrap"):
        raise HostUnfit(
            "mmdebstrap is not installed; it makes the base image on this host",
            hint="Install it (the package mmdebstrap of Debian, Ubuntu and Fedora), or set "
            "base to a registry reference under [image] in plugins.toml.",
        )
    # As root it makes the mounts of its caller private, and rootless podman then complains.
    apart = ["unshare", "--mount"] if machine.user_id() == 0 else []
    return [
        *apart,
        "mmdebstrap",
        "--quiet",
        "--variant=minbase",
        f"--include={_PACKAGES}",
        suite,
        "-",
    ]
