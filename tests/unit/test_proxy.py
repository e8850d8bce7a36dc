"""The proxy comes to all that fetches, and its password to nothing else; one place has it.

The kind of fault: what one command can fetch another can not, or a password is where others read.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from launcher.host import credentials, process, proxy
from launcher.host.credentials import masked
from launcher.host.podman import Podman
from launcher.host.podman_build import Build
from launcher.host.uv import Uv
from launcher.model.errors import InputInvalid, NotReady, UsageProblem
from launcher.model.manifest import Manifest
from launcher.model.proxy import HOW
from launcher.model.toml import parse
from launcher.operations.auto_upgrade import enable
from launcher.operations.change_secrets import list_secrets, remove_secret, set_secret
from launcher.operations.init import init
from launcher.operations.rebuild import rebuild
from launcher.operations.start import start
from launcher.operations.status import status
from launcher.operations.upgrade import look

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.unit.fakes import World

PASSWORD = "p%40ss-canary"  # noqa: S105
ADDRESS = f"http://kim:{PASSWORD}@proxy.example:3128"
SECRET = 'proxy = { from-secret = "proxy" }'  # noqa: S105
NAMES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy")


def name_proxy(world: World, line: str) -> None:
    text = world.instance.manifest_text()
    world.write_manifest(text.replace("[image]\n", f"[image]\n{line}\n"))


@pytest.fixture
def ready(world: World) -> World:
    init(world.instance)
    return world


@pytest.fixture
def behind(ready: World) -> World:
    set_secret(ready.instance, "proxy", ADDRESS)
    credentials._told.clear()
    name_proxy(ready, SECRET)
    return ready


def manifest(line: str) -> Manifest:
    return parse(f"[image]\n{line}\n", Path("plugins.toml"), Manifest)


def test_both_spellings_of_both_kinds() -> None:
    proxy.use(lambda: "http://p:1", [".example.com", "10.0.0.0/8"])
    found = proxy.environment()
    assert {name: found.pop(name) for name in NAMES} == dict.fromkeys(NAMES, "http://p:1")
    assert found == dict.fromkeys(("NO_PROXY", "no_proxy"), ".example.com,10.0.0.0/8")
    proxy.use(str)
    assert proxy.environment() == {}


def test_the_environment_counts_first_and_each_kind_by_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    proxy.use(lambda: "http://p:1", ["a"])
    monkeypatch.setenv("https_proxy", "http://mine:2")
    monkeypatch.setenv("NO_PROXY", "b")
    found = proxy.environment()
    assert found["HTTPS_PROXY"] == found["https_proxy"] == "http://mine:2"
    assert found["HTTP_PROXY"] == found["http_proxy"] == "http://p:1"
    assert found["NO_PROXY"] == found["no_proxy"] == "b"


def test_nothing_is_read_where_the_environment_says_all(
    behind: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    behind.podman.values.clear()
    for name in NAMES[::2]:
        monkeypatch.setenv(name, "http://mine:2")
    rebuild(behind.instance)
    assert behind.podman.fetched[-1]["https_proxy"] == "http://mine:2"


def test_a_proxy_without_a_password_stands_in_the_manifest(ready: World) -> None:
    name_proxy(ready, "proxy = 'http://proxy.example:1'")
    rebuild(ready.instance)
    assert ready.podman.fetched
    for found in ready.podman.fetched:
        assert {found[name] for name in NAMES} == {"http://proxy.example:1"}
    assert not set(NAMES) & os.environ.keys()


def test_who_fetches_has_the_password_and_nobody_else(
    behind: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks: list[Mapping[str, str]] = []
    monkeypatch.setattr(process, "run_within", lambda _s, _argv, *, env: hooks.append(env))
    behind.configure("success = []", 'success = ["/bin/tell"]')
    behind.podman.output = [f"Err: {ADDRESS} p@ss-canary"]
    rebuild(behind.instance)
    start(behind.instance)
    look(behind.instance)
    assert len(behind.podman.fetched) == 2
    assert {found["https_proxy"] for found in behind.podman.fetched} == {ADDRESS}
    assert Uv(Path("/x")).environment["https_proxy"] == ADDRESS
    assert hooks
    everything = [*behind.reporter.lines, *behind.reporter.notes, *map(str, hooks), str(os.environ)]
    everything += [text.decode(errors="replace") for text in behind.files().values()]
    everything += [path.read_text() for path in behind.instance.paths.logs.glob("*")]
    everything += [str(run) for run in behind.podman.runs] + [str(behind.podman.builds)]
    assert not [text for text in everything if "canary" in text]


def test_it_is_read_when_something_is_fetched_and_not_before(behind: World) -> None:
    rebuild(behind.instance)
    start(behind.instance)
    del behind.podman.values["pulp.proxy"]
    start(behind.instance)
    assert status(behind.instance).generation == 1


def test_it_is_masked_from_then_on(behind: World) -> None:
    behind.instance.manifest()
    assert proxy.environment()
    for text in (ADDRESS, f"x {PASSWORD}", "x p@ss-canary"):
        assert "canary" not in masked(text)


@pytest.mark.parametrize(
    "action", [rebuild, look, lambda instance: enable(instance, schedule="daily")]
)
def test_a_secret_that_is_missing_is_refused_before_anything_is_changed(
    behind: World, action: Any
) -> None:
    behind.podman.values["pulp.proxi"] = behind.podman.values.pop("pulp.proxy")
    before = behind.files()
    with pytest.raises(NotReady) as caught:
        action(behind.instance)
    assert "did you mean 'proxi'" in caught.value.message
    assert caught.value.hint.endswith("pulp-launcher secret set proxy")
    assert behind.files() == before
    assert not behind.podman.fetched


@pytest.mark.parametrize(
    "value",
    ["kim:canary-1@proxy.example:3128", "http://kim:canary/1@proxy:3128", "canary-1",
     "ftp://kim:canary-1@proxy", "http://kim:canary 1@proxy:1", "http://kim:canary#1@proxy:1"],
)  # fmt: skip
def test_a_secret_that_is_no_address(behind: World, value: str) -> None:
    behind.podman.values["pulp.proxy"] = value
    with pytest.raises(NotReady) as caught:
        rebuild(behind.instance)
    assert "canary" not in f"{caught.value.message}{caught.value.details}{caught.value.hint}"
    assert "%40" in caught.value.hint


@pytest.mark.parametrize("hint", [HOW, proxy.LET_THROUGH])
def test_what_to_write_is_shown_as_it_is(hint: str) -> None:
    """A hint with an example of a password in it would lose that on its way to the screen."""
    assert "user:password@" in hint
    assert masked(hint) == hint


def test_what_is_no_address_takes_the_place_of_none(behind: World) -> None:
    with pytest.raises(UsageProblem) as caught:
        set_secret(behind.instance, "proxy", "kim:canary-2@proxy:1")
    assert "canary" not in f"{caught.value.message}{caught.value.hint}"
    assert behind.podman.values["pulp.proxy"] == ADDRESS
    set_secret(behind.instance, "other", "canary")


@pytest.mark.parametrize(
    "address", ["http://kim:canary@p:1", "http://kim@p:1", "kim:canary@p", "http://kim:c/anary@p"]
)
def test_a_password_in_the_manifest_is_refused_with_the_way_that_works(address: str) -> None:
    with pytest.raises(InputInvalid) as caught:
        manifest(f"proxy = '{address}'")
    assert "pulp-launcher secret set proxy" in caught.value.details
    assert SECRET in caught.value.details
    assert address not in caught.value.details
    # What the message says is what the manifest takes.
    assert manifest(SECRET).image.proxy == {"from-secret": "proxy"}


@pytest.mark.parametrize(
    "line",
    ["proxy = 1", "proxy = { secret = 'x' }", "proxy = { from-secret = 'A' }", "proxy = 'http://'",
     "proxy = 'http://p:x'", "proxy = ['http://p']", "no_proxy = ['http://x']", "no_proxy = 'x'",
     "no_proxy = ['a b']", "no_proxy = ['a,b']", "no_proxy = ['']"],
)  # fmt: skip
def test_what_is_no_proxy_is_refused(line: str) -> None:
    with pytest.raises(InputInvalid) as caught:
        manifest(line)
    assert line.partition(" ")[0] in caught.value.details


@pytest.mark.parametrize("address", ["", "http://p:3128/", "p.example:3128", "http://[::1]:1"])
def test_what_was_an_address_stays_one(address: str) -> None:
    """Also for apt, which knows none without a scheme."""
    found = manifest(f"proxy = '{address}'").image.proxy
    assert found == (address if "://" in address or not address else f"http://{address}")


def test_a_proxy_that_requests_and_apt_can_not_use_is_refused() -> None:
    with pytest.raises(InputInvalid):
        manifest("proxy = 'socks5h://p.example:1080'")


def test_the_secret_is_in_use_while_the_manifest_refers_to_it(behind: World) -> None:
    (item,) = list_secrets(behind.instance)
    assert (item.name, item.used_by) == ("proxy", ("proxy under [image]",))
    assert not set_secret(behind.instance, "proxy", ADDRESS).read_at_start
    with pytest.raises(UsageProblem, match=r"proxy under \[image\] in .*plugins.toml"):
        remove_secret(behind.instance, "proxy")
    behind.write_manifest(behind.instance.manifest_text().replace(SECRET, ""))
    remove_secret(behind.instance, "proxy")
    assert list_secrets(behind.instance) == ()


def test_the_timer_is_told_what_only_a_shell_has(
    ready: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", ADDRESS)
    enable(ready.instance, schedule="daily")
    (note,) = ready.reporter.notes
    assert "under [image]" in note
    name_proxy(ready, "proxy = 'http://proxy.example:1'")
    enable(ready.instance, schedule="daily")
    assert ready.reporter.notes == [note]


def test_the_engine_gets_it_for_what_fetches(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, bool]] = []

    def ran(argv: list[str], *_: object, env: Any = None, **__: Any) -> Any:
        assert "canary" not in " ".join(argv)
        seen.append((next(word for word in argv if word in VERBS), "https_proxy" in (env or {})))
        return subprocess.CompletedProcess(argv, 0, "", "")

    for name in ("run", "stream", "pipe"):
        monkeypatch.setattr(process, name, ran)
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: "sha256:1")
    proxy.use(lambda: ADDRESS)
    podman = Podman(Path("/x"), lambda: None)
    podman.pull("debian", print)
    podman.import_image(["mmdebstrap"], "base")
    podman.build(Build(Path("/c"), "base", Path("/uv"), None, Path("/t")), print)
    podman.run("image", ["pending-updates"], fetching=True)
    podman.run("image", ["prove"])
    podman.create_secret("x", "y", {})
    fetching = {"pull": True, "mmdebstrap": True, "build": True, "run": True}
    assert dict(seen[:4]) == fetching
    assert seen[4:] == [("run", False), ("secret", False)]


VERBS = {"pull", "mmdebstrap", "build", "run", "secret"}
