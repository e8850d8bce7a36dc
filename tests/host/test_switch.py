"""Updates of a Pulp that is used: nothing is lost, and what fails or is cut short ends whole."""

from __future__ import annotations

import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from launcher.operations.switch_steps import STEPS
from tests.acceptance.file_flow import Download, check, file_flow
from tests.host.actor import SECONDS
from tests.host.load import Load
from tests.host.trial import ENDLESS, FAULTS, Trial

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.host.actor import Actor

    Both = Callable[[Callable[[Actor, Download], None]], None]

pytestmark = pytest.mark.host

# Dies as if by SIGKILL when the journal on the disk says that a step was begun.
KILLED = """
import os, signal, sys
from launcher.cli.app import main
from launcher.host import files
step, write = sys.argv.pop(1), files.write
def killing(path, text):
    write(path, text)
    if path.name == "switch.json" and f'"step":"{step}"' in text:
        os.kill(os.getpid(), signal.SIGKILL)
files.write = killing
sys.argv[0] = "pulp-launcher"
main()
"""
THOROUGH = pytest.mark.skipif(
    not os.environ.get("PULP_LAUNCHER_TEST_THOROUGH"), reason="takes 15 minutes: make thorough"
)
PYTHON = "/opt/pipx/venvs/pulp-launcher/bin/python"
SLOW_SECONDS = 60
MANY = 100
SLOW = f"""
import http.server, time
class Slow(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        time.sleep({SLOW_SECONDS})
        self.send_response(200); self.send_header("Content-Length", "0"); self.end_headers()
http.server.ThreadingHTTPServer(("", 8801), Slow).serve_forever()
"""


@pytest.fixture(scope="module")
def pair(actors: dict[str, Actor]) -> Iterator[dict[Actor, Download]]:
    """Give an instance of each user with a file in it; of Pulp alone, and not of the newest."""
    pair = [actor.other("switch") for actor in actors.values()]
    with ThreadPoolExecutor() as pool:
        kept = dict(zip(pair, pool.map(bring_up, pair), strict=True))
    yield kept
    for actor in pair:
        actor.launcher("destroy", "--purge", "--yes")


@pytest.fixture
def both(pair: dict[Actor, Download]) -> Both:
    """Give what does something for both at the same time."""

    def do(action: Callable[[Actor, Download], None]) -> None:
        with ThreadPoolExecutor() as pool:
            list(pool.map(action, pair, pair.values()))

    return do


def bring_up(actor: Actor) -> Download:
    actor.init()
    newest = next(
        row["newest"]
        for row in actor.data("plugin", "list")["plugins"]
        if row["name"] == "pulpcore"
    )
    pin(actor, f"<{newest}")
    actor.launcher("rebuild")
    actor.launcher("start")
    return file_flow(actor.pulp())


def pin(actor: Actor, version: str) -> None:
    path = f"{actor.config_dir}/plugins.toml"
    actor.run("sed", "-i", f's/^version = ".*"/version = "{version}"/', path)


def is_switching(actor: Actor) -> bool:
    """Tell whether a switch is under way, or was cut short."""
    return actor.try_("test", "-e", f"{actor.state_dir}/switch.json").returncode == 0


def wait_for_the_guard(actor: Actor) -> None:
    """Type nothing, and see how the switch that was cut short ends."""
    deadline = time.monotonic() + SECONDS
    while is_switching(actor):
        said = actor.systemctl("show", f"{actor.prefix}-resume.service")
        assert time.monotonic() < deadline, said
        time.sleep(1)


def assert_whole(actor: Actor, kept: Download) -> None:
    actor.wait_healthy()
    assert not is_switching(actor), actor.launcher("status")
    check(kept, actor.host)
    there = actor.generation()
    names = {name for name in actor.containers() if name[-1].isdigit()}
    assert {name.removeprefix(f"{actor.prefix}-").split("-")[1] for name in names} == {str(there)}


def begin_long_task(actor: Actor) -> str:
    """Let Pulp sync from an upstream that takes its time, and return the task."""
    pulp = actor.pulp()
    name = f"slow-{time.monotonic_ns()}"
    address = f"http://host.containers.internal:8801/{name}"
    pulp("file", "remote", "create", "--name", name, "--url", address, "--policy", "on_demand")
    pulp("file", "repository", "create", "--name", name, "--remote", name)
    pulp("--background", "file", "repository", "sync", "--name", name)
    tasks = pulp("task", "list", "--name-contains", "synchron")
    (task,) = [task for task in tasks if task["state"] in {"waiting", "running"}]
    return str(task["pulp_href"])


