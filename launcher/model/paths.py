"""Every path of an instance, as root and rootless (design: "Files of an instance")."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Paths:
    """Where one instance keeps what; nothing else in the launcher builds a path.

    `config_dir` belongs to the administrator, `state_dir` and `cache_dir` to the launcher.
    """

    config_dir: Path
    state_dir: Path
    cache_dir: Path
    quadlet_dir: Path
    unit_dir: Path
    runtime_dir: Path

    @classmethod
    def of_root(cls, instance: str) -> Paths:
        return cls(
            config_dir=Path("/etc/pulp-launcher", instance),
            state_dir=Path("/var/lib/pulp-launcher", instance),
            cache_dir=Path("/var/cache/pulp-launcher"),
            quadlet_dir=Path("/etc/containers/systemd"),
            unit_dir=Path("/etc/systemd/system"),
            runtime_dir=Path("/run"),
        )

    @classmethod
    def of_user(cls, instance: str, home: Path, uid: int, env: Mapping[str, str]) -> Paths:
        """Follow the XDG base directories of `env`, with the defaults of their specification."""

        def xdg(variable: str, default: Path) -> Path:
            return Path(env.get(variable) or default)

        config = xdg("XDG_CONFIG_HOME", home / ".config")
        return cls(
            config_dir=config / "pulp-launcher" / instance,
            state_dir=xdg("XDG_STATE_HOME", home / ".local/state") / "pulp-launcher" / instance,
            cache_dir=xdg("XDG_CACHE_HOME", home / ".cache") / "pulp-launcher",
            quadlet_dir=config / "containers" / "systemd",
            unit_dir=config / "systemd" / "user",
            runtime_dir=xdg("XDG_RUNTIME_DIR", Path(f"/run/user/{uid}")),
        )

    @property
    def variables(self) -> dict[str, str]:
        """The variables by which another launcher of the same user comes to these paths."""
        return {
            "XDG_CONFIG_HOME": str(self.config_dir.parents[1]),
            "XDG_STATE_HOME": str(self.state_dir.parents[1]),
            "XDG_CACHE_HOME": str(self.cache_dir.parent),
        }

    @property
    def manifest(self) -> Path:
        return self.config_dir / "plugins.toml"

    @property
    def config(self) -> Path:
        return self.config_dir / "config.toml"

    @property
    def lock(self) -> Path:
        return self.config_dir / "pylock.toml"

    @property
    def mutex(self) -> Path:
        """The file whose `flock` lets one launcher at a time change the instance."""
        return self.state_dir / "launcher.lock"

    @property
    def generations(self) -> Path:
        return self.state_dir / "generations"

    def generation(self, number: int) -> Path:
        return self.generations / str(number)

    def migrations(self, number: int) -> Path:
        """All that a generation knows of, as `app.name`, one a line."""
        return self.generation(number) / "migrations.txt"

    def known_good(self, number: int) -> Path:
        """With what a generation served when all of it was healthy the last time."""
        return self.generation(number) / "known-good.json"

    @property
    def current(self) -> Path:
        """The number of the generation that serves, or shall when the instance is started."""
        return self.state_dir / "current.json"

    @property
    def updates(self) -> Path:
        """The list of what Debian had newer when it was looked for, which builds depend on."""
        return self.state_dir / "debian-updates.txt"

    @property
    def build_context(self) -> Path:
        """The folder that is handed to the build; it links wheels, so it lies beside them."""
        return self.cache_dir / "build" / self.config_dir.name

    @property
    def wheels(self) -> Path:
        return self.cache_dir / "wheels"

    @property
    def unloaded(self) -> Path:
        """Is there while units are written that systemd has not loaded yet."""
        return self.state_dir / "unloaded"

    @property
    def trial(self) -> Path:
        """The lock of before, while that of an upgrade is on trial."""
        return self.state_dir / "trial.json"

    @property
    def last_number(self) -> Path:
        """The number of the generation that was built last, though it may be gone."""
        return self.state_dir / "last-number"

    @property
    def building(self) -> Path:
        """The build that is under way, or was interrupted: since when (s since the epoch), log."""
        return self.state_dir / "building"

    @property
    def build_mutex(self) -> Path:
        """The lock of who builds; all instances of a user share the engine."""
        return self.cache_dir / "building"

    @property
    def build_scratch(self) -> Path:
        """Where podman keeps what it needs while it builds; who holds the mutex may empty it."""
        return self.cache_dir / "build-scratch"

    @property
    def build_tools(self) -> Path:
        """What the build uses and the image does not get: a copy of uv.

        A copy, as a rootless build may not mount files of another owner.
        """
        return self.state_dir / "build-tools"

    @property
    def etc(self) -> Path:
        """What the containers see, read-only, as `/etc/pulp`: a folder for each generation."""
        return self.state_dir / "etc"

    @property
    def site_unloaded(self) -> Path:
        """Is there while a web server's configuration is written that it has not loaded yet."""
        return self.state_dir / "site-unloaded"

    @property
    def journal(self) -> Path:
        """How far the switch is that is under way, or was interrupted."""
        return self.state_dir / "switch.json"

    @property
    def reserve(self) -> Path:
        """Holds space on the disk while a switch is under way, for the way back."""
        return self.state_dir / "reserve"

    @property
    def snapshots(self) -> Path:
        """Dumps of the database, from before its migrations."""
        return self.state_dir / "snapshots"

    def snapshot(self, old: int, new: int, moment: int) -> Path:
        """Return the dump of a switch that began at a time (milliseconds since the epoch)."""
        return self.snapshots / f"{old}-{new}-{moment}.dump"

    @property
    def places(self) -> Path:
        """The identities of the places that the data are in."""
        return self.state_dir / "places.json"

    @property
    def secrets(self) -> Path:
        """Salted digests of the secrets, by which a lost or another one is known."""
        return self.state_dir / "secrets.json"

    @property
    def remade(self) -> Path:
        """The folders of `etc` that were made anew below containers which do not see them."""
        return self.state_dir / "remade"

    @property
    def memory(self) -> Path:
        """The bytes of memory that the host had when the database was started."""
        return self.state_dir / "memory"

    @property
    def logs(self) -> Path:
        return self.state_dir / "logs"

    @property
    def podman_socket(self) -> Path:
        return self.runtime_dir / "podman" / "podman.sock"
