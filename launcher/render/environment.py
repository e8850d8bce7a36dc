"""The environment of a role's processes: what its scripts want, and what the config says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from launcher.model import roles
from launcher.model.environment import of_role
from launcher.model.references import secret_of
from launcher.render import certificates
from launcher.render.stopping import stop_seconds
from launcher.render.unit import Entry, quoted

if TYPE_CHECKING:
    from launcher.model.config import Config
    from launcher.model.names import Names
    from launcher.model.roles import Role


def entries(config: Config, role: Role, container: str, generation: int) -> list[Entry]:
    """Return a unit's variables that are no secrets."""
    scratch = f"TMPDIR={roles.SCRATCH}/{container}"
    ours = [*([scratch] if roles.CONTENT in role.volumes else [])]
    ours += [*certificates.environment(config, role), *_gunicorn(config, role, generation)]
    values = [quoted(variable) for variable in _plain(config, role)]
    return [("Environment", value) for value in (*ours, *values)]


def options(config: Config, role: Role) -> list[str]:
    """Return podman's options for the config's variables that are no secrets."""
    return [f"--env={variable}" for variable in _plain(config, role)]


def secrets(names: Names, config: Config, role: Role) -> list[str]:
    """Return the config's variables that are secrets, as podman names a secret of a container."""
    found = _secrets(config, role)
    return [f"{names.own_secret(name)},type=env,target={key}" for key, name in found.items()]


def own_secrets(config: Config, role: Role) -> tuple[str, ...]:
    """Return the names of the administrator's secrets in a role's variables."""
    return tuple(sorted(set(_secrets(config, role).values())))


def _plain(config: Config, role: Role) -> list[str]:
    found = of_role(config.environment, role.name).items()
    return [f"{key}={value}" for key, value in found if secret_of(value) is None]


def _secrets(config: Config, role: Role) -> dict[str, str]:
    """Return the name of the secret that each variable refers to."""
    found = of_role(config.environment, role.name).items()
    return {key: name for key, value in found if (name := secret_of(value)) is not None}


def _gunicorn(config: Config, role: Role, generation: int) -> list[str]:
    if role.name not in {"api", "content"}:
        return []
    served = config.api if role.name == "api" else config.content
    prefix = f"PULP_{role.name.upper()}"
    socket = f"unix:/run/pulp/{role.name}-{generation}.sock"
    return [
        f"{prefix}_WORKERS={served.processes}",
        f"{prefix}_BIND={socket}",
        f"{prefix}_GRACE={stop_seconds(config, role) - 5}",
        f"{prefix}_TIMEOUT={served.timeout}",
        f"{prefix}_MAX_REQUESTS={served.max_requests}",
        f"{prefix}_MAX_REQUESTS_JITTER={served.max_requests_jitter}",
    ]
