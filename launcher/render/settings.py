"""Pulp's settings file, `/etc/pulp/settings.py` in the containers.

Secrets are read from their files when Pulp starts; their values are never in this text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from launcher.model.requirement import BUILT_IN

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


def settings(
    config: Config, catalogue: Catalogue, plugins: tuple[str, ...], off: tuple[str, ...] = ()
) -> str:
    """Return the file: secrets, what is derived, what plugins want, what the config says.

    `plugins` are those of the image, `off` those of them that Pulp shall not load.
    """
    derived: dict[str, Any] = {
        "CACHE_ENABLED": True,
        "CONTENT_ORIGIN": config.origin,
        "TASK_GRACE_INTERVAL": config.worker.grace,
        **catalogue.settings(plugins, config),
        **_enabled(plugins, off),
    }
    values = derived | config.settings
    lines = [f"{name} = {value!r}\n" for name, value in sorted(values.items())]
    return _HEAD + "\n" + "".join(lines)


def _enabled(plugins: tuple[str, ...], off: tuple[str, ...]) -> dict[str, Any]:
    """Return what loads only some plugins; without the setting Pulp loads all that there are.

    Pulp knows a plugin by the name of its entry point, which is that of its module.
    """
    if not set(off) & set(plugins):
        return {}
    names = sorted({*BUILT_IN, *plugins} - set(off))
    return {"ENABLED_PLUGINS": [name.replace("-", "_") for name in names]}
