"""Run Pulp 3 with the plugins you choose, from one locally built image."""

from __future__ import annotations

__version__ = "0.1.0"
