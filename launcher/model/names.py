"""Every name that the launcher gives to something on the engine or in systemd."""

from __future__ import annotations

import re
from dataclasses import dataclass

from launcher.model.errors import UsageProblem

DEFAULT_INSTANCE = "pulp"
LABEL = "io.pulp-launcher"
BUILDER = (f"{LABEL}.builder", "pulp-launcher")
"""The label of each step of the launcher's own builds (containers/Containerfile)."""
GENERATION_HEADER = "Pulp-Launcher-Generation"
"""The header of the web role's answers that names the generation which gave them."""
_INSTANCE = re.compile(r"[a-z][a-z0-9-]{0,30}")


@dataclass(frozen=True)
class Names:
    """The names of one instance.

    Raises:
        UsageProblem: the instance's name can not be part of a unit's name.

    """

    instance: str = DEFAULT_INSTANCE

    def __post_init__(self) -> None:
        """Refuse what podman or systemd would refuse later."""
        if not _INSTANCE.fullmatch(self.instance):
            raise UsageProblem(
                f"'{self.instance}' can not be the name of an instance",
                hint="Use at most 31 small letters, digits and dashes, with a letter first.",
            )

    @property
    def prefix(self) -> str:
        """`pulp` for the default instance, `pulp-NAME` for any other."""
        if self.instance == DEFAULT_INSTANCE:
            return DEFAULT_INSTANCE
        return f"{DEFAULT_INSTANCE}-{self.instance}"

    @property
    def target(self) -> str:
        return f"{self.prefix}.target"

    @property
    def resume_service(self) -> str:
        return f"{self.prefix}-resume.service"

    @property
    def upgrade_service(self) -> str:
        return f"{self.prefix}-upgrade.service"

    @property
    def upgrade_timer(self) -> str:
        return f"{self.prefix}-upgrade.timer"

    @property
    def network(self) -> str:
        return self.prefix

    @property
    def labels(self) -> dict[str, str]:
        """What everything of ours carries; nothing without them is ever touched."""
        return {f"{LABEL}.instance": self.instance}

    def image(self, generation: int, fingerprint: str) -> str:
        """Return the reference of a generation's image; it is never given to another image."""
        return f"{self.images}:{generation}-{fingerprint[:12]}"

    def platform(self, fingerprint: str) -> str:
        """Return the reference of the image that has what is below Python; see `Generation`."""
        return f"{self.images}:platform-{fingerprint[:12]}"

    @property
    def images(self) -> str:
        """What the references of all images of the instance have before the colon."""
        return f"localhost/pulp-launcher/{self.instance}"

    def container(self, role: str, *numbers: int) -> str:
        """Return `pulp-db`, `pulp-api-7` (of generation 7), `pulp-worker-7-1` (its first)."""
        return "-".join([self.prefix, role, *map(str, numbers)])

    def service(self, container: str) -> str:
        return f"{container}.service"

    def service_of(self, quadlet: str) -> str:
        """Return the service that podman's generator makes of a quadlet file."""
        stem, _, kind = quadlet.rpartition(".")
        return f"{stem}.service" if kind == "container" else f"{stem}-{kind}.service"

    def volume(self, volume: str) -> str:
        return f"{self.prefix}-{volume}"

    def secret(self, secret: str) -> str:
        return f"{self.prefix}-{secret}"

    def own_secret(self, name: str) -> str:
        """Return what a secret of the administrator's is called, which no secret of ours can be."""
        return f"{self.prefix}.{name}"

    def of_own_secret(self, secret: str) -> str | None:
        """Return the administrator's name of a secret, or None where it is none of theirs."""
        name = secret.removeprefix(f"{self.prefix}.")
        return name if name != secret and "." not in name else None

    def signing_key(self, name: str) -> str:
        """Return what the secret with a signing key is called; no other secret has two dots."""
        return f"{self.prefix}.signing.{name}"

    def of_signing_key(self, secret: str) -> str | None:
        """Return the name of the signing key in a secret, or None where it is another secret."""
        name = secret.removeprefix(f"{self.prefix}.signing.")
        return name if name != secret else None


def base_image(suite: str) -> str:
    """Return the reference of a base that was bootstrapped on this host; instances share it."""
    return f"localhost/pulp-launcher/base:{suite}"
