"""A package index of our own (PEP 503), as plain files over HTTP, that can be as bad as real ones.

One server has many indexes, each below a path of its own, so that every test has a fresh one. Each
has a service of advisories beside it.
"""

from __future__ import annotations

import base64
import json
import threading
from dataclasses import dataclass, field
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from packaging.utils import canonicalize_name

from tests.index.distributions import Release, sha256

if TYPE_CHECKING:
    from collections.abc import Iterable

_LONGEST_WAIT = 20
"""Seconds that the index which never answers makes its client wait at most."""


@dataclass
class File:
    """A file of the index; `hashed` is what its page says its content is."""

    name: str
    content: bytes
    release: Release
    hashed: str
    yanked: str | None = None


@dataclass
class Advisories:
    """A service that answers as OSV does; `ids` are those of its advisories by `name version`.

    `mood` is a status, `never`, or what it says in place of an answer. `page` is how many of them
    it gives at once.
    """

    ids: dict[str, tuple[str, ...]] = field(default_factory=dict)
    mood: int | str | None = None
    page: int = 100
    asked: list[Any] = field(default_factory=list)

    def answer(self, said: bytes) -> tuple[int, str, bytes]:
        if isinstance(self.mood, int):
            return self.mood, "text/plain", b"the service is not well"
        if self.mood is not None:
            return 200, "text/html", self.mood.encode()
        queries = json.loads(said)["queries"]
        self.asked.append(queries)
        text = json.dumps({"results": [self._result(**query) for query in queries]})
        return 200, "application/json", text.encode()

    def _result(self, package: dict[str, str], version: str, **on: str) -> dict[str, Any]:
        assert package["ecosystem"] == "PyPI"
        begin = int(on.get("page_token", 0))
        ids = self.ids.get(f"{package['name']} {version}", ())
        rest = {"next_page_token": str(begin + self.page)} if ids[begin + self.page :] else {}
        modified = "2026-11-22T10:00:00.123456Z"
        vulns = [{"id": one, "modified": modified} for one in ids[begin : begin + self.page]]
        return {**({"vulns": vulns} if vulns else {}), **rest}


@dataclass
class Index:
    """One index below `address`. `mood` is a status, `garbage` or `never`, for all it is asked.

    A `plain` one is what a folder of files gives: relative links, and no metadata beside a wheel;
    where it is not `hashed` its links tell no digest.
    """

    address: str
    files: dict[str, File] = field(default_factory=dict)
    mood: int | str | None = None
    credentials: tuple[str, str] | None = None
    asked: list[str] = field(default_factory=list)
    plain: bool = False
    hashed: bool = True
    advisories: Advisories = field(default_factory=Advisories)

    @property
    def service(self) -> str:
        return f"{self.address}/osv"

    @property
    def url(self) -> str:
        return f"{self.address}/simple/"

    def reset(self, releases: Iterable[Release]) -> None:
        """Be as new, with these releases."""
        self.files.clear()
        self.asked.clear()
        self.mood, self.credentials, self.plain, self.hashed = None, None, False, True
        self.advisories = Advisories()
        self.publish(releases)

    def publish(self, releases: Iterable[Release]) -> None:
        for release in releases:
            self.put(release.wheel_name, release.wheel(), release)

    def put(self, name: str, content: bytes, release: Release) -> None:
        self.files[name] = File(name, content, release, sha256(content))

    def put_sdist(self, release: Release, **how: Any) -> None:
        self.put(release.sdist_name, release.sdist(**how), release)

    def yank(self, name: str, reason: str) -> None:
        self.files[name].yanked = reason

    def downloads(self, name: str) -> int:
        """Tell how many times a whole file was asked for."""
        return self.asked.count(f"GET /files/{name}")

    def answer(self, path: str, authorization: str | None) -> tuple[int, str, bytes]:
        """Return the status, the content type and the content for a path."""
        if isinstance(self.mood, int):
            return self.mood, "text/plain", b"the index is not well"
        if self.mood == "garbage":
            return 200, "text/html", b"\x00\xff<<<<not a page"
        if self.credentials and authorization != self._authorization():
            return 401, "text/plain", b"who are you?"
        if path.startswith("/simple/"):
            return self._page(path.removeprefix("/simple/").strip("/"))
        return self._file(path.removeprefix("/files/"))

    def _authorization(self) -> str:
        assert self.credentials
        return f"Basic {base64.b64encode(':'.join(self.credentials).encode()).decode()}"

    def _page(self, project: str) -> tuple[int, str, bytes]:
        found = [
            file for file in self.files.values() if canonicalize_name(file.release.name) == project
        ]
        if not found:
            return 404, "text/plain", b"no such project"
        links = "\n".join(map(self._link, found))
        return 200, "text/html", f"<!DOCTYPE html><html><body>{links}</body></html>".encode()

    def _link(self, file: File) -> str:
        about = f' data-requires-python="{escape(file.release.python)}"'
        if file.yanked is not None:
            about += f' data-yanked="{escape(file.yanked)}"'
        if file.name.endswith(".whl") and not self.plain:
            about += f' data-dist-info-metadata="sha256={sha256(file.release.metadata.encode())}"'
        address = f"{'../..' if self.plain else self.address}/files/{file.name}"
        if self.hashed:
            address += f"#sha256={file.hashed}"
        return f'<a href="{address}"{about}>{file.name}</a><br>'

    def _file(self, name: str) -> tuple[int, str, bytes]:
        wheel = name.removesuffix(".metadata")
        if wheel not in self.files or (self.plain and wheel != name):
            return 404, "text/plain", b"no such file"
        file = self.files[wheel]
        content = file.content if wheel == name else file.release.metadata.encode()
        return 200, "application/octet-stream", content


