"""No generation runs without a plugin of which the database holds content.

Pulp itself does not look: its lists and its content server answer 500 from then on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from launcher.host import files, postgres
from launcher.model import roles
from launcher.model.errors import GateFailed
from launcher.model.held import Held, label_of, plugin_of, told, unserved
from launcher.model.requirement import BUILT_IN
from launcher.operations.install import load_units
from launcher.operations.waiting import start_units
from launcher.render.settings import applied

if TYPE_CHECKING:
    from collections.abc import Collection

    from launcher.model.manifest import Manifest
    from launcher.operations.instance import Instance
    from launcher.render.units import Desired

_TABLES = (
    "SELECT table_name, column_name FROM information_schema.columns"
    " WHERE table_schema = 'public' AND column_name IN ('pulp_type', 'content_type_id')"
    " AND table_name LIKE 'core\\_%' ORDER BY column_name DESC, table_name"
)
# One look into the index for each type, however many rows there are.
_TYPES = (
    "(WITH RECURSIVE t AS (SELECT min(pulp_type) AS k FROM {table} UNION ALL"
    " SELECT (SELECT min(pulp_type) FROM {table} WHERE pulp_type > t.k) FROM t"
    " WHERE t.k IS NOT NULL) SELECT split_part(k, '.', 1) FROM t WHERE k IS NOT NULL)"
)
_REFERRED = (
    "(SELECT app_label FROM django_content_type c WHERE app_label = ANY('{{{known}}}')"
    " AND EXISTS (SELECT 1 FROM {table} WHERE content_type_id = c.id))"
)
_COUNT_TYPES = (
    "SELECT '{table}', split_part(pulp_type, '.', 1), count(*) FROM {table}"
    " WHERE split_part(pulp_type, '.', 1) = '{label}' GROUP BY 2"
)
_COUNT_REFERRED = (
    "SELECT '{table}', app_label, count(*) FROM {table} JOIN django_content_type c"
    " ON c.id = content_type_id WHERE app_label = '{label}' GROUP BY 2"
)
_HOW = (
    "Put it back (pulp-launcher plugin add {plugin}, or enabled = true in plugins.toml; then "
    "pulp-launcher rebuild), or delete what there is of it first, as "
    "docs/how-to/take-a-plugin-out.md says."
)


def check_held(instance: Instance, wanted: Desired) -> None:
    """Make sure that a generation loads the plugins whose content the database holds.

    The database is started for that, and stopped again where the answer is no.

    Raises:
        GateFailed: it does not.
        EngineFailed, UnitFailed: the database can not be asked.

    """
    # It may be that a run which was killed wrote the unit.
    load_units(instance)
    (state,) = instance.systemd.states([_service(instance)])
    if not state.is_up:
        start_units(instance, [_service(instance)])
    try:
        refuse_unserved(instance, wanted)
    except GateFailed:
        if not state.is_up:
            instance.systemd.stop([_service(instance)])
        raise


def refuse_unserved(instance: Instance, wanted: Desired) -> None:
    """Do the same with a database that runs; raises as it does."""
    generation = wanted.generation
    loads = applied(wanted.settings).loads
    loaded = [name for name in (*generation.plugins, *BUILT_IN) if loads(name)]
    labels = _labels(instance)
    missing = unserved(
        _held_labels(instance),
        loaded,
        labels if generation.labels else {},
        instance.catalogue.plugins,
    )
    if missing:
        raise _refusal(f"generation {generation.number}", instance, missing)


def refuse_removed(instance: Instance, manifest: Manifest) -> None:
    """Refuse a manifest that takes a plugin away whose content a running Pulp serves.

    Raises:
        GateFailed: so it is.

    """
    missing = tuple(item for item in _removed(instance, manifest) if _counts(instance, [item]))
    if missing:
        raise _refusal("a generation of this plugins.toml", instance, missing)


def held_of(instance: Instance, manifest: Manifest) -> str:
    """Return what a running database holds of the plugins that a manifest takes away, in words."""
    return told(_counts(instance, _removed(instance, manifest)), _labels(instance))


def _removed(instance: Instance, manifest: Manifest) -> list[str]:
    """Return the labels of the plugins that are loaded now, and would not be by a manifest."""
    current = instance.current()
    if current is None:
        return []
    text = files.read(instance.paths.etc / str(current.number) / roles.SETTINGS) or ""
    stay = set(manifest.plugins) - set(manifest.off)
    gone = [name for name in current.plugins if applied(text).loads(name) and name not in stay]
    if not gone or not instance.systemd.states([_service(instance)])[0].is_up:
        return []
    labels = _labels(instance)
    return [label_of(name, labels) for name in gone]


def _refusal(what: str, instance: Instance, missing: Collection[str]) -> GateFailed:
    labels = _labels(instance)
    plugins = [plugin_of(label, labels) for label in missing]
    return GateFailed(
        f"{what} does not load {' and '.join(plugins)}, of which the database holds content: the "
        "API and the content server would answer 500",
        details=told(_counts(instance, missing), labels),
        hint=_HOW.format(plugin=" ".join(plugins)),
    )


def _labels(instance: Instance) -> dict[str, str]:
    """Return the plugins that any generation has had, by their label in Pulp."""
    known = {label_of(name, {}): name for name in instance.catalogue.plugins}
    for generation in instance.generations():
        known |= generation.labels
    return known


def _held_labels(instance: Instance) -> set[str]:
    """Return the labels of the plugins of which there is anything in the database."""
    looks = {"pulp_type": _TYPES, "content_type_id": _REFERRED}
    # What has roles, or is the result of a task, may be of Django's own applications.
    known = ",".join(sorted(_labels(instance)))
    parts = [looks[kind].format(table=table, known=known) for table, kind in _tables(instance)]
    return {label for (label,) in _ask(instance, " UNION ".join(parts))}


def _counts(instance: Instance, labels: Collection[str]) -> list[Held]:
    counts = {"pulp_type": _COUNT_TYPES, "content_type_id": _COUNT_REFERRED}
    parts = [
        counts[kind].format(table=table, label=label)
        for label in labels
        for table, kind in _tables(instance)
    ]
    rows = _ask(instance, " UNION ALL ".join(parts))
    return [Held(label, table, int(count)) for table, label, count in rows]


def _tables(instance: Instance) -> list[tuple[str, ...]]:
    return _ask(instance, _TABLES)


def _ask(instance: Instance, sql: str) -> list[tuple[str, ...]]:
    if not sql:
        return []
    return postgres.rows(instance.podman, instance.names.container("db"), sql)


def _service(instance: Instance) -> str:
    return instance.names.service(instance.names.container("db"))
