"""The check of a unit that its container stands on the instance's data, whatever its image is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from launcher.model.places import MARKER, PLACES, SIGNS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from launcher.model.roles import Role, Volume


def guarded(role: Role, command: Sequence[str], ids: Mapping[str, str]) -> str:
    """Return what a role's container runs; it ends at once where the data are not there.

    systemd starts the units by itself after a boot, so that the launcher can not look before.
    """
    checks = [
        _check(role, item, ids[item.name])
        for item in role.volumes
        if item in PLACES and item.name in ids
    ]
    if not checks:
        return " ".join(command)
    script = "; ".join([*checks, f"exec {' '.join(command)}"])
    return 'sh -c "' + script.replace('"', '\\"') + '"'


def _check(role: Role, volume: Volume, number: str) -> str:
    used = f"ls -d {SIGNS[volume.name]} >/dev/null 2>&1"
    new = f"""grep -qs '"new": true' {MARKER}"""
    return (
        f"(cd {volume.path} && grep -qs {number} {MARKER} && {{ {new} || {used}; }}) || "
        f"{{ echo '{role.name}: these are not the data of the instance; see: pulp-launcher start' "
        ">&2; exit 1; }"
    )