class Server:
    """An HTTP server on a free port of this machine, in a thread."""

    def __init__(self) -> None:
        self.indexes: dict[str, Index] = {}
        self.as_proxy: str | None = None
        """The name and password that a client has to have which takes us for its proxy."""
        self.over = threading.Event()
        server = self

        class Handler(_Handler):
            site = server

        self._http = _Quiet(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,))
        self._thread.start()
        self.address = f"http://127.0.0.1:{self._http.server_port}"

    def index(self, releases: Iterable[Release] = ()) -> Index:
        """Return a new index with these releases."""
        name = f"index{len(self.indexes)}"
        index = Index(f"{self.address}/{name}")
        index.publish(releases)
        self.indexes[name] = index
        return index

    def close(self) -> None:
        self.over.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


class _Quiet(ThreadingHTTPServer):
    """Clients that hang up are no news."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # One packet an answer: else the client's delayed acknowledgement costs 40 ms each.
    wbufsize = -1
    disable_nagle_algorithm = True
    site: Server

    def do_GET(self) -> None:
        self._answer(with_content=True)

    def do_HEAD(self) -> None:
        self._answer(with_content=False)

    def do_POST(self) -> None:
        said = self.rfile.read(int(self.headers["Content-Length"]))
        index, path = self._index()
        if path != "osv/v1/querybatch":
            self._write(404, "text/plain", b"no such service")
        elif index.advisories.mood == "never":
            self.site.over.wait(_LONGEST_WAIT)
            self.close_connection = True
        else:
            self._write(*index.advisories.answer(said))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass

    def _index(self) -> tuple[Index, str]:
        # A client that takes us for its proxy names the host too.
        asked = self.path.partition("://")[2].partition("/")[2] or self.path.removeprefix("/")
        name, _, path = asked.partition("/")
        return self.site.indexes.get(name) or Index(""), path

    def _is_let_through(self) -> bool:
        wanted = self.site.as_proxy
        if wanted is None or "://" not in self.path:
            return True
        coded = base64.b64encode(wanted.encode()).decode()
        return self.headers["Proxy-Authorization"] == f"Basic {coded}"

    def _answer(self, *, with_content: bool) -> None:
        index, path = self._index()
        if not self._is_let_through():
            self._write(407, "text/plain", b"who are you?")
            return
        index.asked.append(f"{self.command} /{path}")
        if index.mood == "never":
            self.site.over.wait(_LONGEST_WAIT)
            self.close_connection = True
            return
        self._write(
            *index.answer(f"/{path}", self.headers["Authorization"]), with_content=with_content
        )

    def _write(self, status: int, kind: str, content: bytes, *, with_content: bool = True) -> None:
        self.send_response(status)
        if status == 401:
            self.send_header("WWW-Authenticate", 'Basic realm="index"')
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        if with_content:
            self.wfile.write(content)
