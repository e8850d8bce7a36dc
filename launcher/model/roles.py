"""The roles: what a container of the image does, as a table.

To add a role, add a row here and its script in `containers/roles/`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Volume:
    """A named volume, or the host folder of the same name in the config's `[storage]`."""

    name: str
    path: str


SOCKETS = Volume("run", "/run/pulp")
CONTENT = Volume("pulp", "/var/lib/pulp")
DATABASE = Volume("database", "/var/lib/pgsql")
BUFFERS = Volume("web", "/var/lib/nginx")

SCRATCH = "/var/lib/pulp/scratch"
"""Where each container of Pulp has a folder for temporary files, on the disk of the content."""

VOLUMES = (SOCKETS, CONTENT, DATABASE, BUFFERS)
DATA = (CONTENT, DATABASE)
"""What can not be made again, and may be millions of files."""

SETTINGS = "settings.py"
SITE = "site.conf"
"""The files below `/etc/pulp` that depend on the instance."""

DJANGO_KEY = "django-key"
FIELD_KEY = "field-key"
DB_PASSWORD = "db-password"  # noqa: S105
ADMIN_PASSWORD = "admin-password"  # noqa: S105
TOKEN_PRIVATE_KEY = "token-private-key"  # noqa: S105
TOKEN_PUBLIC_KEY = "token-public-key"  # noqa: S105

_PULP_SECRETS = (DJANGO_KEY, FIELD_KEY, DB_PASSWORD, TOKEN_PRIVATE_KEY, TOKEN_PUBLIC_KEY)


@dataclass(frozen=True)
class Role:
    """How a role runs.

    `health` is the command of the health check; `{api_root}` and `{hostname}` in it come
    from the config, `{generation}` is its number. `after` and `before` are start order only: no
    role is stopped because another stopped. Timeouts are in seconds; a `stop_timeout` of None is
    the config's grace for running tasks. `reads` is the file below `/etc/pulp` that the role reads.
    A role that is `beside` has containers of its own for each generation, so that those of two
    can stand side by side; of any other there is one, whatever generation serves. One that `signs`
    gets the signing keys.
    """

    name: str
    summary: str
    volumes: tuple[Volume, ...]
    secrets: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    health: str = ""
    stop_signal: str = "SIGTERM"
    stop_timeout: int | None = 30
    start_timeout: str = "300"
    network: bool = False
    published: bool = False
    reads: str = ""
    beside: bool = False
    signs: bool = False

    @property
    def one_shot(self) -> bool:
        return not self.health

    @property
    def of_platform(self) -> bool:
        """Whether it needs nothing of the Python environment, so that a new one is no matter."""
        return not self.beside and not self.one_shot


def _curl(socket: str, url: str, *options: str) -> str:
    return " ".join(("curl -fsS -o /dev/null", *options, f"--unix-socket {socket} {url}"))


ROLES = (
    Role(
        "db",
        "PostgreSQL",
        volumes=(SOCKETS, DATABASE),
        secrets=(DB_PASSWORD,),
        health="pg_isready -q -h /run/pulp -U pulp -d pulp",
        # SIGINT is PostgreSQL's fast shutdown; SIGTERM would wait for every client to leave.
        stop_signal="SIGINT",
        stop_timeout=120,
        # A crash recovery may take long, and begins anew when it is cut short.
        start_timeout="3600",
    ),
    Role(
        "cache",
        "Valkey",
        volumes=(SOCKETS,),
        health="valkey-cli -s /run/pulp/cache.sock ping",
    ),
    Role(
        "migrate",
        "database migrations, once for each new image",
        volumes=(SOCKETS, CONTENT),
        secrets=(*_PULP_SECRETS, ADMIN_PASSWORD),
        after=("db", "cache"),
        # Migrations of a large database take hours; nothing may end them half way.
        start_timeout="infinity",
        reads=SETTINGS,
    ),
    Role(
        "api",
        "REST API",
        volumes=(SOCKETS, CONTENT),
        secrets=_PULP_SECRETS,
        after=("db", "cache", "migrate"),
        before=("web",),
        # Before pulpcore 3.52 there is no livez.
        health=" || ".join(
            _curl(
                "/run/pulp/api-{generation}.sock", f"http://{{hostname}}{{api_root}}api/v3/{path}/"
            )
            for path in ("livez", "status")
        ),
        network=True,
        reads=SETTINGS,
        beside=True,
    ),
    Role(
        "content",
        "content server",
        volumes=(SOCKETS, CONTENT),
        secrets=_PULP_SECRETS,
        after=("db", "cache", "migrate"),
        before=("web",),
        # Any answer but its own failure: settings move where there is something, or for whom.
        # Without quotes, as podman's generator takes one off that stands at the end.
        health="curl -sSI --unix-socket /run/pulp/content-{generation}.sock http://{hostname}/ | "
        "grep -q ^HTTP/1.1.[1-4]",
        # Downloads that are under way get the same time as tasks.
        stop_timeout=None,
        network=True,
        reads=SETTINGS,
        beside=True,
    ),
    Role(
        "worker",
        "task worker",
        volumes=(SOCKETS, CONTENT),
        secrets=_PULP_SECRETS,
        after=("db", "cache", "migrate"),
        health="health-worker",
        signs=True,
        # SIGINT lets a task run for TASK_GRACE_INTERVAL; SIGTERM would wait for it without end.
        stop_signal="SIGINT",
        stop_timeout=None,
        network=True,
        reads=SETTINGS,
        beside=True,
    ),
    Role(
        "web",
        "nginx, the one published port",
        volumes=(SOCKETS, BUFFERS),
        health=_curl("/tmp/health.sock", "http://web/"),  # noqa: S108
        stop_signal="SIGQUIT",
        network=True,
        published=True,
        reads=SITE,
    ),
)

SECRETS = (*_PULP_SECRETS, ADMIN_PASSWORD)
NAMES = tuple(role.name for role in ROLES)


def role(name: str) -> Role:
    """Return the role of that name; raises KeyError."""
    return {item.name: item for item in ROLES}[name]
