"""Write the two files of a new instance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tomlkit import string

from launcher.host import files, machine
from launcher.model import config, manifest
from launcher.model.toml import parse

if TYPE_CHECKING:
    from launcher.operations.instance import Instance


@dataclass(frozen=True)
class Initialised:
    """The instance's files, and which of them were written now."""

    manifest: str
    config: str
    written: tuple[str, ...]


def init(
    instance: Instance,
    *,
    base: str = manifest.DEFAULT_BASE,
    hostname: str | None = None,
    port: int | None = None,
) -> Initialised:
    """Write the manifest and the config where they are missing; what is there stays as it is.

    Raises:
        InputInvalid: the base, the host name or the port can not be what they should.

    """
    paths = instance.paths
    texts = {
        paths.manifest: manifest.TEMPLATE.format(base=string(base).as_string()),
        paths.config: config.TEMPLATE.format(
            hostname=string(hostname or machine.hostname()).as_string(), port=port or 8080
        ),
    }
    parse(texts[paths.manifest], paths.manifest, manifest.Manifest)
    parse(texts[paths.config], paths.config, config.Config)
    missing = [path for path in texts if not path.exists()]
    for path in missing:
        files.write(path, texts[path])
    return Initialised(str(paths.manifest), str(paths.config), tuple(map(str, missing)))
