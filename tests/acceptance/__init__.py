"""What a user of Pulp does with it, step by step: for the host tests and the demo."""

from __future__ import annotations
