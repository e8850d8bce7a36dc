"""podman: its API through podman-py, its command line for what runs long or needs a terminal.

The only module that imports `podman`, and only when it is needed: the import takes 0.15 s.
"""

from __future__ import annotations

import contextlib
import json
import re
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from launcher.host import machine, process, proxy
from launcher.host.podman_build import command
from launcher.model.errors import BuildFailed, EngineFailed, HostUnfit, IndexUnreachable

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from launcher.host.podman_build import Build

Version = tuple[int, int]

_REPLACES: Version = (4, 7)
"""The first podman that replaces a secret in one step."""


@dataclass(frozen=True)
class Container:
    """A container as podman sees it; `health` is healthy, unhealthy, starting or nothing.

    `ports` are those of the host that lead to it.
    """

    name: str
    running: bool
    health: str
    image: str
    labels: dict[str, str] = field(default_factory=dict)
    ports: tuple[int, ...] = ()
    paused: bool = False


@dataclass(frozen=True)
class Check:
    """A health check: what is run, and what it said the last time."""

    command: str = ""
    said: str = ""


class Podman:
    """The engine behind a socket; `wake` starts the service that listens there."""

    def __init__(self, socket: Path, wake: Callable[[], None]) -> None:
        self._socket = socket
        self._wake = wake
        self._client: Any = None

    def check(self, oldest: Version) -> Version:
        """Return podman's version (major, minor).

        Raises:
            HostUnfit: podman is not there, is too old, or its service does not start.

        """
        wanted = ".".join(map(str, oldest))
        hint = (
            f"Install podman {wanted} or newer (Debian 13, Ubuntu 24.04, Fedora, "
            "RHEL 9 and their kin have it as the package podman)."
        )
        if not process.installed("podman"):
            raise HostUnfit("podman is not installed on this host", hint=hint)
        out = process.run(["podman", "--version"]).stdout
        found = re.search(r"(\d+)\.(\d+)", out)
        version = (int(found[1]), int(found[2])) if found else (0, 0)
        if version < oldest:
            raise HostUnfit(f"this host has {out.strip()}, too old: {wanted} is needed", hint=hint)
        return version

    # Images

    def image_id(self, reference: str) -> str | None:
        """Return the ID of a local image, or None."""
        with self._api() as client:
            images = client.images.list(filters={"reference": reference})
            return str(images[0].id) if images else None

    def pull(self, reference: str, on_line: Callable[[str], None]) -> None:
        """Fetch an image from its registry.

        Raises:
            IndexUnreachable: the registry does not answer, or does not have it.

        """
        try:
            process.stream(["podman", "pull", reference], on_line, env=proxy.environment())
        except process.ProgramFailed as error:
            raise IndexUnreachable(
                f"the base image {reference} can not be fetched from its registry",
                details=error.details,
                hint="Check the network, or make the base on this host instead: set "
                'base = "bootstrap:trixie" under [image] in plugins.toml.',
            ) from error

    def import_image(self, source: Sequence[str], reference: str) -> None:
        """Import the tar archive that a program fetches and writes to its output as an image.

        Raises:
            ProgramFailed: the program, or the import, failed.

        """
        sink = ["podman", "import", "--quiet", "-", reference]
        process.pipe(source, sink, env=proxy.environment())

    def build(self, build: Build, on_line: Callable[[str], None]) -> str:
        """Build an image and return its ID; it gets no name, so nothing finds it by accident.

        Raises:
            BuildFailed: a step failed; the details are its last lines.

        """
        with tempfile.TemporaryDirectory() as folder:
            result = Path(folder, "image-id")
            # podman hands the proxy to each step, and keeps it in none.
            env = proxy.environment() | {"TMPDIR": str(build.scratch)}
            try:
                process.stream(command(build, result), on_line, env=env)
            except process.ProgramFailed as error:
                raise BuildFailed(
                    "the image could not be built; nothing else was changed",
                    details=error.details,
                ) from error
            return result.read_text(encoding="ascii").removeprefix("sha256:")

    def remove_scratch(self, folder: Path) -> None:
        """Remove what a build left in its folder; some of it may be of its containers' users."""
        as_theirs = [] if machine.user_id() == 0 else ["podman", "unshare"]
        process.run([*as_theirs, "rm", "-rf", "--", str(folder)], check=False)

    def remove_working_containers(self, since: float, until: float) -> None:
        """Remove what an interrupted build left behind between two times (s since the epoch).

        podman keeps a container for each step that it began, and does not know whose build it was.
        """
        done = process.run(["podman", "ps", "--all", "--external", "--format=json"], check=False)
        found = json.loads(done.stdout or "[]")
        old = [
            item["Id"] for item in found if _is_working(item) and since <= item["Created"] <= until
        ]
        if old:
            process.run(["podman", "rm", "--force", *old], check=False)

    def tag(self, image_id: str, reference: str) -> None:
        """Give an image its name."""
        repository, tag = reference.rsplit(":", 1)
        with self._api() as client:
            client.images.get(image_id).tag(repository, tag)

    def remove_image(self, reference: str) -> None:
        """Remove an image that no container uses; not there is fine."""
        process.run(["podman", "image", "rm", "--ignore", reference], check=False)

    def image_names(self, repository: str) -> list[str]:
        """Return the references of all images of a repository."""
        argv = ["podman", "image", "ls", "--format={{.Repository}}:{{.Tag}}"]
        with self._failures("the images can not be listed"):
            names = process.run([*argv, f"--filter=reference={repository}:*"]).stdout.split()
        return sorted({name for name in names if name.startswith(f"{repository}:")})

    def remove_dangling(self, label: tuple[str, str]) -> None:
        """Remove the images with a label that have no name, and that no other image stands on."""
        argv = ["podman", "image", "prune", "--force", f"--filter=label={'='.join(label)}"]
        process.run(argv, check=False)

    def run(
        self,
        image: str,
        command: Sequence[str],
        options: Sequence[str] = (),
        *,
        fetching: bool = False,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in a container that is gone afterwards, and return what it printed.

        One that is `fetching` gets the proxy.
        """
        argv = ["podman", "run", "--rm", "--pull=never", *options, image, *command]
        return process.run(argv, check=False, env=proxy.environment() if fetching else None)

    def filter(
        self, image: str, command: Sequence[str], text: str, options: Sequence[str] = ()
    ) -> subprocess.CompletedProcess[str]:
        """Give a text to a command in such a container, and return its answer; no log has either.

        podman would write what a container prints to the journal.
        """
        argv = ["podman", "run", "--rm", "--pull=never", "--interactive", "--log-driver=none"]
        return process.run([*argv, *options, image, *command], stdin=text, check=False)

    # Containers

    def containers(self, labels: Mapping[str, str]) -> list[Container]:
        """Return the containers that carry these labels, running or not."""
        with self._api() as client:
            found = client.containers.list(all=True, filters=_by_label(labels), sparse=True)
            return [_container(item.attrs) for item in found]

    def unpause(self, containers: Sequence[str]) -> None:
        """Let containers go on that somebody paused; raises EngineFailed."""
        with self._failures(f"{' and '.join(containers)} can not go on"):
            process.run(["podman", "unpause", *containers])

    def check_of(self, container: str) -> Check:
        """Return the health check of a container; an empty one where it has none, or is gone."""
        done = process.run(["podman", "inspect", "--type=container", container], check=False)
        found = json.loads(done.stdout or "[]") if not done.returncode else []
        if not found:
            return Check()
        test = found[0]["Config"].get("Healthcheck") or {}
        state = found[0]["State"].get("Health") or found[0]["State"].get("Healthcheck") or {}
        log = state.get("Log") or [{}]
        return Check(" ".join(test.get("Test", [])[1:]), log[-1].get("Output", "").strip())

    def attach(self, container: str, command: Sequence[str], *, terminal: bool) -> int:
        """Run a command in a running container on our terminal and return its exit status."""
        options = ["--interactive", *(["--tty"] if terminal else [])]
        return process.attach(["podman", "exec", *options, container, *command])

    def execute(self, container: str, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        """Run a command in a running container and return what it printed."""
        return process.run(["podman", "exec", container, *command], check=False)

    def answer(self, container: str, command: Sequence[str]) -> str:
        """Return what a command in a running container printed; raises EngineFailed."""
        with self._failures(f"{command[0]} failed in {container}"):
            return process.run(["podman", "exec", container, *command]).stdout

    def save(self, container: str, command: Sequence[str], path: Path) -> None:
        """Keep the output of a command in a running container as a file; raises EngineFailed."""
        with self._failures(f"{' '.join(command)} failed in {container}"):
            process.save(["podman", "exec", container, *command], path)

    def load(self, container: str, command: Sequence[str], path: Path) -> None:
        """Give a file to a command in a running container as its input; raises EngineFailed."""
        with self._failures(f"{' '.join(command)} failed in {container}"):
            process.feed(["podman", "exec", "--interactive", container, *command], path)

    # Secrets, volumes, networks

    def secrets(self) -> set[str]:
        """Return the names of all secrets."""
        with self._api() as client:
            return {str(secret.name) for secret in client.secrets.list()}

    def secret_ids(self) -> dict[str, str]:
        """Return the IDs of all secrets, by name; one that is replaced has another."""
        with self._api() as client:
            return {str(secret.name): str(secret.id) for secret in client.secrets.list()}

    def create_secret(self, name: str, value: str, labels: Mapping[str, str]) -> None:
        """Keep a value on the engine; it goes through a pipe, never on a command line."""
        with self._failures(f"the secret {name} could not be kept"):
            process.run(["podman", "secret", "create", *_labels(labels), name, "-"], stdin=value)

    def replace_secret(self, name: str, value: str, labels: Mapping[str, str]) -> None:
        """Keep a value in the place of the one there, if there is one; in one step where it can."""
        if self.check((0, 0)) < _REPLACES:
            self.remove_secret(name)
            self.create_secret(name, value, labels)
            return
        argv = ["podman", "secret", "create", "--replace", *_labels(labels), name, "-"]
        with self._failures(f"the secret {name} could not be kept"):
            process.run(argv, stdin=value)

    def secret(self, name: str) -> str:
        """Return the value of a secret."""
        argv = ["podman", "secret", "inspect", "--showsecret", "--format={{.SecretData}}", name]
        with self._failures(f"the secret {name} can not be read"):
            return process.run(argv).stdout.removesuffix("\n")

    def remove_secret(self, name: str) -> None:
        """Remove a secret; not there is fine. Raises EngineFailed where it is there still."""
        done = process.run(["podman", "secret", "rm", name], check=False)
        if done.returncode and name in self.secrets():
            raise EngineFailed(f"the secret {name} can not be removed", details=done.stderr.strip())

    def volumes(self, labels: Mapping[str, str]) -> list[str]:
        """Return the names of the volumes that carry these labels."""
        with self._api() as client:
            return [str(volume.name) for volume in client.volumes.list(filters=_by_label(labels))]

    def volume_names(self) -> set[str]:
        """Return the names of all volumes, whoever made them."""
        with self._api() as client:
            return {str(volume.name) for volume in client.volumes.list()}

    def create_volume(self, name: str, labels: Mapping[str, str]) -> None:
        with self._failures(f"the volume {name} could not be made"):
            process.run(["podman", "volume", "create", *_labels(labels), name])

    def remove_volume(self, name: str) -> None:
        with self._failures(f"the volume {name} could not be removed"):
            process.run(["podman", "volume", "rm", name])

    def networks(self) -> set[str]:
        """Return the names of all networks."""
        with self._api() as client:
            return {str(network.name) for network in client.networks.list()}

    def create_network(self, name: str, labels: Mapping[str, str]) -> None:
        with self._failures(f"the network {name} could not be made"):
            process.run(["podman", "network", "create", *_labels(labels), name])

    def remove_network(self, name: str) -> None:
        process.run(["podman", "network", "rm", name], check=False)

    def storage(self) -> Path:
        """Return the folder that holds the images."""
        with self._api() as client:
            return Path(client.info()["store"]["graphRoot"])

    @contextlib.contextmanager
    def _api(self) -> Iterator[Any]:
        from podman.errors import PodmanError  # noqa: PLC0415
        from requests.exceptions import RequestException  # noqa: PLC0415

        try:
            yield self._connected()
        except (PodmanError, RequestException) as error:
            raise EngineFailed(
                "podman's service answered with an error",
                details=str(error),
                hint=f"Look at it with: podman --url unix://{self._socket} info",
            ) from error

    def _connected(self) -> Any:
        if self._client is None:
            import podman  # noqa: PLC0415

            self._wake()
            self._client = podman.PodmanClient(base_url=f"http+unix://{self._socket}", timeout=60)
        return self._client

    @contextlib.contextmanager
    def _failures(self, message: str) -> Iterator[None]:
        try:
            yield
        except process.ProgramFailed as error:
            raise EngineFailed(message, details=error.details) from error


def _labels(labels: Mapping[str, str]) -> list[str]:
    return [f"--label={key}={value}" for key, value in labels.items()]


def _by_label(labels: Mapping[str, str]) -> list[str]:
    # podman-py takes a list inside a mapping for one odd string, and then finds nothing.
    return [f"label={key}={value}" for key, value in labels.items()]


def _is_working(item: Mapping[str, Any]) -> bool:
    name = (item.get("Names") or [""])[0]
    return item.get("Command") == ["buildah"] and "-working-container" in name


def _container(attrs: Mapping[str, Any]) -> Container:
    return Container(
        name=str(attrs["Names"][0]),
        running=attrs["State"] == "running",
        health=str(attrs.get("Status") or ""),
        image=str(attrs["Image"]),
        labels=dict(attrs.get("Labels") or {}),
        ports=tuple(int(item["host_port"]) for item in attrs.get("Ports") or []),
        paused=attrs["State"] == "paused",
    )


def last_json(text: str) -> dict[str, Any]:
    """Return the JSON object in the last line of a program's output, or an empty one."""
    lines = text.strip().splitlines()
    try:
        value = json.loads(lines[-1]) if lines else {}
    except json.JSONDecodeError:
        return {}
    return value if isinstance(value, dict) else {}
