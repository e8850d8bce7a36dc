"""Values in, text of files out; nothing here touches the host."""

from __future__ import annotations
