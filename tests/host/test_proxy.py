"""Behind a proxy with a password all works by one secret, also what systemd starts by itself.

The kind of fault: something that fetches does not know the proxy or its password, or tells it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.host.guarded_proxy import PASSWORD, GuardedProxy, guarded_proxy, shut_off
from tests.host.test_secrets import SEARCH_FILES, SEARCH_IMAGE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.host.actor import Actor
    from tests.lab import Host

pytestmark = [pytest.mark.host, pytest.mark.thorough]

INDEX = {"pypi.org", "files.pythonhosted.org"}
ARCHIVE = "deb.debian.org"
CANARIES = f"{PASSWORD}\n{PASSWORD.replace('@', '%40')}\n"
NAMED = 'proxy = { from-secret = "proxy" }'


@pytest.fixture(scope="module")
def proxy(host: Host) -> Iterator[GuardedProxy]:
    """Give a proxy that is the only way out of the host."""
    machine = f"{host.address.rpartition('.')[0]}.1"
    with guarded_proxy(machine) as proxy, shut_off(host, machine):
        yield proxy


def test_all_is_fetched_through_a_proxy_with_a_password(actor: Actor, proxy: GuardedProxy) -> None:
    proxied = actor.other("proxied")
    proxied.init()
    plain = proxied.argv("plugin", "add", "pulp_rpm")
    assert proxied.try_(*plain).returncode
    manifest = f"{proxied.config_dir}/plugins.toml"
    proxied.run("sed", "-i", f"s|^\\[image\\]|&\\n{NAMED}|", manifest)
    refused = proxied.try_(*plain)
    assert "pulp-launcher secret set proxy" in refused.stderr
    set_secret = proxied.argv("secret", "set", "proxy")
    proxied.run(*set_secret, stdin=proxy.address.replace("canary", "other") + "\n")
    refused = proxied.try_(*plain)
    assert "the proxy wants a name and password" in refused.stderr
    assert "other-32" not in refused.stderr
    proxied.run(*set_secret, stdin=f"{proxy.address}\n")
    proxy.forget()
    proxied.run(*plain)
    assert "pypi.org" in proxy.hosts
    # The base was made before the host was shut off; a package of its own takes apt there again.
    proxied.run("sed", "-i", 's|^packages = .*|packages = ["tree"]|', manifest)
    proxied.launcher("rebuild")
    assert proxy.hosts >= {*INDEX, ARCHIVE}
    assert not proxy.strangers
    upgrade_by_timer(proxied, proxy)
    look_for_the_password(proxied)
    assert proxied.try_(*proxied.argv("secret", "remove", "proxy")).returncode
    proxied.launcher("destroy", "--purge", "--yes")


def upgrade_by_timer(actor: Actor, proxy: GuardedProxy) -> None:
    actor.launcher("auto-upgrade", "enable")
    proxy.forget()
    actor.systemctl("start", f"{actor.prefix}-upgrade.service")
    assert proxy.hosts >= {"pypi.org", ARCHIVE}
    assert not proxy.strangers
    service = actor.systemctl("show", "--property=Environment", f"{actor.prefix}-upgrade.service")
    assert service.strip() == "Environment="


def look_for_the_password(actor: Actor) -> None:
    folders = [actor.config_dir, actor.state_dir, actor.quadlet_dir, actor.unit_dir]
    found = actor.run("bash", "-euc", SEARCH_FILES, "bash", *folders, stdin=CANARIES)
    assert found.split() == ["0"]
    image = actor.podman("images", "--quiet", f"pulp-launcher/{actor.instance}").split()[0]
    found = actor.run("bash", "-euc", SEARCH_IMAGE, "bash", image, stdin=CANARIES)
    assert found.split() == ["0", "0", "0"]
