"""The functional tests that others wrote for Pulp, run against an instance from its host.

They come from PyPI with pulpcore itself, and talk to Pulp by its published client libraries.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.host.actor import Actor

FOLDER = "/srv/suites"
# As pulpcore's functest_requirements.txt has it.
REQUIREMENTS = ("pytest<10", "pytest-timeout", "pytest-custom_exit_code", "pytest-xdist",
                "python-gnupg", "proxy.py~=2.4.10", "trustme~=1.2.1", "beautifulsoup4")  # fmt: skip
# The suites' own servers listen where only a Pulp without containers would find them.
ORIGIN = """
from dataclasses import dataclass
import pytest

@pytest.fixture(scope="session")
def fixtures_cfg():
    @dataclass
    class Origins:
        aiohttp_fixtures_origin: str = {address!r}
        remote_fixtures_origin: str = "https://fixtures.pulpproject.org/"
    return Origins()
"""
# What the tests read of the server's settings.
SETTINGS = """
SECRET_KEY = "of the tests"
CONTENT_ORIGIN = {url!r}
DB_ENCRYPTION_KEY = {folder!r} + "/key"
"""
_WITH = """
import json, os, sys
os.environ |= json.load(sys.stdin)
os.execv(sys.argv[1], sys.argv[1:])
"""
_OUTCOME = re.compile(r"^(PASSED|FAILED|ERROR|SKIPPED|XFAIL) (?:\[\d+\] )?(\S+)", re.MULTILINE)


@dataclass(frozen=True)
class Result:
    """The tests by how they ended; `said` is all that was printed."""

    passed: tuple[str, ...]
    failed: tuple[str, ...]
    said: str


def install(actor: Actor, version: str) -> None:
    """Make an environment with the suites of a version of pulpcore on the actor's host."""
    same = [f"{name}=={version}" for name in ("pulpcore", "pulpcore-client", "pulp-file-client")]
    pip = [f"{FOLDER}/bin/pip", "install", "--quiet", *same, *REQUIREMENTS]
    actor.run("python3", "-m", "venv", FOLDER)
    actor.run(*pip)
    address = actor.host.address
    actor.run("tee", f"{FOLDER}/origin.py", stdin=ORIGIN.format(address=address))
    settings = SETTINGS.format(url=actor.url, folder=FOLDER)
    actor.run("tee", f"{FOLDER}/settings.py", stdin=settings)
    key = "openssl rand -base64 32 | tr '+/' '-_' >$1/key"
    actor.shell(key, FOLDER)


def run(actor: Actor, package: str, *words: str) -> Result:
    """Run the suite that is a Python package, and return how its tests ended."""
    environment = {
        "API_PROTOCOL": "http",
        "API_HOST": actor.host.address,
        "API_PORT": str(actor.port),
        "ADMIN_PASSWORD": actor.launcher("admin-password").strip(),
        "DJANGO_SETTINGS_MODULE": "pulpcore.app.settings",
        "PULP_SETTINGS": f"{FOLDER}/settings.py",
        "PYTEST_PLUGINS": "origin",
        "PYTHONPATH": FOLDER,
    }
    # By standard input, as a password is nobody else's business.
    pytest = [f"{FOLDER}/bin/python", "-m", "pytest", "--pyargs", package, "-q", "-rA", "--tb=line"]
    options = ["--timeout=600", "-p", "no:cacheprovider", f"--rootdir={FOLDER}", *words]
    argv = [f"{FOLDER}/bin/python", "-c", _WITH, *pytest, *options]
    done = actor.host.run(argv, actor.user, check=False, input=json.dumps(environment))
    outcomes = _OUTCOME.findall(done.stdout)
    passed = tuple(name for word, name in outcomes if word == "PASSED")
    failed = tuple(sorted({name for word, name in outcomes if word in {"FAILED", "ERROR"}}))
    return Result(passed, failed, done.stdout + done.stderr)
