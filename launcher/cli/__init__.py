"""The command line: parse, build the adapters, call one operation, show its result."""

from __future__ import annotations
