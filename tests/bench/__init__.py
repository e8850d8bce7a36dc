"""How long things take: reported, never judged."""

from __future__ import annotations
