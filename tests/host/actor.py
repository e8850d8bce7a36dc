"""Who runs the launcher on a host, root or a rootless user, and what of it can be seen there."""

from __future__ import annotations

import contextlib
import json
import shlex
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tests.acceptance.client import Client, Pulp

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

    from tests.lab import Host

SECONDS = 600
HEALTHY_SECONDS = 180
# No image registry is needed: the base comes from Debian's archive.
BASE = "bootstrap:trixie"


@dataclass(frozen=True)
class Actor:
    """One user and one instance of theirs."""

    host: Host
    user: str
    port: int
    instance: str = "pulp"

    def __str__(self) -> str:
        return f"{self.user}'s {self.instance}"

    def other(self, instance: str) -> Actor:
        """Return the same user with another instance."""
        return replace(self, instance=instance, port=self.port + 10)

    @property
    def prefix(self) -> str:
        return "pulp" if self.instance == "pulp" else f"pulp-{self.instance}"

    @property
    def home(self) -> str:
        return "/root" if self.is_root else f"/home/{self.user}"

    @property
    def is_root(self) -> bool:
        return self.user == "root"

    @property
    def url(self) -> str:
        return f"http://{self.host.address}:{self.port}"

    # Commands

    def try_(self, *argv: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command, whatever comes of it."""
        return self.host.run(argv, self.user, check=False, input=stdin, timeout=SECONDS)

    def run(self, *argv: str, stdin: str = "") -> str:
        """Run a command that has to succeed, and return its output."""
        done = self.try_(*argv, stdin=stdin)
        said = f"{self}: {shlex.join(argv)}\n{done.stdout}\n{done.stderr}"
        assert done.returncode == 0, said
        return done.stdout

    def shell(self, script: str, *arguments: str) -> str:
        return self.run("bash", "-euc", script, "bash", *arguments)

    def argv(self, *words: str) -> tuple[str, ...]:
        """Return the launcher's command line for this instance."""
        return ("pulp-launcher", "--instance", self.instance, *words)

    def launcher(self, *words: str) -> str:
        return self.run(*self.argv(*words))

    def data(self, *words: str) -> Any:
        """Return what a command of the launcher says in JSON."""
        return json.loads(self.try_(*self.argv("--json", *words)).stdout)["data"]

    def podman(self, *words: str) -> str:
        return self.run("podman", *words)

    def systemctl(self, *words: str) -> str:
        return self.run("systemctl", *([] if self.is_root else ["--user"]), *words)

    # What is there

    @property
    def config_dir(self) -> str:
        base = "/etc" if self.is_root else f"{self.home}/.config"
        return f"{base}/pulp-launcher/{self.instance}"

    @property
    def state_dir(self) -> str:
        base = "/var/lib" if self.is_root else f"{self.home}/.local/state"
        return f"{base}/pulp-launcher/{self.instance}"

    @property
    def quadlet_dir(self) -> str:
        base = "/etc" if self.is_root else f"{self.home}/.config"
        return f"{base}/containers/systemd"

    @property
    def unit_dir(self) -> str:
        return "/etc/systemd/system" if self.is_root else f"{self.home}/.config/systemd/user"

    def containers(self) -> dict[str, str]:
        """Return the running containers of the instance: name → ID."""
        mine = f"label=io.pulp-launcher.instance={self.instance}"
        lines = self.podman("ps", "--filter", mine, "--format", "{{.Names}} {{.ID}}").splitlines()
        return dict(line.split() for line in lines)

    def generation(self) -> int:
        """Return the number of the generation that serves."""
        return int(self.data("status")["generation"])

    def own(self, role: str, *numbers: int) -> str:
        """Return the name of a container of the generation that serves."""
        return "-".join([self.prefix, role, str(self.generation()), *map(str, numbers)])

    def image(self) -> str:
        """Return the image that the instance runs."""
        name = self.podman("inspect", "--format", "{{.ImageName}}", self.own("api"))
        return name.strip()

    def pulp(self) -> Pulp:
        """Return the instance as a client of it sees it."""
        return Pulp(Client(self.host), self.url, self.launcher("admin-password").strip())

    # Life and health

    def init(self, base: str = BASE) -> None:
        address, port = self.host.address, str(self.port)
        self.launcher("init", "--base", base, "--hostname", address, "--port", port)

    def bring_up(self) -> None:
        """Go from nothing to a running Pulp, with the commands of the README."""
        self.init()
        self.launcher("plugin", "add", "pulp_rpm")
        self.launcher("rebuild")
        self.launcher("start")

    @contextlib.contextmanager
    def spare(self, instance: str) -> Iterator[Actor]:
        """Give another instance of the user's for a while, which runs pulpcore alone."""
        actor = self.other(instance)
        actor.init()
        actor.launcher("rebuild")
        actor.launcher("start")
        yield actor
        actor.launcher("destroy", "--purge", "--yes")

    def is_healthy(self) -> bool:
        """Tell whether Pulp is whole, and all of its roles are up and healthy."""
        done = self.try_(*self.argv("--json", "status"))
        roles = json.loads(done.stdout)["data"]["roles"] if done.stdout else []
        good = all(
            role["state"] == "done" or (role["state"], role["health"]) == ("active", "healthy")
            for role in roles
        )
        return done.returncode == 0 and bool(roles) and good

    def wait_healthy(self) -> None:
        deadline = time.monotonic() + HEALTHY_SECONDS
        while not self.is_healthy():
            if time.monotonic() > deadline:
                said = self.try_(*self.argv("status")).stdout
                raise AssertionError(f"{self} is not healthy after {HEALTHY_SECONDS} s:\n{said}")
            time.sleep(1)
