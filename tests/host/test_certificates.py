"""A remote behind a private authority: synced where curl would fetch, refused where it is wrong.

The kind: a newer Python in the image refuses what worked, and the advice is to verify nothing.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import ssl
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from tests.acceptance.client import StepFailed, unique
from tests.certificates import DAY, NOW, Authority, Signed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.acceptance.client import Pulp
    from tests.host.actor import Actor

pytestmark = [pytest.mark.host, pytest.mark.thorough]

OURS, OTHERS = Authority.named("company"), Authority.named("another")
ELSEWHERE = "192.0.2.1"
_STRICT = "\n[remotes]\nstrict_certificates = true\n"


class _Silent(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


@contextlib.contextmanager
def serving(address: str, signed: Signed, folder: Path) -> Iterator[str]:
    """Serve a repository of one file at an address of this machine."""
    content = unique("content").encode()
    (folder / "file").write_bytes(content)
    listed = f"file,{hashlib.sha256(content).hexdigest()},{len(content)}\n"
    (folder / "PULP_MANIFEST").write_text(listed, encoding="ascii")
    (folder / "server.pem").write_text(signed.pem, encoding="ascii")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    handler = functools.partial(_Silent, directory=str(folder))
    with ThreadingHTTPServer((address, 0), handler) as server:
        # Whom we do not please hangs up in the middle of the handshake, which is nothing to tell.
        server.handle_error = lambda *_: None  # type: ignore[method-assign]
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"https://{address}:{server.server_port}/PULP_MANIFEST"
        finally:
            server.shutdown()
            thread.join()


def sync(pulp: Pulp, url: str) -> str:
    """Sync from a remote with our authority, and return why that failed, or nothing."""
    name = unique("private")
    path = f"{pulp.client.folder()}/ca.pem"
    pulp.client.write(path, OURS.certificate)
    pulp("file", "remote", "create", "--name", name, "--url", url, "--ca-cert", f"@{path}")
    pulp("file", "repository", "create", "--name", name, "--remote", name)
    try:
        pulp("file", "repository", "sync", "--name", name)
    except StepFailed as failed:
        return str(failed)
    listed = pulp("file", "repository", "content", "list", "--repository", name)
    assert [item["relative_path"] for item in listed] == ["file"]
    return ""


@pytest.fixture
def config(actor: Actor) -> Iterator[str]:
    """Give the path of the config, whose content comes back in the end."""
    path = f"{actor.config_dir}/config.toml"
    before = actor.run("cat", path)
    yield path
    actor.run("tee", path, stdin=before)
    actor.launcher("start")


def test_a_private_authority_is_believed_and_nothing_else(
    actor: Actor, config: str, tmp_path: Path
) -> None:
    machine = f"{actor.host.address.rpartition('.')[0]}.1"
    cases = {
        "": OURS.server(machine),
        "unable to get local issuer certificate": OTHERS.server(machine),
        "IP address mismatch": OURS.server(ELSEWHERE),
        "certificate has expired": OURS.server(machine, NOW - DAY),
    }
    for why, signed in cases.items():
        with serving(machine, signed, tmp_path) as url:
            said = sync(actor.pulp(), url)
            assert why in said
            assert bool(why) == bool(said), said
    text = actor.run("cat", config)
    actor.run("tee", config, stdin=text + _STRICT)
    actor.launcher("start")
    with serving(machine, cases[""], tmp_path) as url:
        assert "CERTIFICATE_VERIFY_FAILED" in sync(actor.pulp(), url)
