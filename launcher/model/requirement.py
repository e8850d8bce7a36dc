"""What a user types for a plugin, and the one name it has here."""

from __future__ import annotations

from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from launcher.model.errors import UsageProblem

BUILT_IN = {"pulp-file": "file", "pulp-certguard": "certguard"}
"""Plugins that live inside pulpcore since 3.40 and 3.45; their distributions are empty shells."""


@dataclass(frozen=True)
class PluginRequest:
    """One plugin as asked for: its canonical name (PEP 503), version range, extras."""

    name: str
    version: str = ""
    extras: tuple[str, ...] = ()


def parse_request(text: str) -> PluginRequest:
    """Return the plugin that `text` names: `rpm`, `pulp_rpm`, `pulp-rpm>=3.39`, `pulp_x[extra]`.

    Raises:
        UsageProblem: it is not a requirement (PEP 508), or has an URL or marker.

    """
    try:
        requirement = Requirement(text)
    except InvalidRequirement as error:
        raise UsageProblem(
            f"'{text}' is not a plugin name with an optional version range",
            details=str(error),
            hint="Write it like pulp_rpm, 'pulp_rpm>=3.39' or 'pulp_rpm[extra]'.",
        ) from error
    if requirement.url or requirement.marker:
        raise UsageProblem(
            f"'{text}' has an address or a marker; a plugin is asked for by name",
            hint="Write it like pulp_rpm or 'pulp_rpm>=3.39'.",
        )
    return PluginRequest(
        name=plugin_name(requirement.name),
        version=str(requirement.specifier),
        extras=tuple(sorted(requirement.extras)),
    )


def plugin_name(text: str) -> str:
    """Return the canonical distribution name of a plugin: `rpm` and `pulp_rpm` are `pulp-rpm`."""
    name = canonicalize_name(text)
    return name if name.startswith(("pulp-", "galaxy-")) else f"pulp-{name}"
