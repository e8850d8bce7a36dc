"""Log in to Pulp's registry, push an image, and pull it back, with skopeo."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tests.acceptance.client import Client, StepFailed, unique

if TYPE_CHECKING:
    from tests.acceptance.client import Pulp

# Who else might push: as whom, and what they are told.
OTHERS = {
    "nobody": ("", "requested access to the resource is denied"),
    "impostor": ("admin:not-the-password", "invalid username/password"),
}


@dataclass(frozen=True)
class Registry:
    """The registry as one user sees it: their tokens are in a file of their own."""

    client: Client
    address: str
    folder: str
    who: str

    @property
    def login_file(self) -> str:
        return f"{self.folder}/{self.who}.json"

    def login(self, user: str, password: str) -> None:
        options = ["--authfile", self.login_file, "--tls-verify=false", "--password-stdin"]
        self.client.run("skopeo", "login", *options, "-u", user, self.address, stdin=password)

    def remember(self, login: str) -> None:
        """Write what `login` would write, unproven; nothing is nobody's login."""
        secret = base64.b64encode(login.encode()).decode()
        auths = {self.address: {"auth": secret}} if login else {}
        self.client.write(self.login_file, json.dumps({"auths": auths}))

    def push(self, image: str, name: str) -> None:
        self._copy("--dest-tls-verify=false", f"oci:{image}", f"docker://{self.address}/{name}")

    def pull(self, name: str, image: str) -> None:
        self._copy("--src-tls-verify=false", f"docker://{self.address}/{name}", f"oci:{image}")

    def _copy(self, *words: str) -> None:
        options = ["--quiet", "--preserve-digests", "--authfile", self.login_file]
        self.client.run("skopeo", "copy", *options, *words)


def container_flow(pulp: Pulp) -> None:
    """Go the whole way of an image; raises StepFailed."""
    client, name, folder = pulp.client, unique("greeting"), pulp.client.folder()
    _expect_tokens(pulp)
    client.say(f"make an image {name} with podman")
    image = build(client, folder, name)
    address = urlsplit(pulp.url).netloc
    admin = Registry(client, address, folder, "admin")
    client.say(f"log in to {address} as admin, and push {name}:1")
    admin.login("admin", pulp.password)
    admin.push(image, f"{name}:1")
    client.say("pull it back")
    admin.pull(f"{name}:1", f"{folder}/pulled")
    _compare(client, image, f"{folder}/pulled")
    client.say("others can not push: nobody, and admin with a wrong password")
    for who, (login, reason) in OTHERS.items():
        other = Registry(client, address, folder, who)
        other.remember(login)
        _expect_refusal(other, image, f"{name}:2", reason)
        _expect_refusal(other, image, f"{who}-{name}:1", reason)


def _expect_tokens(pulp: Pulp) -> None:
    """See that the registry wants a token of its server, at the address that users know."""
    realm = f"{pulp.url}/token/"
    refused = _ask(pulp, "/v2/")
    if not refused.startswith(f'401 Bearer realm="{realm}",'):
        raise StepFailed(f"{pulp.url}/v2/ answers: {refused}")
    pulp.client.say(f"the registry wants a token: {refused}")
    query = f"/token/?service={urlsplit(pulp.url).netloc}"
    user = f"user = {json.dumps(f'admin:{pulp.password}')}\n"
    token = json.loads(pulp.client.run("curl", "-fsS", "-K", "-", pulp.url + query, stdin=user))
    for word, code in ((token["token"], "200"), (f"{token['token']}x", "401")):
        answer = _ask(pulp, "/v2/", f"Authorization: Bearer {word}")
        if not answer.startswith(code):
            raise StepFailed(f"{pulp.url}/v2/ should answer {code} to this token; it says {answer}")


def _ask(pulp: Pulp, path: str, header: str = "Accept: */*") -> str:
    """Return the status and the challenge of an answer."""
    options = ["--output", "/dev/null", "--write-out", "%{http_code} %header{www-authenticate}"]
    config = f"header = {json.dumps(header)}\n"
    return pulp.client.run("curl", "-sS", "-K", "-", *options, pulp.url + path, stdin=config)


def build(client: Client, folder: str, name: str) -> str:
    """Return the path of a new image, in the layout of OCI."""
    client.write(f"{folder}/root/greeting", f"Hello from {name}\n")
    client.run("tar", "-C", f"{folder}/root", "-cf", f"{folder}/root.tar", ".")
    client.run("podman", "import", "--quiet", f"{folder}/root.tar", name)
    client.run("podman", "save", "--quiet", "--format=oci-dir", "-o", f"{folder}/built", name)
    client.run("podman", "rmi", name)
    return f"{folder}/built"


def _compare(client: Client, image: str, pulled: str) -> None:
    """Compare manifests, which name the digests of all else, and what has these digests."""
    manifest = _manifest(client, image)
    if _manifest(client, pulled) != manifest:
        raise StepFailed(f"the manifest of {pulled} is not that of {image}")
    for part in (manifest["config"], *manifest["layers"]):
        digest = part["digest"].removeprefix("sha256:")
        if client.sha256(f"{pulled}/blobs/sha256/{digest}") != digest:
            raise StepFailed(f"{pulled} has another {digest}")
        client.say(f"it is the same: {part['digest']}, {part['mediaType']}")


def _manifest(client: Client, image: str) -> Any:
    return json.loads(client.run("skopeo", "inspect", "--raw", f"oci:{image}"))


def _expect_refusal(other: Registry, image: str, name: str, reason: str) -> None:
    try:
        other.push(image, name)
    except StepFailed as failed:
        if reason not in str(failed):
            raise
    else:
        raise StepFailed(f"{other.who} could push {name}")
