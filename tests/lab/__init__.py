"""Throw-away hosts with systemd and podman for the host tests and the demo."""

from __future__ import annotations

from tests.lab.errors import LabError
from tests.lab.host import Host

__all__ = ["Host", "LabError"]
