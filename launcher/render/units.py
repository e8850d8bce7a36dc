"""The units of an instance: a quadlet for each role, volume and network, and the target."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from launcher.model import mounts as mounted
from launcher.model import roles
from launcher.model.names import LABEL
from launcher.render import environment, own_secrets
from launcher.render.nginx import site
from launcher.render.places import guarded
from launcher.render.postgres import arguments, shared_memory
from launcher.render.stopping import at_shutdown, stop, stop_seconds
from launcher.render.unit import Entry, Version, for_podman, text

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from launcher.model.config import Config
    from launcher.model.generation import Generation
    from launcher.model.mounts import Mount
    from launcher.model.names import Names
    from launcher.model.paths import Paths
    from launcher.model.roles import Role, Volume

_REVISION = re.compile(rf"^Label={re.escape(LABEL)}\.revision=(.*)$", re.MULTILINE)

USER = 700
"""User and group ID of `pulp` in the image (containers/Containerfile)."""

WEB_PORT = 8080
"""Where nginx listens in its container (render/nginx.py)."""


HARMLESS = ("--read-only", "--cap-drop=all", "--security-opt=no-new-privileges")
"""podman's options for a container that shall do nothing but ask."""

CONFINED = ("--network=none", "--http-proxy=false", *HARMLESS)
"""podman's options for a container that shall do nothing but think."""

REVISION = f"{LABEL}.revision"
"""The label by which a running container is known to be up to date."""

GENERATION = f"{LABEL}.generation"
"""The label that says which generation a container is of."""

WEB = "web"
SITE = f"{WEB}/{roles.SITE}"
"""The folder and the file of the web server's configuration, below `Paths.etc`."""


@dataclass(frozen=True)
class Desired:
    """All that the units depend on."""

    names: Names
    paths: Paths
    config: Config
    generation: Generation
    podman: Version
    rootless: bool
    settings: str
    """The text of Pulp's settings file."""
    shutdown: int = 0
    """How long all units together may take to stop at shutdown (s); 0 for no limit."""
    places: dict[str, str] = field(default_factory=dict)
    """The IDs of the places that the data are in, by the names of the volumes."""
    secret_ids: tuple[tuple[str, str], ...] = ()
    """The administrator's secrets that are there: what podman calls each, and its ID."""
    memory: int = 4 * 1024**3
    """Bytes of memory that the database's values are derived from."""

    @property
    def boot(self) -> str:
        """What systemd reaches at boot, and wants what the instance shall have then."""
        return "default.target" if self.rootless else "multi-user.target"


def units(desired: Desired) -> dict[str, str]:
    """Return the quadlets of the instance: file name → text."""
    files = {f"{desired.names.network}.network": _network(desired)}
    for volume in _named_volumes(desired):
        files[f"{desired.names.volume(volume.name)}.volume"] = _volume(desired, volume)
    return files | containers_of(desired, roles.NAMES)


def containers_of(desired: Desired, wanted: Collection[str]) -> dict[str, str]:
    """Return the quadlets of the containers of some roles: file name → text."""
    return {
        f"{container}.container": _container(desired, role, container)
        for role in roles.ROLES
        if role.name in wanted
        for container in containers(role, desired.names, desired.config, desired.generation.number)
    }


def etc(desired: Desired) -> dict[str, str]:
    """Return the files that containers see below `/etc/pulp`: path below `Paths.etc` → text."""
    return {
        f"{desired.generation.number}/{roles.SETTINGS}": desired.settings,
        SITE: site(desired.config, desired.generation),
    }


def revisions(quadlets: dict[str, str]) -> dict[str, str]:
    """Return the revision of each container in these files: container → label value."""
    found = {name: _REVISION.search(content) for name, content in quadlets.items()}
    return {name.removesuffix(".container"): match[1] for name, match in found.items() if match}


def target(desired: Desired) -> str:
    """Return the target that holds the instance's units, and brings them back at boot."""
    return text(
        _head(desired),
        {
            "Unit": [("Description", f"Pulp (instance {desired.names.instance})")],
            "Install": [("WantedBy", desired.boot)],
        },
    )


def containers(role: Role, names: Names, config: Config, generation: int) -> list[str]:
    """Return the names of a role's containers: one, or one for each worker."""
    numbers = (generation,) if role.beside else ()
    if role.name != "worker":
        return [names.container(role.name, *numbers)]
    count = range(1, config.worker.count + 1)
    return [names.container(role.name, *numbers, number) for number in count]


