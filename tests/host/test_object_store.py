"""Content in an object store: the code and the settings that it needs come and go together.

The kind: a generation that runs with the settings of another, answers, and can store nothing.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.file_flow import check, file_flow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.host.actor import Actor

pytestmark = [pytest.mark.host, pytest.mark.thorough]

PORT = 9600
SERVE = f"""
[ -d /srv/store ] || python3 -m venv /srv/store
/srv/store/bin/pip install -q 'moto[server]'
systemctl stop object-store 2>/dev/null || true
systemd-run -q --unit object-store /srv/store/bin/moto_server -H 0.0.0.0 -p {PORT}
curl -sS --retry 30 --retry-connrefused --retry-delay 1 -X PUT http://$1:{PORT}/pulp
"""
SETTINGS = """
[settings]
REDIRECT_TO_OBJECT_STORAGE = false

[settings.STORAGES.default]
BACKEND = "storages.backends.s3.S3Storage"

[settings.STORAGES.default.OPTIONS]
bucket_name = "pulp"
endpoint_url = "http://ADDRESS:PORT"
access_key = { from-secret = "store-id" }
secret_key = { from-secret = "store" }

[settings.STORAGES.staticfiles]
BACKEND = "django.contrib.staticfiles.storage.StaticFilesStorage"
"""


@pytest.fixture
def store(root: Actor) -> Iterator[str]:
    """Give the address of an object store with a bucket `pulp`."""
    root.host.run(["bash", "-euc", SERVE, "bash", root.host.address])
    yield f"http://{root.host.address}:{PORT}"
    root.host.run(["systemctl", "stop", "object-store"], check=False)


@pytest.fixture
def spare(root: Actor) -> Iterator[Actor]:
    with root.spare("store") as actor:
        yield actor


def edit(actor: Actor, name: str, old: str, new: str) -> None:
    path = f"{actor.config_dir}/{name}"
    before = actor.run("cat", path)
    assert old in before
    actor.run("tee", path, stdin=before.replace(old, new, 1))


def use_store(actor: Actor, store: str) -> None:
    path = f"{actor.config_dir}/plugins.toml"
    actor.run("sed", "-i", '/^\\[core\\]/,/^\\[/s/^extras = .*/extras = ["s3"]/', path)
    settings = SETTINGS.replace("http://ADDRESS:PORT", store)
    edit(actor, "config.toml", "\n[settings]\n", settings)
    for name in ("store", "store-id"):
        actor.run(*actor.argv("secret", "set", name), stdin="canary-29\n")


def objects(actor: Actor, store: str) -> int:
    """Return how many objects the bucket has."""
    return actor.run("curl", "-sS", f"{store}/pulp?list-type=2").count("<Key>")


def test_code_and_settings_of_a_store_come_and_go_together(spare: Actor, store: str) -> None:
    use_store(spare, store)
    spare.launcher("rebuild")
    spare.wait_healthy()
    pulp = spare.pulp()
    kept, before = file_flow(pulp), objects(spare, store)
    assert before > 0
    # What is in the store only can not be had without it, so that nobody goes back unasked.
    refused = spare.try_(*spare.argv("rollback"))
    assert refused.returncode == 1, refused.stdout
    assert "a download of /pulp/content/" in refused.stderr
    assert "Generation 2 serves again" in refused.stderr
    check(kept, spare.host)
    for one in pulp("file", "distribution", "list"):
        pulp("file", "distribution", "destroy", "--name", one["name"])
    spare.launcher("rollback")
    # The code of before, with settings of before: it stores where it did.
    file_flow(pulp)
    assert objects(spare, store) == before
    assert json.loads(spare.launcher("--json", "start"))["data"]["restarted"] == []


def test_a_store_that_does_not_answer_is_not_healthy(spare: Actor, store: str) -> None:
    use_store(spare, store)
    spare.launcher("rebuild")
    file_flow(spare.pulp())
    spare.wait_healthy()
    spare.host.run(["systemctl", "stop", "object-store"])
    done = spare.try_(*spare.argv("status"))
    assert done.returncode == 1, done.stdout
    assert "a download of /pulp/content/" in done.stdout
