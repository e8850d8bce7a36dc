"""What a private authority signed is accepted as by other programs; what is wrong is refused.

The kind: a newer Python refuses what worked, and the advice is to verify nothing.
"""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import requests

from launcher.host import fetch, machine
from launcher.model.config import Config
from launcher.model.roles import ROLES
from launcher.render.certificates import STRICT, environment
from tests.certificates import DAY, NOW, Authority, Signed

if TYPE_CHECKING:
    from collections.abc import Iterator

MODULE = Path(__file__).resolve().parents[2] / "containers/python"
HERE, ELSEWHERE = "127.0.0.1", "127.0.0.2"
OURS, OTHERS = Authority.named("company"), Authority.named("another")

# As ssl.create_default_context() has done it since Python 3.13, and urllib3 since 2.4.
CONNECT = """
import usual_certificates, socket, ssl, sys
context = ssl.create_default_context(cafile=sys.argv[1])
context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN | ssl.VERIFY_X509_STRICT
with socket.create_connection(("127.0.0.1", int(sys.argv[2]))) as plain:
    context.wrap_socket(plain, server_hostname="127.0.0.1").close()
"""


@contextlib.contextmanager
def serving(signed: Signed, folder: Path) -> Iterator[int]:
    """Be a server with that certificate, and give its port."""
    file = folder / "server.pem"
    file.write_text(signed.pem, encoding="ascii")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    with socket.create_server((HERE, 0)) as listening:

        def answer() -> None:
            with contextlib.suppress(OSError):
                while True:
                    plain, _ = listening.accept()
                    with (
                        contextlib.suppress(OSError),
                        context.wrap_socket(plain, server_side=True) as client,
                    ):
                        client.recv(1)
                        client.sendall(b"HTTP/1.1 204 Well\r\nConnection: close\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()


def connect(signed: Signed, folder: Path, **environment: str) -> str:
    """Connect as Pulp's Python does, and return why that was refused, or nothing."""
    (folder / "ca.pem").write_text(OURS.certificate, encoding="ascii")
    with serving(signed, folder) as port:
        argv = [sys.executable, "-B", "-c", CONNECT, str(folder / "ca.pem"), str(port)]
        variables = os.environ | {"PYTHONPATH": str(MODULE)} | environment
        done = subprocess.run(argv, env=variables, capture_output=True, text=True, check=False)
    assert bool(done.returncode) == bool(done.stderr)
    return done.stderr


def test_what_a_private_authority_signed_is_accepted(tmp_path: Path) -> None:
    assert connect(OURS.server(HERE), tmp_path) == ""


def test_strict_is_as_python_has_it(tmp_path: Path) -> None:
    name, _, value = STRICT.partition("=")
    said = connect(OURS.server(HERE), tmp_path, **{name: value})
    assert "CERTIFICATE_VERIFY_FAILED" in said


WRONG = {
    "unable to get local issuer certificate": OTHERS.server(HERE),
    "IP address mismatch": OURS.server(ELSEWHERE),
    "certificate has expired": OURS.server(HERE, NOW - DAY),
}


@pytest.mark.parametrize("why", WRONG)
def test_what_is_wrong_is_refused(why: str, tmp_path: Path) -> None:
    assert why in connect(WRONG[why], tmp_path)


def test_python_finds_the_module_at_its_start() -> None:
    (line,) = (MODULE / "usual_certificates.pth").read_text("ascii").splitlines()
    assert line == f"import {(MODULE / 'usual_certificates.py').stem}"


@pytest.mark.parametrize("strict", [True, False])
def test_the_config_says_it_to_those_that_connect(strict: bool) -> None:  # noqa: FBT001
    config = Config.model_validate(
        {"hostname": "pulp.example.com", "remotes": {"strict_certificates": strict}}
    )
    told = {role.name for role in ROLES if STRICT in environment(config, role)}
    assert told == ({"api", "content", "worker"} if strict else set())


@pytest.mark.parametrize(
    ("signed", "fits"), [(OURS.server(HERE), True), (WRONG["certificate has expired"], False)]
)
def test_the_launcher_fetches_by_the_same_rules(
    signed: Signed,
    fits: bool,  # noqa: FBT001
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bundle = tmp_path / "ca.pem"
    bundle.write_text(OURS.certificate, encoding="ascii")
    monkeypatch.setattr(machine, "ca_bundle", lambda: bundle)
    with serving(signed, tmp_path) as port, contextlib.ExitStack() as stack:
        if not fits:
            stack.enter_context(pytest.raises(requests.exceptions.SSLError))
        session = fetch.session()
        session.trust_env = False
        adapter = session.get_adapter("https://")
        strict = adapter.poolmanager.connection_pool_kw["ssl_context"].verify_flags
        assert not strict & ssl.VERIFY_X509_STRICT
        assert session.get(f"https://{HERE}:{port}/").status_code == 204
