"""Write the two files of a new instance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from launcher.host import files, machine
from launcher.model import config, manifest
from launcher.model.errors import InputInvalid, UsageProblem
from launcher.model.toml import Table, parse, quoted

if TYPE_CHECKING:
    from pathlib import Path

    from launcher.operations.instance import Instance

DEFAULT_PORT = 8080


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
        UsageProblem: the base, the host name or the port can not be what they should.

    """
    paths = instance.paths
    address = hostname or machine.hostname()
    number = DEFAULT_PORT if port is None else port
    templates: dict[Path, tuple[str, type[Table]]] = {
        paths.manifest: (new_manifest(base), manifest.Manifest),
        paths.config: (
            config.TEMPLATE.format(hostname=quoted(address), port=number),
            config.Config,
        ),
    }
    missing = {path: item for path, item in templates.items() if not path.exists()}
    for path, (text, model) in missing.items():
        _check(text, path, model)
    for path, (text, _) in missing.items():
        files.write(path, text)
        if path == paths.config:
            # It may get values that are nobody else's business.
            files.make_private(path)
    return Initialised(str(paths.manifest), str(paths.config), tuple(map(str, missing)))


def new_manifest(base: str = manifest.DEFAULT_BASE) -> str:
    """Return the text of a new manifest."""
    return manifest.TEMPLATE.format(base=quoted(base))


def _check(text: str, path: Path, model: type[Table]) -> None:
    try:
        parse(text, path, model)
    except InputInvalid as error:
        raise UsageProblem(
            f"{path.name} can not be written like this",
            details=error.details,
            hint="Name something else with --base, --hostname or --port.",
        ) from error
