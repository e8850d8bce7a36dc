"""Publish signed content of each kind, and check the signatures on the host as clients do."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tests.acceptance import container_flow, deb_flow, rpm_flow
from tests.acceptance.client import StepFailed, unique
from tests.acceptance.container_flow import Registry
from tests.acceptance.rest import create, get, post

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.acceptance.client import Client, Pulp

COLLECTION = """
import hashlib, io, json, sys, tarfile
name, path = sys.argv[1:]
def entry(name, data):
    return {"name": name, "ftype": "file", "chksum_type": "sha256", "format": 1,
            "chksum_sha256": hashlib.sha256(data).hexdigest()}
content = {"README.md": b"# x", "meta/runtime.yml": b"requires_ansible: '>=2.9.10'"}
folders = [{"name": folder, "ftype": "dir", "chksum_type": None, "chksum_sha256": None, "format": 1}
           for folder in (".", "meta")]
listed = [*folders, *(entry(*item) for item in content.items())]
files = json.dumps({"files": listed, "format": 1}).encode()
info = {"namespace": "ours", "name": name, "version": "1.0.0", "authors": ["nobody"],
        "readme": "README.md", "tags": [], "license": ["MIT"], "license_file": None,
        "description": "x", "dependencies": {}, "repository": "http://localhost",
        "documentation": None, "homepage": None, "issues": None}
manifest = json.dumps({"collection_info": info, "format": 1,
                       "file_manifest_file": entry("FILES.json", files)}).encode()
with tarfile.open(path, "w:gz") as tar:
    for member, data in {"MANIFEST.json": manifest, "FILES.json": files, **content}.items():
        about = tarfile.TarInfo(member)
        about.size = len(data)
        tar.addfile(about, io.BytesIO(data))
with open(path + ".manifest", "wb") as file:
    file.write(manifest)
