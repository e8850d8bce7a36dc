"""Names and paths: what they are, and that no two instances share one."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest

from launcher.model import roles
from launcher.model.errors import UsageProblem
from launcher.model.names import Names
from launcher.model.paths import Paths

HOME = Path("/home/alice")


def all_of(names: Names) -> dict[str, set[str]]:
    """Return the names that an instance gives, by what is named."""
    containers = {names.container(name) for name in roles.NAMES if name != "worker"}
    containers |= {names.container(name, 7) for name in ("api", "content")}
    containers |= {names.container("worker", 7, number) for number in range(1, 65)}
    volumes = {names.volume(volume.name) for volume in roles.VOLUMES}
    return {
        "unit": {names.service(name) for name in containers}
        | {f"{name}-volume.service" for name in volumes}
        | {f"{names.network}-network.service", names.target},
        "volume": volumes,
        "network": {names.network},
        "secret": {names.secret(secret) for secret in roles.SECRETS},
        "image": {names.image(1, "0" * 64)},
        "label": {f"{key}={value}" for key, value in names.labels.items()},
    }


def test_the_default_instance_has_the_plain_names() -> None:
    names = Names()
    assert names.target == "pulp.target"
    assert names.service(names.container("worker", 7, 2)) == "pulp-worker-7-2.service"
    assert names.image(3, "0123456789abcdef") == "localhost/pulp-launcher/pulp:3-0123456789ab"


def test_instances_share_no_name() -> None:
    words = [*roles.NAMES, *(volume.name for volume in roles.VOLUMES), "network", "volume", "pulp"]
    words += ["a", "a-a", "token", "django", "field", "admin", "a-web", "worker-1", "pulp-web"]
    everything = [all_of(Names(word)) for word in dict.fromkeys(words)]
    for one, other in combinations(everything, 2):
        shared = {kind: one[kind] & other[kind] for kind in one if one[kind] & other[kind]}
        assert not shared


def test_everything_that_is_labelled_names_its_instance() -> None:
    assert Names("second").labels == {"io.pulp-launcher.instance": "second"}


@pytest.mark.parametrize(
    "name", ["", "A", "1a", "-a", "a b", "a/b", "../a", "a.b", "a%h", "a\n", "a" * 32, "[a]"]
)
def test_a_name_that_units_can_not_have_is_a_usage_problem(name: str) -> None:
    with pytest.raises(UsageProblem, match="instance"):
        Names(name)


def test_the_longest_name_is_taken() -> None:
    assert Names("a" * 31).prefix == f"pulp-{'a' * 31}"


def test_as_root_files_are_where_the_design_says() -> None:
    paths = Paths.of_root("second")
    assert paths.manifest == Path("/etc/pulp-launcher/second/plugins.toml")
    assert paths.config == Path("/etc/pulp-launcher/second/config.toml")
    assert paths.lock == Path("/etc/pulp-launcher/second/pylock.toml")
    assert paths.generation(3) == Path("/var/lib/pulp-launcher/second/generations/3")
    assert paths.cache_dir == Path("/var/cache/pulp-launcher")
    assert paths.quadlet_dir == Path("/etc/containers/systemd")
    assert paths.unit_dir == Path("/etc/systemd/system")
    assert paths.podman_socket == Path("/run/podman/podman.sock")


def test_rootless_files_are_where_xdg_says() -> None:
    env = {
        "XDG_CONFIG_HOME": "/c",
        "XDG_STATE_HOME": "/s",
        "XDG_CACHE_HOME": "/k",
        "XDG_RUNTIME_DIR": "/r",
    }
    paths = Paths.of_user("pulp", HOME, 1000, env)
    assert paths.config == Path("/c/pulp-launcher/pulp/config.toml")
    assert paths.current == Path("/s/pulp-launcher/pulp/current.json")
    assert paths.cache_dir == Path("/k/pulp-launcher")
    assert paths.quadlet_dir == Path("/c/containers/systemd")
    assert paths.unit_dir == Path("/c/systemd/user")
    assert paths.podman_socket == Path("/r/podman/podman.sock")


@pytest.mark.parametrize("env", [{}, {"XDG_CONFIG_HOME": "", "XDG_STATE_HOME": ""}])
def test_rootless_without_xdg_has_the_defaults_of_xdg(env: dict[str, str]) -> None:
    paths = Paths.of_user("pulp", HOME, 1000, env)
    assert paths.config_dir == HOME / ".config/pulp-launcher/pulp"
    assert paths.state_dir == HOME / ".local/state/pulp-launcher/pulp"
    assert paths.cache_dir == HOME / ".cache/pulp-launcher"
    assert paths.podman_socket == Path("/run/user/1000/podman/podman.sock")
