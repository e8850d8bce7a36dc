"""Values of the config that stand elsewhere: secrets which podman keeps, referred to by name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from launcher.model.mask import secrets_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

REFERENCE = "from-secret"
"""The one key of a table that stands for a secret: no setting of Pulp's has a dash in its name."""

NAME = re.compile(r"[a-z][a-z0-9-]{0,62}")
"""How the name of a secret is written."""

_TELLING = re.compile(
    r"(PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|CREDENTIALS?|CONNECTION_STRING|(?<!PUBLIC)_KEY|^KEY)$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Use:
    """Where a secret is referred to: a key, at whatever depth, of a table of a file."""

    key: str
    table: str
    file: str

    @property
    def place(self) -> str:
        """The place in a word, or in words where it is not a setting of Pulp."""
        return self.key if self.table == "settings" else f"{self.key} under [{self.table}]"

    def __str__(self) -> str:
        """Return the place in words."""
        return f"{self.key} under [{self.table}] in {self.file}"


def secret_of(value: Any) -> str | None:
    """Return the name of the secret that a value refers to, or None where it is a value itself.

    Raises:
        ValueError: it is a reference that is not written as one.

    """
    if not isinstance(value, dict) or REFERENCE not in value:
        return None
    name = value[REFERENCE]
    if len(value) > 1 or not isinstance(name, str) or not NAME.fullmatch(name):
        raise ValueError(
            f'a secret is referred to as {{ {REFERENCE} = "NAME" }} and nothing else, its name '
            "in small letters, digits and dashes"
        )
    return name


def referred_to(values: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Return where secrets are referred to (`STORAGES.default.OPTIONS`), by the secret's name."""
    found: dict[str, list[str]] = {}
    for place, value in _leaves(values):
        name = secret_of(value)
        if name is not None:
            found.setdefault(name, []).append(place)
    return {name: tuple(places) for name, places in found.items()}


def uses(tables: Iterable[tuple[str, Mapping[str, Any]]], file: str) -> dict[str, tuple[Use, ...]]:
    """Return the uses of each secret, by its name, in tables of a file, which come by theirs."""
    found: dict[str, tuple[Use, ...]] = {}
    for table, values in tables:
        for name, keys in referred_to(values).items():
            found[name] = found.get(name, ()) + tuple(Use(key, table, file) for key in keys)
    return found


def plain_secrets(values: Mapping[str, Any]) -> dict[str, str]:
    """Return the values that look like secrets and stand there themselves, by their place."""
    return {
        place: value
        for place, value in _leaves(values)
        if isinstance(value, str) and _is_telling(place.rpartition(".")[2], value)
    }


def _is_telling(name: str, value: str) -> bool:
    # A path names the place of a secret, and what has blanks in it is a sentence.
    is_value = bool(value) and not value.startswith("/") and " " not in value
    return bool(is_value and _TELLING.search(name)) or bool(secrets_in(value))


def _leaves(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Yield what is no table or list, and references, with the keys that lead there."""
    if isinstance(value, dict) and REFERENCE not in value:
        for key, item in value.items():
            yield from _leaves(item, f"{place}.{key}" if place else str(key))
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item, place)
    else:
        yield place, value
