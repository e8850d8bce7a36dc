from __future__ import annotations

from pathlib import Path


def _secret(name: str) -> str:
    return Path("/run/secrets", name).read_text().rstrip("\n")


_ORIGIN = "http://localhost:8080"

SECRET_KEY = _secret("django-key")
DB_ENCRYPTION_KEY = "/run/secrets/field-key"

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": "/run/pulp",
        "NAME": "pulp",
        "USER": "pulp",
        "PASSWORD": _secret("db-password"),
        "CONN_MAX_AGE": 0,
    }
}

CACHE_ENABLED = True
REDIS_URL = "unix:///run/pulp/cache.sock?db=0"

CONTENT_ORIGIN = _ORIGIN

# Twice the timeout of the API's web server: before pulpcore 3.106, a process that is busy for
# longer is taken for gone. Leave it out with newer ones.
API_APP_TTL = 3600

# Of the plugins pulp_ansible, pulp_python and pulp_container.
ANSIBLE_API_HOSTNAME = _ORIGIN
ANSIBLE_CONTENT_HOSTNAME = f"{_ORIGIN}/pulp/content"
PYPI_API_HOSTNAME = _ORIGIN
TOKEN_SERVER = f"{_ORIGIN}/token/"
TOKEN_SIGNATURE_ALGORITHM = "ES256"  # noqa: S105
PRIVATE_KEY_PATH = "/run/secrets/token-private-key"
PUBLIC_KEY_PATH = "/run/secrets/token-public-key"