"""


def signed_rpm(pulp: Pulp, key: str) -> str:
    """Publish a repository whose metadata are signed; return what gpg says of it."""
    client, name = pulp.client, unique("signed")
    service = ("--metadata-signing-service", f"{key}-rpm")
    pulp("rpm", "repository", "create", "--name", name, *service)
    package = rpm_flow.build(client, name)
    pulp("rpm", "content", "upload", "--file", package, "--repository", name)
    base = f"{rpm_flow.distribute(pulp, name)}repodata/repomd.xml"
    data, signature = _fetched(client, base), _fetched(client, f"{base}.asc")
    return verified(client, public_key(client, pulp, f"{key}-rpm"), signature, data)


def signed_deb(pulp: Pulp, key: str) -> str:
    """Do the same with an apt repository, and let apt-get check it too."""
    client, name = pulp.client, unique("signed")
    service = _href(pulp, f"{key}-deb")
    built = deb_flow.build(client, name)
    repository = deb_flow.upload(pulp, name, built, signing_service=service)
    url = deb_flow.distribute(pulp, name, repository)
    trusted = public_key(client, pulp, f"{key}-deb")
    folder = f"{url}dists/stable"
    inline = _fetched(client, f"{folder}/InRelease")
    beside = _fetched(client, f"{folder}/Release.gpg"), _fetched(client, f"{folder}/Release")
    deb_flow.fetch(client, name, url, f"signed-by={trusted}")
    return verified(client, trusted, inline) + verified(client, trusted, *beside)


def signed_container(pulp: Pulp, key: str) -> str:
    """Push an image, have it signed, and pull it with a policy that wants the signature."""
    client, name, folder = pulp.client, unique("signed"), pulp.client.folder()
    address = urlsplit(pulp.url).netloc
    admin = Registry(client, address, folder, "admin")
    admin.login("admin", pulp.password)
    admin.push(container_flow.build(client, folder, name), f"{name}:1")
    (found,) = get(pulp, f"/pulp/api/v3/repositories/?name={name}")["results"]
    service = _href(pulp, f"{key}-container")
    task = post(pulp, f"{found['pulp_href']}sign/", manifest_signing_service=service)["task"]
    pulp("task", "show", "--wait", "--href", task)
    trusted = public_key(client, pulp, f"{key}-container")
    return _pulled(admin, f"{name}:1", trusted)


def signed_collection(pulp: Pulp, key: str) -> str:
    """Upload a collection, have it signed, and return what gpg says of its MANIFEST.json."""
    client, name = pulp.client, unique("signed").replace("-", "_")
    path = f"{client.folder()}/ours-{name}-1.0.0.tar.gz"
    client.run("python3", "-c", COLLECTION, name, path)
    pulp("ansible", "repository", "create", "--name", name)
    repository = pulp("ansible", "repository", "show", "--name", name)["pulp_href"]
    create(pulp, "content/ansible/collection_versions", file=f"@{path}", repository=repository)
    service = ("--signing-service", f"{key}-ansible")
    pulp("ansible", "repository", "sign", "--name", name, *service)
    pulp("ansible", "distribution", "create", "--name", name, "--base-path", name,
         "--repository", name)  # fmt: skip
    served = f"/pulp_ansible/galaxy/{name}/api/v3/plugin/ansible/content/{name}/collections/index/"
    (found,) = get(pulp, f"{served}ours/{name}/versions/1.0.0/")["signatures"]
    signature = f"{path}.asc"
    client.write(signature, str(found["signature"]))
    return verified(
        client, public_key(client, pulp, f"{key}-ansible"), signature, f"{path}.manifest"
    )


FLOWS: dict[str, Callable[[Pulp, str], str]] = {
    "rpm": signed_rpm,
    "deb": signed_deb,
    "container": signed_container,
    "ansible": signed_collection,
}


def public_key(client: Client, pulp: Pulp, service: str) -> str:
    """Return the file with the public key that Pulp gives out for a service."""
    path = f"{client.folder()}/key.asc"
    client.write(path, str(pulp("signing-service", "show", "--name", service)["public_key"]))
    return path


def verified(client: Client, key: str, signature: str, *data: str) -> str:
    """Return what gpg says of a signature, with nothing but that key; raises StepFailed."""
    home = client.folder()
    client.run("gpg", "--homedir", home, "--batch", "--quiet", "--import", key)
    options = ["--homedir", home, "--batch", "--status-fd", "1"]
    return client.run("gpg", *options, "--verify", signature, *data)


def _href(pulp: Pulp, service: str) -> str:
    return str(pulp("signing-service", "show", "--name", service)["pulp_href"])


def _fetched(client: Client, url: str) -> str:
    path = f"{client.folder()}/{url.rpartition('/')[2]}"
    client.run("curl", "-fsS", "-o", path, url)
    return path


def _pulled(registry: Registry, image: str, key: str) -> str:
    """Pull an image that has to be signed, and see that another key does not do."""
    client, address = registry.client, f"docker://{registry.address}/{image}"
    other = f"{client.folder()}/other.asc"
    home = client.folder()
    gpg = ("gpg", "--homedir", home, "--batch", "--quiet")
    client.run(*gpg, "--passphrase", "", "--quick-generate-key", "other", "rsa2048")
    client.run(*gpg, "--armor", "--output", other, "--export", "other")
    options = ["--quiet", "--src-tls-verify=false", "--authfile", registry.login_file]
    for trusted in (key, other):
        policy = f"{client.folder()}/policy.json"
        client.write(policy, json.dumps({"default": [_signed_by(trusted)]}))
        argv = ("skopeo", "--policy", policy, "copy", *options, address)
        try:
            client.run(*argv, f"dir:{client.folder()}")
        except StepFailed as failed:
            if trusted == key:
                raise
            return f"signed: yes; by another: {str(failed).splitlines()[-1]}"
    raise StepFailed(f"{image} is taken for one that any key has signed")


def _signed_by(key: str) -> dict[str, Any]:
    return {"type": "signedBy", "keyType": "GPGKeys", "keyPath": key}
