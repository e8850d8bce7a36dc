"""What `[settings]` may say to Pulp, and what it may not, as the launcher says it itself."""

from __future__ import annotations

import math
import re
from typing import Any

from launcher.model.references import secret_of

API_ROOT = "/pulp/"
"""Where Pulp has its API unless a setting says another (Pulp, "API_ROOT")."""

CONTENT_PREFIX = "/pulp/content/"
"""Where Pulp has its content unless a setting says another (Pulp, "CONTENT_PATH_PREFIX")."""

OURS = {
    "DATABASES": "the database is a role of the instance",
    "DB_ENCRYPTION_KEY": "the key is a podman secret",
    "FILE_UPLOAD_TEMP_DIR": "each container has a folder of its own for temporary files",
    "REDIS_URL": "the cache is a role of the instance",
    "SECRET_KEY": "the key is a podman secret",
    "SECURE_SSL_REDIRECT": "let the proxy that speaks TLS send clients to https",
    "TASK_GRACE_INTERVAL": "set grace under [worker], which systemd has to know too",
    "WORKER_NAME_TEMPLATE": "the name of a process tells which container it is in",
    "WORKER_TYPE": "locks of tasks would be in the cache, which forgets",
    "WORKING_DIRECTORY": "each container has a folder of its own for temporary files",
}
"""Pulp settings that the launcher sets, and why the config may not."""

_NAME = re.compile(r"[A-Z][A-Z0-9_]*")
_PATHS = {"API_ROOT", "CONTENT_PATH_PREFIX"}
_URL_PATH = re.compile(r"/([A-Za-z0-9._~-]+/)*")
_SWITCHES = {"CACHE_ENABLED", "DOMAIN_ENABLED"}
_LISTS = {"ENABLED_PLUGINS"}


def check_settings(settings: dict[str, Any]) -> None:
    """Refuse settings that are ours, or that Pulp or the launcher can not read; ValueError."""
    for name, value in settings.items():
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no Pulp setting; they are in capital letters")
        if name in OURS:
            raise ValueError(f"{name} can not be set here: {OURS[name]}")
        _check_read(name, value)
        _check_plain(name, value)
    _check_apart(settings)


def _check_read(name: str, value: Any) -> None:
    """Refuse what the launcher, which reads these settings too, would not understand."""
    if name in _SWITCHES and not isinstance(value, bool):
        raise ValueError(f"{name} must be true or false, not {value!r}")
    plain = isinstance(value, list) and all(isinstance(item, str) for item in value)
    if name in _LISTS and not plain:
        raise ValueError(f"{name} must be a list of strings, not {value!r}")


def _check_plain(name: str, value: Any) -> None:
    """Refuse what has no plain Python literal, and paths that nginx would read as its own words."""
    if secret_of(value) is not None and name not in _PATHS:
        return
    if name in _PATHS and not _URL_PATH.fullmatch(str(value)):
        raise ValueError(f"{name} must be a path that starts and ends with '/', not {value!r}")
    if name == "CONTENT_PATH_PREFIX" and value in {"/", "/assets/"}:
        raise ValueError(f"{name} can not be {value!r}: the API, or its files, are there")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{name}: {value} can not be a Pulp setting")
    if isinstance(value, dict):
        for key, item in value.items():
            _check_plain(f"{name}.{key}", item)
    elif isinstance(value, list):
        for item in value:
            _check_plain(name, item)
    elif not isinstance(value, str | int | float | bool):
        raise ValueError(f"{name}: a {type(value).__name__} can not be a Pulp setting")  # noqa: TRY004


def _check_apart(settings: dict[str, Any]) -> None:
    """Refuse a prefix of the content below which the API would be, as web would not find that."""
    content = settings.get("CONTENT_PATH_PREFIX", CONTENT_PREFIX)
    api = f"{settings.get('API_ROOT', API_ROOT)}api/v3/"
    if api.startswith(content):
        raise ValueError(f"CONTENT_PATH_PREFIX can not be {content!r}: the API is at {api!r}")
