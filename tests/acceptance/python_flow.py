"""Upload a wheel, publish it, and download it with pip."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.acceptance.client import StepFailed, unique

if TYPE_CHECKING:
    from tests.acceptance.client import Client, Pulp

# A wheel is an archive with a list of its files; to make one by hand takes nothing from the net.
PACK = r"""
import sys, zipfile
from base64 import urlsafe_b64encode
from hashlib import sha256

wheel, name = sys.argv[1:]
info = f"{name}-1.dist-info"
files = {
    f"{name}.py": f"greeting = 'Hello from {name}'\n",
    f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n",
    f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
}
record = ""
for path, text in files.items():
    digest = urlsafe_b64encode(sha256(text.encode()).digest()).decode().rstrip("=")
    record += f"{path},sha256={digest},{len(text)}\n"
files[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n"
with zipfile.ZipFile(wheel, "x") as archive:
    for path, text in files.items():
        archive.writestr(path, text)
"""


def python_flow(pulp: Pulp) -> None:
    """Go the whole way of a wheel; raises StepFailed."""
    client, name = pulp.client, unique("greeting").replace("-", "_")
    built = f"{client.folder()}/{name}-1-py3-none-any.whl"
    client.say(f"make {name}-1-py3-none-any.whl")
    client.run("python3", "-c", PACK, built, name)
    client.say(f"upload it into the Python repository {name}")
    _upload(pulp, name, built)
    client.say("publish and distribute it")
    index = f"{_distribute(pulp, name)}simple/"
    client.say(f"pip download {name} from {index}")
    fetched = _fetch(client, name, index)
    if client.sha256(fetched) != client.sha256(built):
        raise StepFailed(f"{fetched} differs from {built}")
    client.say(f"it is the same: sha256 {client.sha256(built)}")


def _upload(pulp: Pulp, name: str, built: str) -> None:
    upload = ["--repository", name, "--file", built, "--relative-path", built.rpartition("/")[2]]
    pulp("python", "repository", "create", "--name", name)
    made = pulp("python", "content", "create", *upload)
    if made["name"] != name:
        raise StepFailed(f"Pulp has {made['name']}, not {name}")


def _distribute(pulp: Pulp, name: str) -> str:
    publication = pulp("python", "publication", "create", "--repository", name)
    distribution = pulp(
        "python", "distribution", "create", "--name", name, "--base-path", name,
        "--publication", publication["pulp_href"],
    )  # fmt: skip
    return str(distribution["base_url"])


def _fetch(client: Client, name: str, index: str) -> str:
    """Return the path of the wheel that pip got."""
    top = client.folder()
    client.run("python3", "-m", "venv", f"{top}/venv")
    # Nothing of the host's own settings: only this index, which may have no TLS.
    client.run(
        f"{top}/venv/bin/pip", "--isolated", "download", "--no-cache-dir", "--dest", top,
        "--index-url", index, "--trusted-host", str(urlsplit(index).hostname), name,
    )  # fmt: skip
    return f"{top}/{name}-1-py3-none-any.whl"
