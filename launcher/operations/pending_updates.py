"""Ask an image what the distribution's archive has newer for the packages in it."""

from __future__ import annotations

import contextlib
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from launcher.host import files, machine
from launcher.host.podman import last_json
from launcher.model.updates import Update, Updates
from launcher.render.units import HARMLESS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from launcher.operations.instance import Instance

_CERTIFICATES = "/run/secrets/ca"
"""Where a build has them too (containers/bin/install-packages)."""


@dataclass(frozen=True)
class Pending:
    """What is newer; `note` says why that is not known."""

    updates: tuple[Update, ...] = ()
    note: str = ""

    @property
    def security(self) -> bool:
        return any(item.security for item in self.updates)


def pending_updates(instance: Instance) -> Pending:
    """Return what is newer than in the image that serves, or was built last."""
    there = instance.current() or instance.newest()
    if there is None:
        return Pending()
    with instance.reporter.step("Looking for newer Debian packages"), _options() as options:
        done = instance.podman.run(there.image, ["pending-updates"], options, fetching=True)
    found = last_json(done.stdout)
    if done.returncode or "updates" not in found:
        said = (done.stderr.strip().splitlines() or ["no answer"])[-1]
        return Pending(note=f"What Debian has newer is not known: {said}")
    return Pending(Updates.model_validate(found).updates)


@contextlib.contextmanager
def _options() -> Iterator[list[str]]:
    """Give podman's options: a network, and root, who may do nothing but own apt's files."""
    bundle = machine.ca_bundle()
    with tempfile.TemporaryDirectory() as private:
        options = [*HARMLESS, "--user=root"]
        if bundle:
            # A copy: the label of the host's own file has to stay.
            files.copy(bundle, Path(private, "ca"))
            options.append(f"--volume={private}/ca:{_CERTIFICATES}:ro,z")
        yield options
