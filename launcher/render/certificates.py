"""How strictly Pulp verifies the certificates of those that it connects to."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from launcher.model.config import Config
    from launcher.model.roles import Role

STRICT = "PULP_STRICT_CERTIFICATES=1"
"""What containers/python/usual_certificates.py looks for."""


def environment(config: Config, role: Role) -> list[str]:
    """Return the environment for it of a role; nothing for roles that connect to no one."""
    return [STRICT] if config.remotes.strict_certificates and role.beside else []
