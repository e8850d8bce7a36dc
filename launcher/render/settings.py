"""Pulp's settings file, `/etc/pulp/settings.py` in the containers.

Secrets are read from their files when Pulp starts; their values are never in this text.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from packaging.version import Version

from launcher.model.pulp_settings import API_ROOT
from launcher.model.references import secret_of
from launcher.model.requirement import BUILT_IN
from launcher.render.own_secrets import reading

if TYPE_CHECKING:
    from launcher.model.catalogue import Catalogue
    from launcher.model.config import Config

_HEAD = """\
# Written by pulp-launcher; the place to change settings is config.toml.
from pathlib import Path

_secrets = Path("/run/secrets")

SECRET_KEY = (_secrets / "django-key").read_text()
DB_ENCRYPTION_KEY = str(_secrets / "field-key")
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": "/run/pulp",
        "NAME": "pulp",
        "USER": "pulp",
        "PASSWORD": (_secrets / "db-password").read_text(),
        "CONN_MAX_AGE": 0,
    }
}
REDIS_URL = "unix:///run/pulp/cache.sock"
"""


_DERIVED = (
    "API_APP_TTL",
    "CACHE_ENABLED",
    "CONTENT_ORIGIN",
    "TASK_GRACE_INTERVAL",
    "ENABLED_PLUGINS",
)
_BEATS_ALWAYS = Version("3.106")
"""From this pulpcore on a process of the API beats too while it answers a request."""

_VALUE = re.compile(r"^([A-Z][A-Z0-9_]*) = (.*)$", re.MULTILINE)
_APPLIED = re.compile(
    r"^(API_ROOT|ENABLED_PLUGINS|CACHE_ENABLED|DOMAIN_ENABLED) = (.*)$", re.MULTILINE
)


@dataclass(frozen=True)
class Applied:
    """What the answers of a Pulp depend on that has read a settings file.

    `enabled` are the modules of the plugins that it loads; None stands for all. `cached` is whether
    it uses the cache, `domains` whether it has domains.
    """

    api_root: str
    enabled: tuple[str, ...] | None
    cached: bool = True
    domains: bool = False

    def loads(self, plugin: str) -> bool:
        return self.enabled is None or _module(plugin) in self.enabled


def applied(text: str) -> Applied:
    """Read a settings file again, as the config may have been changed since."""
    found = {name: ast.literal_eval(value) for name, value in _APPLIED.findall(text)}
    enabled = found.get("ENABLED_PLUGINS")
    return Applied(
        str(found.get("API_ROOT", API_ROOT)),
        None if enabled is None else tuple(enabled),
        cached=bool(found.get("CACHE_ENABLED", True)),
        domains=bool(found.get("DOMAIN_ENABLED")),
    )


def settings(
    config: Config,
    catalogue: Catalogue,
    plugins: tuple[str, ...],
    off: tuple[str, ...] = (),
    core: str = "",
) -> str:
    """Return the file: secrets, what is derived, what plugins want, what the config says.

    `plugins` are those of the image, `off` those of them that Pulp shall not load, `core` is the
    version of pulpcore.
    """
    derived: dict[str, Any] = {
        "CACHE_ENABLED": True,
        "CONTENT_ORIGIN": config.origin,
        "TASK_GRACE_INTERVAL": config.worker.grace,
        **_time_to_live(config, core),
        **catalogue.settings(plugins, config),
        **_enabled(plugins, off),
    }
    values = derived | config.settings
    lines = [f"{name} = {_literal(value)}\n" for name, value in sorted(values.items())]
    return _HEAD + "\n" + "".join(lines)


def _time_to_live(config: Config, core: str) -> dict[str, Any]:
    """Return how long an older pulpcore waits for a process that is busy with one request.

    It calls such a process gone after two minutes, and lets the whole API end for it.
    """
    beats = not core or Version(core) >= _BEATS_ALWAYS
    return {} if beats else {"API_APP_TTL": 2 * config.api.timeout}


def own_values(
    text: str, config: Config, catalogue: Catalogue, plugins: tuple[str, ...]
) -> dict[str, Any] | None:
    """Return what of a settings file was [settings] in config.toml, as far as it can be told.

    None stands for a file with more in it than plain values.
    """
    derived = {*_DERIVED, *catalogue.settings(plugins, config)}
    found = _VALUE.findall(text.removeprefix(_HEAD))
    try:
        return {name: ast.literal_eval(value) for name, value in found if name not in derived}
    except ValueError:
        return None


def _literal(value: Any) -> str:
    """Return a value as Python writes it; a secret is read from its file."""
    secret = secret_of(value)
    if secret is not None:
        return reading(secret)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key!r}: {_literal(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_literal, value)) + "]"
    return repr(value)


def _enabled(plugins: tuple[str, ...], off: tuple[str, ...]) -> dict[str, Any]:
    """Return what loads only some plugins; without the setting Pulp loads all that there are."""
    if not set(off) & set(plugins):
        return {}
    names = sorted({*BUILT_IN, *plugins} - set(off))
    return {"ENABLED_PLUGINS": [_module(name) for name in names]}


def _module(plugin: str) -> str:
    """Return the name by which Pulp knows a plugin: that of its entry point, as of its module."""
    return plugin.replace("-", "_")
