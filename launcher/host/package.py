"""The launcher's own files: what the wheel, or the checkout, brings along."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path


def containers() -> Path:
    """Return the folder `containers/`: of the installed package, or of the checkout."""
    package = Path(str(files("launcher")))
    installed = package / "containers"
    return installed if installed.is_dir() else package.parent / "containers"
