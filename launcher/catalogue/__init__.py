"""Data: what is known of the plugins."""

from __future__ import annotations

from importlib.resources import files


def plugins() -> str:
    """Return the TOML of the known plugins."""
    return _text("plugins.toml")


def presets() -> str:
    """Return the TOML of the named sets of plugins."""
    return _text("presets.toml")


def _text(name: str) -> str:
    return files(__name__).joinpath(name).read_text(encoding="utf-8")
