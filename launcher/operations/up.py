"""From nothing to a running Pulp in one go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from launcher.operations.change_plugins import add_plugins
from launcher.operations.init import init
from launcher.operations.rebuild import rebuild
from launcher.operations.start import start

if TYPE_CHECKING:
    from collections.abc import Sequence

    from launcher.operations.bring_up import Started
    from launcher.operations.instance import Instance


def up(
    instance: Instance, plugins: Sequence[str], *, base: str, hostname: str | None, port: int | None
) -> Started:
    """Make the files, add the plugins, build and start; raises what these steps raise."""
    init(instance, base=base, hostname=hostname, port=port)
    if plugins:
        add_plugins(instance, plugins)
    rebuild(instance)
    return start(instance)