@pytest.mark.parametrize("user", ["root", "alice"])
def test_updates_lose_no_request_and_no_task(
    pair: dict[Actor, Download], user: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Twenty requests a second, and a task that takes longer than the switch."""
    ((actor, kept),) = [item for item in pair.items() if item[0].user == user]
    slow = ["systemd-run", "--unit=slow", "--collect", "python3", "-c", SLOW]
    actor.host.run(slow, check=False)
    actor.launcher("plugin", "add", Trial("pulp-useful").put(actor))
    update(actor, kept, "a plugin more", capsys)
    pin(actor, "*")
    actor.launcher("lock", "--upgrade")
    update(actor, kept, "a newer pulpcore", capsys)


def update(actor: Actor, kept: Download, what: str, capsys: pytest.CaptureFixture[str]) -> None:
    task, before = begin_long_task(actor), actor.containers()
    with Load({"content": kept.url, "api": f"{actor.url}/pulp/api/v3/status/"}) as load:
        actor.launcher("rebuild")
    after = actor.containers()
    with capsys.disabled():
        print(f"\n{actor}, {what}: {load.report('content')}; {load.report('api')}")
    assert all(len(answers) > MANY for answers in load.answers.values())
    lost = {name: load.lost(name) for name in load.urls if load.lost(name)}
    assert not lost
    for role in ("db", "cache", "web"):
        assert before[f"{actor.prefix}-{role}"] == after[f"{actor.prefix}-{role}"]
    assert_whole(actor, kept)
    wait_for(actor, task)


def wait_for(actor: Actor, task: str) -> None:
    pulp, deadline = actor.pulp(), time.monotonic() + 2 * SLOW_SECONDS
    while (found := pulp("task", "show", "--href", task))["state"] in {"waiting", "running"}:
        assert time.monotonic() < deadline
        time.sleep(2)
    assert found["state"] == "completed", found


def test_what_fails_leaves_the_old_generation_serving(both: Both) -> None:
    def fail(actor: Actor, kept: Download) -> None:
        for fault in FAULTS:
            assert_refused(actor, kept, fault)

    both(fail)


@THOROUGH
def test_a_role_that_never_gets_healthy(both: Both) -> None:
    both(lambda actor, kept: assert_refused(actor, kept, ENDLESS))


def assert_refused(actor: Actor, kept: Download, fault: str) -> None:
    """Add a plugin that fails, see it fail, and take it out again."""
    name = f"pulp-bad-{fault}"
    generation = actor.generation()
    actor.launcher("plugin", "add", Trial(name, fault).put(actor))
    done = actor.try_(*actor.argv("rebuild"))
    said = f"{actor}, {fault}: exit status {done.returncode}\n{done.stdout}{done.stderr}"
    assert done.returncode == 1, said
    assert "\nError: " in done.stderr, said
    assert "\n→ " in done.stderr, said
    assert actor.generation() == generation, said
    assert_whole(actor, kept)
    actor.launcher("plugin", "remove", name)
    assert "Nothing to build" in actor.launcher("rebuild"), said


@THOROUGH
def test_nobody_comes_through_to_the_new_generation(both: Both) -> None:
    """A firewall is put up while the new generation starts, so that only its own socket answers."""

    def block(actor: Actor, kept: Download) -> None:
        generation, table = actor.generation(), f"inet shut_{actor.user}"
        chain = f"add chain {table} c {{ type filter hook output priority 0; }}"
        rule = f"add rule {table} c tcp dport {actor.port} reject"
        actor.host.run(["nft", f"add table {table}; {chain}; {rule}"])
        done = actor.try_(*actor.argv("rebuild", "--force"))
        actor.host.run(["nft", f"delete table {table}"])
        said = f"{actor}: exit status {done.returncode}\n{done.stdout}{done.stderr}"
        assert done.returncode == 1, said
        assert f"Generation {generation} serves again" in done.stderr, said
        assert_whole(actor, kept)
        assert actor.generation() == generation, said

    both(block)


def killed(actor: Actor, step: str, *words: str) -> bool:
    """Run the launcher, kill it when it begins a step, and tell whether it came to that."""
    argv = (PYTHON, "-c", KILLED, step, "--instance", actor.instance, *words)
    done = actor.try_(*argv)
    assert done.returncode in {0, 137, -9}, done.stdout + done.stderr
    return done.returncode != 0


@THOROUGH
def test_cut_short_at_any_step_it_ends_whole(
    pair: dict[Actor, Download], both: Both, capsys: pytest.CaptureFixture[str]
) -> None:
    """Go back with a snapshot and forward with a migration, cut short at one step after the other.

    On the way back, which has every step, the launcher is killed; on the way forward the power
    fails as well, when the guard may have gone on for a moment. Each step is cut on one of the
    ways. After the power cut root's instance is left to itself; elsewhere `start` is typed, which
    waits for the guard, or is there before it.
    """
    table = []

    def add(actor: Actor, kept: Download) -> None:
        actor.launcher("plugin", "add", Trial("pulp-step").put(actor))
        actor.launcher("rebuild")
        assert_whole(actor, kept)

    def cut(step: str, *words: str) -> None:
        was_cut: dict[str, bool] = {}

        def do(actor: Actor, _: Download) -> None:
            was_cut[actor.user] = killed(actor, step, *words)

        both(do)
        if words[0] == "rebuild":
            next(iter(pair)).host.reboot(hard=True)
        both(lambda actor, kept: finish(actor, kept, step, words[0], was_cut=was_cut[actor.user]))

    def finish(actor: Actor, kept: Download, step: str, way: str, *, was_cut: bool) -> None:
        began, cut_off = time.monotonic(), way == "rebuild"
        alone = cut_off and actor.is_root
        if alone:
            wait_for_the_guard(actor)
        else:
            actor.launcher("start")
        seconds = time.monotonic() - began
        assert_whole(actor, kept)
        how = ", ".join(("killed", *(["power cut"] if cut_off else [])))
        then = "by itself" if alone else "then start"
        what = f"{how}, {then}: {seconds:.0f} s" if was_cut else "not part of it"
        table.append(f"{actor.user:6} {way:9} {step:9} {what}; generation {actor.generation()}")

    both(add)
    for step, following in zip(STEPS[::2], STEPS[1::2], strict=True):
        cut(step.name, "rollback", "--restore")
        cut(following.name, "rebuild")
    with capsys.disabled():
        print("\n" + "\n".join(table))
    assert {line.split()[2] for line in table if "not part" not in line} == {
        step.name for step in STEPS
    }


def test_rollback_without_migrations(both: Both, capsys: pytest.CaptureFixture[str]) -> None:
    def go_back(actor: Actor, kept: Download) -> None:
        before = actor.generation()
        actor.launcher("rebuild", "--force")
        assert actor.generation() > before
        began = time.monotonic()
        actor.launcher("rollback")
        with capsys.disabled():
            print(f"\n{actor}: rollback in {time.monotonic() - began:.0f} s")
        assert actor.generation() == before
        assert_whole(actor, kept)
        assert json.loads(actor.launcher("--json", "start"))["data"]["restarted"] == []

    both(go_back)


@THOROUGH
def test_a_jump_over_versions_that_do_not_go_together(
    root: Actor, capsys: pytest.CaptureFixture[str]
) -> None:
    """Pulp 3.85 is too old to see the migrations of what came after it (`RequireVersion`)."""
    actor = replace(root.other("jump"), port=root.port + 20)
    actor.init()
    pin(actor, "~=3.85.0")
    actor.launcher("rebuild")
    actor.launcher("start")
    kept = file_flow(actor.pulp())
    pin(actor, "*")
    actor.launcher("lock", "--upgrade")
    said = actor.try_(*actor.argv("rebuild"))
    assert said.returncode == 0, said.stderr
    assert "Pulp will not answer until they are done" in said.stderr
    with capsys.disabled():
        print(
            "\n" + "\n".join(line for line in said.stderr.splitlines() if "did not answer" in line)
        )
    assert_whole(actor, kept)
    actor.launcher("destroy", "--purge", "--yes")
