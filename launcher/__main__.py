"""The command `pulp-launcher`, also as `python -m launcher`."""

from __future__ import annotations

import sys

from launcher import __version__


def main() -> None:
    """Run the command; the version is said without loading all that the others need."""
    if sys.argv[1:] == ["--version"]:
        sys.stdout.write(f"pulp-launcher {__version__}\n")
        return
    from launcher.cli.app import main as run  # noqa: PLC0415

    run()


if __name__ == "__main__":
    main()
