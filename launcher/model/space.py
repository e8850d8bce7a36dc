"""How much free space something needs, summed up for each file system that it comes to lie on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MIB = 1024**2


@dataclass(frozen=True)
class FileSystem:
    """One file system: what tells it from all others, and how many bytes of it are free."""

    identity: str
    free: int


@dataclass(frozen=True)
class Need:
    """Bytes that something needs (`what`, in words) on the file system of a folder (`where`)."""

    what: str
    where: str
    size: int
    on: FileSystem


def shortages(needs: Iterable[Need]) -> tuple[str, ...]:
    """Return a sentence for each file system that has less free space than all needs on it."""
    together: dict[str, list[Need]] = {}
    for need in needs:
        together.setdefault(need.on.identity, []).append(need)
    return tuple(_sentence(found) for found in together.values() if _lacking(found) > 0)


def _lacking(needs: list[Need]) -> int:
    return sum(need.size for need in needs) - min(need.on.free for need in needs)


def _sentence(needs: list[Need]) -> str:
    # Rounded up and down: equal numbers would read as if there were enough.
    needed = -(-sum(need.size for need in needs) // MIB)
    free = min(need.on.free for need in needs) // MIB
    folders = " and ".join(dict.fromkeys(need.where for need in needs))
    parts = ", ".join(f"{-(-need.size // MIB)} for {need.what}" for need in needs)
    return f"{folders}: {free} MB are free, {needed} MB are needed ({parts})"
