"""A host's own network: a namespace, a pair of interfaces and one rule for its way out."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from tests.lab.errors import LabError
from tests.lab.system import call

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.lab.names import Names

# The uplink of some machines is no wider, and they drop what would have to be split.
MTU = "1400"


def free_slot(taken: Iterable[int]) -> int:
    """Find the first subnet that neither another host nor the machine itself uses."""
    used = set(taken) | set(_machine_slots())
    for slot in range(1, 255):
        if slot not in used:
            return slot
    raise LabError("all subnets for hosts are in use")


def _machine_slots() -> Iterable[int]:
    for link in json.loads(call("ip", "-json", "-4", "address")):
        for address in link.get("addr_info", []):
            first, second, third, _ = address["local"].split(".")
            if (first, second) == ("10", "213"):
                yield int(third)


def create(names: Names, slot: int) -> None:
    remove(names)
    call("ip", "netns", "add", names.netns)
    call("ip", "link", "add", names.short, "mtu", MTU, "type", "veth",
         "peer", "name", "eth0", "mtu", MTU, "netns", names.netns)  # fmt: skip
    call("ip", "address", "add", f"10.213.{slot}.1/24", "dev", names.short)
    call("ip", "link", "set", names.short, "up")
    inside = f"""\
link set lo up
address add 10.213.{slot}.2/24 dev eth0
link set eth0 up
route add default via 10.213.{slot}.1
"""
    call("ip", "-netns", names.netns, "-batch", "-", feed=inside)
    _open_way_out(names, slot)


def _open_way_out(names: Names, slot: int) -> None:
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1\n")
    rules = f"""\
table ip {names.table} {{
    chain postrouting {{
        type nat hook postrouting priority srcnat;
        ip saddr 10.213.{slot}.0/24 oifname != "{names.short}" masquerade
    }}
}}
"""
    call("nft", "-f", "-", feed=rules)
    if _forwarding_is_closed():
        for rule in _forward_rules(names):
            call("iptables", "--wait", "--insert", *rule)


def _forwarding_is_closed() -> bool:
    """Docker, among others, drops what it does not know itself."""
    if not shutil.which("iptables"):
        return False
    return "-P FORWARD DROP" in call("iptables", "--wait", "-S", "FORWARD", check=False)


def _forward_rules(names: Names) -> list[list[str]]:
    comment = ["-m", "comment", "--comment", names.netns, "-j", "ACCEPT"]
    return [["FORWARD", way, names.short, *comment] for way in ("-i", "-o")]


def remove(names: Names) -> None:
    """Take away whatever is there of it."""
    if names.netns in call("ip", "netns", "list", check=False).split():
        call("ip", "netns", "delete", names.netns, check=False)
    call("ip", "link", "delete", names.short, check=False)
    call("nft", "delete", "table", "ip", names.table, check=False)
    if _forwarding_is_closed():
        for rule in _forward_rules(names):
            call("iptables", "--wait", "--delete", *rule, check=False)
