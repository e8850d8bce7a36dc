"""Pulp's settings file, `/etc/pulp/settings.py` in the containers.

Secrets are read from their files when Pulp starts; their values are never in this text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from launcher.model.catalogue import Catalogue
    from launcher.model.config import Config

_HEAD = """\
# Written by pulp-launcher; the place to change settings is config.toml.
from pathlib import Path
from urllib.parse import quote

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


def settings(config: Config, catalogue: Catalogue, plugins: tuple[str, ...]) -> str:
    """Return the file: secrets, what is derived, what plugins want, what the config says."""
    derived: dict[str, Any] = {
        "CACHE_ENABLED": True,
        "CONTENT_ORIGIN": config.origin,
        "TASK_GRACE_INTERVAL": config.worker.grace,
        **catalogue.settings(plugins, config),
    }
    values = derived | config.settings
    lines = [f"{name} = {value!r}\n" for name, value in sorted(values.items())]
    return _HEAD + "\n" + "".join(lines)
