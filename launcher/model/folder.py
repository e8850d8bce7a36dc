"""Paths that an administrator writes into a TOML file, and that become a mount."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Annotated

from pydantic import AfterValidator

_FOLDER = re.compile(r"/[^\s:%\"'\\$\x00-\x1f\x7f]*")


def _folder(text: str) -> str:
    if text and (not _FOLDER.fullmatch(text) or not text.strip("/")):
        raise ValueError(
            f"{text!r} must be the absolute path of a folder of its own, "
            "without white space, quotes, colons, '%', '$' or backslashes"
        )
    return text.rstrip("/")


Folder = Annotated[str, AfterValidator(_folder)]


def nested(one: str, other: str) -> bool:
    """Tell whether two paths are the same, or one lies in the other."""
    return below(one, other) or below(other, one)


def below(path: str, folder: str) -> bool:
    """Tell whether a path is a folder, or lies in it."""
    return ".." not in PurePosixPath(path).parts and PurePosixPath(path).is_relative_to(folder)
