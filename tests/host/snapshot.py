"""What the launcher could have changed on a host, as text that can be compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.host.actor import Actor

# No change are logs, what is handed to a build, and the lock file with the last launcher's process.
SCRIPT = """
for folder in "$@"; do
    [ ! -d "$folder" ] || find "$folder" -type f ! -path '*/logs/*' ! -path '*/build-*/*' \
        ! -name launcher.lock -print0 | sort -z | xargs -0r sha256sum
done
podman ps --all --no-trunc --format '{{.Names}} {{.ID}}' | sort
podman images --no-trunc --filter dangling=false --format '{{.Repository}}:{{.Tag}} {{.ID}}' | sort
podman volume ls --format '{{.Name}}' | sort
podman secret ls --format '{{.Name}}' | sort
podman network ls --format '{{.Name}}' | sort
"""


def snapshot(actor: Actor) -> list[str]:
    """Return files with their checksums, containers, images, volumes, secrets, networks."""
    folders = [actor.config_dir, actor.state_dir]
    folders = [folder.rpartition("/")[0] for folder in folders]
    return actor.shell(SCRIPT, *folders, actor.quadlet_dir, actor.unit_dir).splitlines()
