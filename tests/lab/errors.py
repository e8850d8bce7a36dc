"""What the lab says when it can not do its work."""

from __future__ import annotations


class LabError(Exception):
    """A failure that needs no traceback."""