def run_options(desired: Desired, role: Role, etc: Path | None = None) -> list[str]:
    """Return podman's options for a container beside the role's own, that sees what it sees.

    It may not change content; what it writes to Pulp's folder for such is gone afterwards.
    `etc` is what it shall see as `/etc/pulp`, where that is not there for the generation yet.
    """
    volumes = [
        f"--volume={host_folder(item, desired.config) or desired.names.volume(item.name)}"
        f":{item.path}{':ro' if item is roles.CONTENT else _label(item)}"
        for item in role.volumes
    ]
    if roles.CONTENT in role.volumes:
        # All of it would be in memory if what is there were copied.
        volumes.append(f"--tmpfs={roles.CONTENT.path}/tmp:rw,mode=1777,notmpcopyup")  # noqa: S108
    folder = etc or desired.paths.etc / str(desired.generation.number)
    secrets = [f"--secret={value}" for _, value in _secrets(desired, role)]
    variables = environment.options(desired.config, role)
    return [*CONFINED, *volumes, f"--volume={folder}:/etc/pulp:ro,z", *secrets, *variables]


def beside_database(names: Names) -> list[str]:
    """Return podman's options for a container that works on the database as a client of it.

    It is root, to read a file of ours, and then needs to be let into the folder of the socket.
    """
    socket = f"--volume={names.volume(roles.SOCKETS.name)}:{roles.SOCKETS.path}:z"
    secret = f"--secret={names.secret(roles.DB_PASSWORD)},target={roles.DB_PASSWORD}"
    return [*CONFINED, "--user=root", "--cap-add=dac_override", socket, secret]


def host_folder(volume: Volume, config: Config) -> str:
    """Return the host folder that the config names for a volume, or nothing."""
    return str(getattr(config.storage, volume.name, ""))


def _named_volumes(desired: Desired) -> list[Volume]:
    return [volume for volume in roles.VOLUMES if not host_folder(volume, desired.config)]


def _head(desired: Desired) -> str:
    return (
        f"Written by pulp-launcher for the instance {desired.names.instance}; "
        f"the place to change things is {desired.paths.config}"
    )


def _labels(desired: Desired) -> list[Entry]:
    return [("Label", f"{key}={value}") for key, value in desired.names.labels.items()]


def _network(desired: Desired) -> str:
    entries = [("NetworkName", desired.names.network), *_labels(desired)]
    return text(_head(desired), {"Network": entries})


def _volume(desired: Desired, volume: Volume) -> str:
    entries = [("VolumeName", desired.names.volume(volume.name)), *_labels(desired)]
    return text(_head(desired), {"Volume": entries})


def _container(desired: Desired, role: Role, container: str) -> str:
    entries = [
        *_identity(desired, role, container),
        *_confinement(),
        *_network_of(desired, role),
        *shared_memory(role, desired.config, desired.memory),
        *_mounts(desired, role),
        *_secrets(desired, role),
        *environment.entries(desired.config, role, container, desired.generation.number),
        *_health(desired, role),
        *stop(desired.config, role),
    ]
    known = [new for entry in entries for new in for_podman(entry, desired.podman)]
    sections = {
        "Unit": _order(desired, role),
        "Container": known,
        "Service": _service(desired, role, container),
        "Install": [("WantedBy", desired.names.target)],
    }
    # What the web server reads can be read anew while it runs.
    configuration = desired.settings if role.reads == roles.SETTINGS else ""
    # The ID of a secret differs when it has got another value, and tells nothing of it.
    own = environment.own_secrets(desired.config, role)
    configuration += own_secrets.versions(
        desired.names, role, desired.settings, desired.secret_ids, own
    )
    revision = _revision(text(_head(desired), sections), configuration)
    sections["Container"] = [*known, ("Label", f"{REVISION}={revision}")]
    return text(_head(desired), sections)


def _revision(unit: str, configuration: str) -> str:
    """Return what tells a container of this unit and configuration from one of another."""
    return hashlib.sha256(f"{unit}{configuration}".encode()).hexdigest()[:12]


def _order(desired: Desired, role: Role) -> list[Entry]:
    names = desired.names

    def services(others: tuple[str, ...]) -> str:
        return " ".join(names.service(names.container(other)) for other in others)

    return [
        ("Description", f"Pulp {role.name}: {role.summary} (instance {names.instance})"),
        ("PartOf", names.target),
        *([("After", services(role.after))] if role.after else []),
        *([("Before", services(role.before))] if role.before else []),
        # A role whose database is away keeps trying; systemd must not give up on it.
        ("StartLimitIntervalSec", "0"),
    ]


