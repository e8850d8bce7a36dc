"""The launcher's own files: what the wheel, or the checkout, brings along."""

from __future__ import annotations

import sys
from importlib.resources import files
from pathlib import Path


def containers() -> Path:
    """Return the folder `containers/`: of the installed package, or of the checkout."""
    package = Path(str(files("launcher")))
    installed = package / "containers"
    return installed if installed.is_dir() else package.parent / "containers"


def program() -> tuple[str, ...]:
    """Return the command that is the launcher, whatever folder it is called in."""
    return (sys.executable, "-P", "-m", "launcher")
