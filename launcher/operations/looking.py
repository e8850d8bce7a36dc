"""Look into the places of the data, whoever their files belong to; nothing in them is changed.

Root in a container may be nobody on NFS, and Pulp's user may not get into a folder that was put
back by root: so both look, and what either sees is there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from launcher.model.errors import HostUnfit
from launcher.render.units import CONFINED, USER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from launcher.operations.instance import Instance

_OPEN = "(open)"
# No label is changed for a look: that of millions of files would take long.
_OPTIONS = (
    *CONFINED, "--security-opt=label=disable", "--user=root",
    "--cap-add=dac_read_search,setuid,setgid",
)  # fmt: skip
_BOTH = f'sh -c "$0"; setpriv --reuid={USER} --regid={USER} --clear-groups sh -c "$0"'


def look(
    instance: Instance, image: str, scripts: Mapping[str, str], sources: Mapping[str, str]
) -> dict[str, list[str]]:
    """Run a script of the shell in each place, and return the lines that it printed, by name.

    `sources` are the folders or volumes by the names of the places.

    Raises:
        HostUnfit: nobody can look into one of them; so it is not known what is there.

    """
    mounts = [f"--volume={source}:/places/{name}:ro" for name, source in sources.items()]
    words = ["sh", "-c", _BOTH, "; ".join(inside(name, scripts[name]) for name in sources)]
    done = instance.podman.run(image, words, [*_OPTIONS, *mounts])
    found = {name: _said(done.stdout, name) for name in sources}
    closed = [sources[name] for name in sources if _OPEN not in found[name]]
    if closed:
        raise HostUnfit(
            f"nobody can look into {' and '.join(closed)}, where the data are",
            details=done.stderr.strip(),
            hint="See that its disk is well, and that root, or Pulp's user, may read there; then "
            "run the command again.",
        )
    return {name: [line for line in lines if line != _OPEN] for name, lines in found.items()}


def inside(name: str, script: str) -> str:
    """Return the script as one that is run in a place, its lines beginning with the name."""
    return f"(cd /places/{name} && {{ echo '{_OPEN}'; {script}; }}) | sed 's/^/{name} /'"


def _said(text: str, name: str) -> list[str]:
    lines = dict.fromkeys(text.splitlines())
    return [line.removeprefix(f"{name} ") for line in lines if line.startswith(f"{name} ")]
