"""Values and rules: what an instance is, without touching the host."""

from __future__ import annotations
