"""The config, `config.toml`: how the instance runs on this host."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, Field, field_validator, model_validator

from launcher.model.database import Database
from launcher.model.environment import check_environment
from launcher.model.folder import Folder, nested
from launcher.model.mounts import Mount, check_mounts, check_paths
from launcher.model.pulp_settings import API_ROOT, CONTENT_PREFIX, check_settings
from launcher.model.toml import Table
from launcher.model.web import Web

# Django, and so Pulp, answers 400 for a name with an underscore (django.http.request).
_HOSTNAME = re.compile(r"(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9-]+)*")


def _hostname(text: str) -> str:
    if not _HOSTNAME.fullmatch(text):
        raise ValueError(f"{text!r} is not a host name or IPv4 address")
    return text


_RECYCLED = "Requests after which a process is replaced by a new one; 0 is never."
_JITTER = "Up to how many more requests, so that the processes are not replaced at once."


class Api(Table):
    """The API: several processes in one container; each answers one request at a time."""

    # No threads and no other class of gunicorn's workers: `pulpcore-api` enforces its own.

    processes: int = Field(default=2, ge=1, le=64, description="How many gunicorn processes.")
    timeout: int = Field(
        default=1800,
        ge=30,
        le=86400,
        description="Seconds that a request may take before its process is killed. An upload "
        "is written to disk more than once in that time.",
    )
    max_requests: int = Field(default=10000, ge=0, description=_RECYCLED)
    max_requests_jitter: int = Field(default=500, ge=0, description=_JITTER)


class Content(Table):
    """The content server: several processes in one container, each with many downloads."""

    processes: int = Field(default=2, ge=1, le=64, description="How many gunicorn processes.")
    timeout: int = Field(
        default=90,
        ge=30,
        le=86400,
        description="Seconds without a sign of life before a process is killed, and without a "
        "byte for the client before a download is given up.",
    )
    max_requests: int = Field(default=0, ge=0, description=_RECYCLED)
    max_requests_jitter: int = Field(default=0, ge=0, description=_JITTER)


class Workers(Table):
    """The workers: one unit each."""

    count: int = Field(default=2, ge=1, le=64, description="How many workers run.")
    grace: int = Field(
        default=600,
        ge=10,
        le=86400,
        description="Seconds that a running task gets to end when its worker is stopped.",
    )


class Remotes(Table):
    """The servers that Pulp connects to: those of remotes, object storage and the like."""

    strict_certificates: bool = Field(
        default=False,
        description="Whether certificates must follow RFC 5280 in every detail, as Python 3.13 "
        "demands; otherwise what curl accepts is accepted. Certificates are verified in either "
        "case.",
    )


class Generations(Table):
    """What is kept of earlier builds."""

    keep: int = Field(default=3, ge=1, description="How many generations stay, with their images.")


class Storage(Table):
    """Where data lies; an empty value is a named podman volume."""

    pulp: Folder = Field(default="", description="Host folder for content and uploads.")
    database: Folder = Field(default="", description="Host folder for the database.")

    @model_validator(mode="after")
    def _apart(self) -> Storage:
        if self.pulp and self.database and nested(self.pulp, self.database):
            raise ValueError("pulp and database must not be in one another")
        return self


def _command(words: tuple[str, ...]) -> tuple[str, ...]:
    program = words[0] if words else "-"
    if not program.strip() or ("/" in program and not program.startswith("/")):
        raise ValueError(f"{program!r} is neither the absolute path of a program nor its name")
    if any("\0" in word for word in words):
        raise ValueError("a command can not have a null character in it")
    return words


Command = Annotated[tuple[str, ...], Field(strict=False), AfterValidator(_command)]
"""A program and its arguments; it runs without a shell. TOML's lists become tuples."""


class Hooks(Table):
    """Commands of your own, as lists with the program first; an empty list is none."""

    success: Command = Field(
        default=(), description="Run after a build or a switch that ended well."
    )
    failure: Command = Field(
        default=(), description="Run when a build or a switch failed or was refused."
    )


class Config(Table):
    """The whole file."""

    hostname: Annotated[str, AfterValidator(_hostname)] = Field(
        description="The name that clients use; every address that Pulp hands out has it."
    )
    port: int = Field(default=8080, ge=1, le=65535, description="The one published port.")
    api: Api = Api()
    content: Content = Content()
    worker: Workers = Workers()
    web: Web = Web()
    database: Database = Database()
    remotes: Remotes = Remotes()
    storage: Storage = Storage()
    mounts: dict[str, Mount] = Field(
        default={}, description="Folders of the host that Pulp may use, by name."
    )
    generations: Generations = Generations()
    hooks: Hooks = Hooks()
    environment: dict[str, Any] = Field(
        default={},
        description="Variables for the processes of api, content, the workers and migrate, by "
        "name; for one role alone in a table of its name, such as [environment.worker]. A value "
        'is a string, or { from-secret = "NAME" }.',
    )
    settings: dict[str, Any] = Field(
        default={},
        description="Pulp settings, by name, as in Pulp's documentation; in place of any value, "
        'also a nested one, may stand { from-secret = "NAME" }.',
    )

    @field_validator("environment")
    @classmethod
    def _environment(cls, environment: dict[str, Any]) -> dict[str, Any]:
        check_environment(environment)
        return environment

    @field_validator("settings")
    @classmethod
    def _settings(cls, settings: dict[str, Any]) -> dict[str, Any]:
        check_settings(settings)
        return settings

    @model_validator(mode="after")
    def _mounts(self) -> Config:
        check_mounts(self.mounts, (self.storage.pulp, self.storage.database))
        check_paths(self.settings, self.mounts)
        return self

    @property
    def origin(self) -> str:
        """The address of the instance, without a slash at its end."""
        return f"http://{self.hostname}" + ("" if self.port == 80 else f":{self.port}")  # noqa: PLR2004

    @property
    def api_root(self) -> str:
        return str(self.settings.get("API_ROOT", API_ROOT))

    @property
    def content_prefix(self) -> str:
        return str(self.settings.get("CONTENT_PATH_PREFIX", CONTENT_PREFIX))


TEMPLATE = """\
# How this Pulp runs on this host. After a change: pulp-launcher start
# Every key is described in docs/reference/config.md.

# The name that clients use; every address that Pulp hands out has it.
hostname = {hostname}
# The one port that is published.
port = {port}

[api]
processes = 2

[content]
processes = 2

[worker]
# One unit each; a worker runs one task at a time and wants one processor core.
count = 2
# Seconds that a running task gets to end when its worker is stopped.
grace = 600

[database]
# PostgreSQL gets its share of this host's memory, or of one that you name, like "8GB".
memory = ""

[storage]
# An empty value is a named podman volume; an absolute path is a folder of this host.
pulp = ""
database = ""

# Folders of this host, like a disk for exports; in the containers it is /mnt/transfer:
# [mounts.transfer]
# source = "/srv/transfer"

[generations]
# How many builds stay, with their images.
keep = 3

[hooks]
# Commands to run when a build or a switch has ended, like ["/usr/local/bin/tell", "--now"]
success = []
failure = []

# Variables of the environment of Pulp's processes; [environment.worker] is for the workers alone:
# [environment]
# OTEL_EXPORTER_OTLP_ENDPOINT = "http://collector.example.com:4318"

# Pulp settings, by name, as in Pulp's documentation: ANALYTICS = false
# A secret is given with pulp-launcher secret set smtp, and stands here by its name:
# EMAIL_HOST_PASSWORD = {{ from-secret = "smtp" }}
[settings]
"""
"""A new config; `hostname` is a TOML string, `port` a number."""
