"""Name the Debian packages of the shared libraries that a build did not find."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from launcher.operations.instance import Instance

_MISSING = re.compile(r"(lib[\w.+-]+\.so[\w.]*): cannot open shared object file")
_SEARCH = """
apt-get update -q && apt-get install -qy --no-install-recommends apt-file && apt-file update
for library in "$@"; do
    apt-file search --package-only --regexp "/$(echo "$library" | sed 's/[.+]/\\\\&/g')$" \\
        | head -n 1 | sed "s/^/PACKAGE $library /"
done
"""


def explain_missing(instance: Instance, base: str, log: str) -> str:
    """Return a line for each missing library in a build's log, with its package; or nothing.

    The distribution's own index of files is asked, in a container of the base image.
    """
    libraries = sorted(set(_MISSING.findall(log)))
    if not libraries:
        return ""
    with instance.reporter.step(f"Looking for the packages of {', '.join(libraries)}"):
        command = ["sh", "-c", _SEARCH, "search", *libraries]
        done = instance.podman.run(base, command, fetching=True)
    found = dict(re.findall(r"^PACKAGE (\S+) (\S+)$", done.stdout, re.MULTILINE))
    return "\n".join(_sentence(library, found.get(library)) for library in libraries)


def _sentence(library: str, package: str | None) -> str:
    if package is None:
        return f"{library} is missing in the image, and no Debian package is known to have it"
    return f"{library} is missing in the image; the Debian package {package} has it"
