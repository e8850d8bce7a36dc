"""The command `pulp-launcher`, also as `python -m launcher`."""

from __future__ import annotations

from launcher.cli.app import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
