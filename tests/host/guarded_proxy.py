"""A proxy on this machine that wants a password, and hosts that get out only through it."""

from __future__ import annotations

import base64
import contextlib
import select
import socket
import socketserver
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lab import Host

PASSWORD = "p@ss-canary-32"  # noqa: S105
SECONDS = 60
REFUSAL = (
    b"HTTP/1.1 407 Proxy Authentication Required\r\n"
    b'Proxy-Authenticate: Basic realm="proxy"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'
)
# Containers of root's go by the bridge, those of users and all programs by the host itself.
SHUT = """
nft -f - <<END
table inet only_the_proxy {
    chain output { type filter hook output priority 0; jump out; }
    chain forward { type filter hook forward priority 0; jump out; }
    chain out {
        ip daddr { 127.0.0.0/8, 10.0.0.0/16, 10.88.0.0/13, $1, $2 } accept
        meta nfproto ipv4 drop
    }
}
END
"""
OPEN = "nft delete table inet only_the_proxy"


@dataclass
class GuardedProxy:
    """What was asked for: the hosts that it led to, and how often it was asked by a stranger."""

    address: str
    hosts: set[str] = field(default_factory=set)
    strangers: list[str] = field(default_factory=list)

    def forget(self) -> None:
        self.hosts.clear()
        self.strangers.clear()


class _Handler(socketserver.BaseRequestHandler):
    seen: GuardedProxy

    def handle(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._serve()

    def _serve(self) -> None:
        head, rest = self._head()
        first, *lines = head.decode("latin-1").split("\r\n")
        verb, target, _ = first.split(" ", 2)
        given = [line for line in lines if line.lower().startswith("proxy-authorization:")]
        coded = base64.b64encode(f"kim:{PASSWORD}".encode()).decode()
        if not given or given[0].split(":", 1)[1].strip() != f"Basic {coded}":
            self.seen.strangers.append(target)
            self.request.sendall(REFUSAL)
            return
        parts = urlsplit(f"//{target}" if verb == "CONNECT" else target)
        self.seen.hosts.add(str(parts.hostname))
        with socket.create_connection((parts.hostname, parts.port or 80), SECONDS) as there:
            if verb == "CONNECT":
                self.request.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                there.sendall(rest)
            else:
                path = parts._replace(scheme="", netloc="").geturl() or "/"
                kept = [line for line in lines if not line.lower().startswith(("proxy-", "conn"))]
                ours = "\r\n".join([f"{verb} {path} HTTP/1.1", *kept, "Connection: close"])
                there.sendall(f"{ours}\r\n\r\n".encode("latin-1") + rest)
            self._pass(there)

    def _head(self) -> tuple[bytes, bytes]:
        said = b""
        while b"\r\n\r\n" not in said:
            more = self.request.recv(1 << 16)
            if not more:
                raise ValueError
            said += more
        head, _, rest = said.partition(b"\r\n\r\n")
        return head, rest

    def _pass(self, there: socket.socket) -> None:
        """Pass on what both say until one of them hangs up."""
        other = {self.request: there, there: self.request}
        while ready := select.select(list(other), [], [], SECONDS)[0]:
            for end in ready:
                said = end.recv(1 << 16)
                if not said:
                    return
                other[end].sendall(said)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


@contextlib.contextmanager
def guarded_proxy(machine: str) -> Iterator[GuardedProxy]:
    """Run the proxy at an address of this machine."""
    found = GuardedProxy("")

    class Handler(_Handler):
        seen = found

    with _Server((machine, 0), Handler) as server:
        coded = PASSWORD.replace("@", "%40")
        found.address = f"http://kim:{coded}@{machine}:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield found
        server.shutdown()


@contextlib.contextmanager
def shut_off(host: Host, machine: str) -> Iterator[None]:
    """Let nothing of a host out but to this machine."""
    host.run(["bash", "-euc", SHUT, "bash", machine, host.address])
    try:
        yield
    finally:
        host.run(["bash", "-euc", OPEN])
