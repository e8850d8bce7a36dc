"""What takes long to see of a switch: cut short at each step, slow to fail, over a wide gap."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from launcher.operations.switch_steps import STEPS
from tests.acceptance.file_flow import Download, file_flow
from tests.host.actor import Actor
from tests.host.conftest import PORTS
from tests.host.pair import assert_refused, assert_whole, pin, wait_for_the_guard
from tests.host.steps import KILL, at
from tests.host.trial import ENDLESS, FAULTS, Trial

if TYPE_CHECKING:
    from tests.host.pair import Both, Pair
    from tests.lab import Host

pytestmark = [pytest.mark.host, pytest.mark.thorough]

KILLED = 137
HEAD = ("step", "on way", "what happened", "and then", "s", "outcome")


def test_cut_short_at_any_step_it_ends_whole(
    pair: Pair, both: Both, capsys: pytest.CaptureFixture[str]
) -> None:
    """Back with a snapshot, which has every step, and forward with a migration, again and again.

    At each step the launcher is killed once, and once more with a power cut after it, when the
    guard may have gone on for a moment. root's instance is left to itself then; elsewhere `start`
    is typed, which waits for the guard, or is there before it.
    """
    show("{:9} {:9} {:18} {:8} {:>4}  {}".format(*HEAD), capsys)

    def cut(step: str, *words: str, power: bool) -> bool:
        was_cut: list[bool] = []
        both(lambda actor, _: was_cut.append(killed(actor, step, *words)))
        if power and all(was_cut):
            next(iter(pair)).host.reboot(hard=True)
        if any(was_cut):
            both(lambda actor, kept: finish(actor, kept, step, words[0], power=power))
        return all(was_cut)

    def finish(actor: Actor, kept: Download, step: str, way: str, *, power: bool) -> None:
        began, alone = time.monotonic(), power and actor.is_root
        if alone:
            wait_for_the_guard(actor)
        else:
            actor.try_(*actor.argv("start"))
        seconds = time.monotonic() - began
        assert_whole(actor, kept)
        what, then = "killed, power cut" if power else "killed", "nothing" if alone else "start"
        whole = f"{actor} is whole, generation {actor.generation()}"
        show(f"{step:9} {way:9} {what:18} {then:8} {seconds:4.0f}  {whole}", capsys)

    both(lambda actor, _: actor.launcher("plugin", "add", Trial("pulp-step").put(actor)))
    for step in STEPS:
        both(go_forward)
        assert cut(step.name, "rollback", "--restore", power=False)
        if not cut(step.name, "rebuild", power=True):
            both(go_forward)
            assert cut(step.name, "rollback", "--restore", power=True)


def go_forward(actor: Actor, _: Download) -> None:
    """Have the newer of two generations serve."""
    if actor.generation() == 1:
        actor.launcher("rebuild")


def killed(actor: Actor, step: str, *words: str) -> bool:
    """Run the launcher, kill it when it begins a step, and tell whether it came to that."""
    done = at(actor, step, KILL, *words)
    assert done.returncode in {0, KILLED}, done.stdout + done.stderr
    return done.returncode == KILLED


def show(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print(f"\n{line}", end="", flush=True)


@pytest.mark.parametrize("fault", [*FAULTS, ENDLESS])
def test_what_fails_leaves_the_old_generation_serving(both: Both, fault: str) -> None:
    both(lambda actor, kept: assert_refused(actor, kept, fault))


def test_nobody_comes_through_to_the_new_generation(both: Both) -> None:
    """A firewall is put up while the new generation starts, so that only its own socket answers."""

    def block(actor: Actor, kept: Download) -> None:
        generation, table = actor.generation(), f"inet shut_{actor.user}"
        # Earlier than podman turns the requests to the container's own address.
        chain = f"add chain {table} c {{ type filter hook output priority -150; }}"
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


@pytest.mark.parametrize("user", PORTS)
def test_a_jump_over_versions_that_do_not_go_together(
    host: Host, user: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Pulp 3.85 is too old to see the migrations of what came after it (`RequireVersion`)."""
    actor = Actor(host, user, PORTS[user] + 20, "jump")
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
