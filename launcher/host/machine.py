"""What this machine is: its user, name, ports, certificates."""

from __future__ import annotations

import os
import pwd
import socket
from pathlib import Path

import psutil

_BUNDLES = (
    Path("/etc/ssl/certs/ca-certificates.crt"),
    Path("/etc/pki/tls/certs/ca-bundle.crt"),
    Path("/etc/ssl/ca-bundle.pem"),
)
_GROUPS = Path("/sys/fs/cgroup")
PRIVILEGED_PORTS = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")


def variable(name: str) -> str:
    """Return a variable of the environment that we were called in, empty where it is not set."""
    return os.environ.get(name, "")


def user_id() -> int:
    return os.geteuid()


def user_name() -> str:
    return pwd.getpwuid(os.geteuid()).pw_name


def processors() -> int:
    """Return how many processor cores we may use."""
    return len(os.sched_getaffinity(0))


def memory() -> int:
    """Return how many bytes of memory this host, or the container that we are in, has."""
    own = _own_group()
    files = [folder / "memory.max" for folder in (own, *own.parents)]
    limits = [file.read_text("ascii").strip() for file in files if file.is_file()]
    return min([psutil.virtual_memory().total, *(int(text) for text in limits if text.isdigit())])


def _own_group() -> Path:
    """Return the folder of the control group that we are in."""
    lines = Path("/proc/self/cgroup").read_text("utf-8").splitlines()
    (path,) = [line.partition("::/")[2] for line in lines if line.startswith("0::/")][:1] or [""]
    return _GROUPS / path


def hostname() -> str:
    """Return the name that others know this machine by, as far as it knows it itself."""
    return socket.getfqdn().rstrip(".") or "localhost"


def ca_bundle() -> Path | None:
    """Return the certificates that this host trusts, which may include a company's own."""
    named = os.environ.get("SSL_CERT_FILE")
    candidates = (Path(named), *_BUNDLES) if named else _BUNDLES
    return next((path for path in candidates if path.is_file()), None)


def listener(port: int) -> str | None:
    """Return who listens on a TCP port: the program, or 'a program of another user', or None."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("0.0.0.0", port))  # noqa: S104
        except PermissionError:
            return None
        except OSError:
            return _program_on(port)
    return None


def privileged(port: int) -> bool:
    """Tell whether this user may not listen on a port."""
    return user_id() != 0 and port < int(PRIVILEGED_PORTS.read_text(encoding="ascii"))


def _program_on(port: int) -> str:
    for connection in psutil.net_connections(kind="tcp"):
        if connection.status == psutil.CONN_LISTEN and connection.laddr[1:] == (port,):
            if connection.pid is None:
                break
            return f"{psutil.Process(connection.pid).name()} (process {connection.pid})"
    return "a program of another user"
