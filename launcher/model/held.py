"""What the database holds of each plugin, and whether a generation can serve it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from launcher.model.requirement import BUILT_IN

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

CORE_LABEL = "core"
_WORDS = {
    "core_repository": ("repository", "repositories"),
    "core_content": ("content unit", "content units"),
    "core_alternatecontentsource": ("alternate content source", "alternate content sources"),
    "core_contentguard": ("content guard", "content guards"),
    "core_createdresource": ("result of a task", "results of tasks"),
    "core_exportedresource": ("result of an export", "results of exports"),
    "core_userrole": ("role of a user", "roles of users"),
    "core_grouprole": ("role of a group", "roles of groups"),
}


@dataclass(frozen=True)
class Held:
    """How many rows of a table of Pulp's belong to a plugin, known by its label in Pulp."""

    label: str
    table: str
    count: int

    def __str__(self) -> str:
        one = self.table.removeprefix("core_")
        singular, plural = _WORDS.get(self.table, (one, f"{one}s"))
        return f"{self.count} {singular if self.count == 1 else plural}"


def label_of(plugin: str, labels: Mapping[str, str]) -> str:
    """Return a plugin's label in Pulp; `labels` (label → plugin) are those that are known."""
    for label, name in labels.items():
        if name == plugin:
            return label
    return plugin.removeprefix("pulp-").replace("-", "_")


def plugin_of(label: str, labels: Mapping[str, str]) -> str:
    """Return the plugin of a label."""
    return labels.get(label) or f"pulp-{label.replace('_', '-')}"


def unserved(
    held: Collection[str],
    loaded: Iterable[str],
    labels: Mapping[str, str],
    known: Collection[str],
) -> tuple[str, ...]:
    """Return the labels of which the database holds something and that no plugin serves.

    `held` are labels, `loaded` the plugins that Pulp will load, `known` those of the catalogue.
    Without `labels`, as a generation of an earlier launcher has none, a plugin nobody knows may
    have any label, so that only those of known plugins count.
    """
    served = {CORE_LABEL, *(label_of(plugin, labels) for plugin in loaded)}
    certain = {label_of(plugin, labels) for plugin in (*known, *BUILT_IN)}
    return tuple(
        sorted(label for label in held if label not in served and (labels or label in certain))
    )


def told(held: Iterable[Held], labels: Mapping[str, str]) -> str:
    """Return what is held of each plugin, a line for each."""
    by_plugin: dict[str, list[str]] = {}
    for item in held:
        by_plugin.setdefault(plugin_of(item.label, labels), []).append(str(item))
    return "\n".join(f"{plugin}: {', '.join(words)}" for plugin, words in by_plugin.items())
