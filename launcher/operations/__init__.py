"""What the launcher can do, one verb a file: adapters in, a frozen result out, nothing printed."""

from __future__ import annotations
