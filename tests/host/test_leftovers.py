"""Builds that are killed leave images without a name, which the next one takes away, and no others.

The kind: hundreds of megabytes that nobody names, in places where nobody looks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.host.cut import cut

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.host.actor import Actor

pytestmark = [pytest.mark.host, pytest.mark.thorough]

LABEL = "label=io.pulp-launcher.builder=pulp-launcher"
_SOMEBODY_S = r"printf 'FROM scratch\nLABEL some=body\n' | podman build --quiet -f - /usr/games"


def dangling(actor: Actor, *filters: str) -> set[str]:
    """Return the IDs of the images that have no name, and that no other stands on."""
    options = [f"--filter={one}" for one in ("dangling=true", *filters)]
    return set(actor.podman("image", "ls", "--no-trunc", "--quiet", *options).split())


def want(actor: Actor, packages: str) -> None:
    """Let the image have more packages of Debian, so that other steps are due."""
    path = f"{actor.config_dir}/plugins.toml"
    actor.run("sed", "-i", f"s/^packages = .*/packages = [{packages}]/", path)


def test_what_killed_builds_left_goes_with_the_next(
    as_each: Callable[[Callable[[Actor], None]], None],
) -> None:
    def life(actor: Actor) -> None:
        somebody_s = actor.shell(_SOMEBODY_S).strip()
        spare = actor.other("left")
        spare.init()
        for package in ("hello", "bc"):
            want(spare, f'"{package}"')
            spare.launcher("lock")
            assert cut(spare, "process", "KILL").startswith("137 ")
        assert len(dangling(spare, LABEL)) > 1
        want(spare, "")
        spare.launcher("rebuild")
        assert dangling(spare, LABEL) == set()
        assert any(one.endswith(somebody_s) for one in dangling(spare))
        assert actor.shell("find /var/tmp -maxdepth 1 -user \"$(id -u)\" -name 'buildah*'") == ""
        said = spare.launcher("destroy", "--purge", "--yes")
        assert "Left folder" in said
        assert "Left image localhost/pulp-launcher/base:trixie" in said
        actor.podman("image", "rm", somebody_s)

    as_each(life)