def _identity(desired: Desired, role: Role, container: str) -> list[Entry]:
    return [
        ("ContainerName", container),
        # Pulp tells its processes apart by host name.
        ("HostName", container),
        ("Image", _image(desired, role)),
        ("Pull", "never"),
        ("Exec", guarded(role, _command(desired, role), desired.places)),
        *_labels(desired),
        ("Label", f"{LABEL}.role={role.name}"),
        *([("Label", f"{GENERATION}={desired.generation.number}")] if role.beside else []),
        ("LogDriver", "journald"),
    ]


def _command(desired: Desired, role: Role) -> list[str]:
    return [role.name, *arguments(role, desired.config, desired.memory)]


def _image(desired: Desired, role: Role) -> str:
    return desired.generation.platform if role.of_platform else desired.generation.image


def _confinement() -> list[Entry]:
    return [("ReadOnly", "true"), ("DropCapability", "all"), ("NoNewPrivileges", "true")]


def _network_of(desired: Desired, role: Role) -> list[Entry]:
    if not role.network:
        return [("Network", "none")]
    network = [("Network", f"{desired.names.network}.network")]
    if role.published:
        network.append(("PublishPort", f"{desired.config.port}:{WEB_PORT}"))
    return network


def _mounts(desired: Desired, role: Role) -> list[Entry]:
    mounts = [
        ("Volume", f"{_source(desired, item)}:{item.path}{_label(item)}") for item in role.volumes
    ]
    if role.reads:
        folder = WEB if role.reads == roles.SITE else str(desired.generation.number)
        mounts.append(("Volume", f"{desired.paths.etc / folder}:/etc/pulp:ro,z"))
    if role.beside:
        found = desired.config.mounts.items()
        mounts += [("Volume", _mount(mount, mounted.target(name, mount))) for name, mount in found]
    return mounts


def _mount(mount: Mount, path: str) -> str:
    # A disk that is plugged in below the folder later is seen too (rslave).
    return f"{mount.source}:{path}:{'ro' if mount.read_only else 'rw'},rslave"


def _label(volume: Volume) -> str:
    """Return the mount's option; with `z` podman labels each file at each start, if it has to."""
    return ":rw" if volume in roles.DATA else ":z"


def _source(desired: Desired, volume: Volume) -> str:
    named = f"{desired.names.volume(volume.name)}.volume"
    return host_folder(volume, desired.config) or named


def _secrets(desired: Desired, role: Role) -> list[Entry]:
    names, access = desired.names, f"uid={USER},gid={USER},mode=0400"
    ours = ((names.secret(name), name) for name in role.secrets)
    theirs = own_secrets.of_role(names, role, desired.settings, desired.secret_ids)
    return [
        ("Secret", f"{secret},type=mount,target={file},{access}")
        for secret, file in (*ours, *theirs)
    ] + [("Secret", value) for value in environment.secrets(names, desired.config, role)]


def _health(desired: Desired, role: Role) -> list[Entry]:
    if role.one_shot:
        return []
    command = role.health.format(
        api_root=desired.config.api_root,
        hostname=desired.config.hostname,
        generation=desired.generation.number,
    )
    return [
        ("HealthCmd", command),
        # Each check is a process of podman's: every 15 s, those of an idle instance took an eighth
        # of a core; every minute, with all else, half of that.
        ("HealthInterval", "60s"),
        ("HealthTimeout", "10s"),
        ("HealthRetries", "3"),
        # Ask often until the role is up, so that what waits for it does not wait longer.
        ("HealthStartupCmd", command),
        ("HealthStartupInterval", "1s"),
        ("HealthStartupTimeout", "10s"),
        ("Notify", "healthy"),
    ]


def _service(desired: Desired, role: Role, container: str) -> list[Entry]:
    limits = [
        ("TimeoutStartSec", role.start_timeout),
        ("TimeoutStopSec", str(stop_seconds(desired.config, role) + 30)),
    ]
    limits += at_shutdown(desired.config, role, container, desired.shutdown)
    if role.one_shot:
        return [("Type", "oneshot"), ("RemainAfterExit", "yes"), *limits]
    again = [("Restart", "always"), ("RestartSec", "2")]
    if role.reads == roles.SITE:
        # nginx reads its configuration anew and drops no connection.
        again.append(("ExecReload", f"podman kill --signal=HUP {desired.names.container('web')}"))
    return [*again, *limits]
