"""Data: what is known of the plugins."""

from __future__ import annotations

from importlib.resources import files


def text() -> str:
    """Return the catalogue's TOML."""
    return files(__name__).joinpath("plugins.toml").read_text(encoding="utf-8")
