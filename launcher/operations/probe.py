"""Have Pulp itself asked for what clients ask for: lists, downloads, secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from launcher.host import package, pulp
from launcher.host.podman import last_json
from launcher.model.health import Download, refused

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from launcher.model.config import Config
    from launcher.model.generation import Generation
    from launcher.operations.instance import Instance

PROBE = "probe.py"
"""The script that asks; in images of before there is none, and it is handed in."""

SOCKET = "/tmp/probe.sock"  # noqa: S108 - in the container, where nobody else is
_NO_SOCKET = 7
_SECONDS = "60"


def probe(instance: Instance, generation: Generation, config: Config) -> tuple[str, ...]:
    """Return what is wrong with what a generation answers, through the web role for downloads."""
    return _probed(
        instance,
        generation,
        config,
        lambda paths: pulp.statuses(config.port, config.hostname, paths),
    )


def probe_behind(instance: Instance, generation: Generation, config: Config) -> tuple[str, ...]:
    """Return the same of a generation that need not be in front of the web role."""
    api = instance.names.container("api", generation.number)
    socket = f"/run/pulp/content-{generation.number}.sock"

    def ask(paths: Sequence[str]) -> list[int]:
        urls = [word for path in paths for word in ("-o", "/dev/null", f"http://pulp{path}")]
        command = ["curl", "-s", "-m", _SECONDS, "-r", "0-0", "-w", "%{http_code}\n"]
        done = instance.podman.execute(api, [*command, "--unix-socket", socket, *urls])
        return [int(line) for line in done.stdout.split() if line.isdecimal()]

    return _probed(instance, generation, config, ask)


def _probed(
    instance: Instance,
    generation: Generation,
    config: Config,
    statuses: Callable[[Sequence[str]], Sequence[int]],
) -> tuple[str, ...]:
    api = instance.names.container("api", generation.number)
    command = ["curl", "-sS", "-m", _SECONDS, "--unix-socket", SOCKET, f"http://{config.hostname}/"]
    done = instance.podman.execute(api, command)
    if done.returncode == _NO_SOCKET:
        script = (package.containers() / "bin" / PROBE).read_text(encoding="utf-8")
        done = instance.podman.execute(api, ["/opt/pulp/bin/python", "-c", script, config.hostname])
    found = last_json(done.stdout)
    if "problems" not in found:
        said = (done.stderr.strip() or done.stdout.strip())[-300:]
        return (f"Pulp can not be asked for its lists: {said}",)
    if found["problems"]:
        return tuple(found["problems"])
    downloads = [Download(item["path"], item["there"]) for item in found["downloads"]]
    answers = statuses([item.path for item in downloads]) if downloads else []
    return tuple(refused(downloads, answers))
