"""Labels of SELinux, as far as containers share files by them."""

from __future__ import annotations

_TYPES = {"container_file_t", "svirt_sandbox_file_t"}


def is_shared(label: str) -> bool:
    """Tell whether all containers may use what has this label; so is what has none at all.

    podman gives it to a folder last, after all that is in it: that the folder has it says
    that everything has. What is made there later inherits it.
    """
    if not label:
        return True
    _, _, kind, level = (*label.split(":", 3), "", "", "")[:4]
    return kind in _TYPES and level == "s0"
