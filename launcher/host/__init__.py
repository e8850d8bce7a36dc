"""The only code that touches the outside, one module for each thing."""

from __future__ import annotations
