"""The signing services that Pulp's database knows, and who uses them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from launcher.host import postgres
from launcher.model.errors import NotReady
from launcher.model.signing import service
from launcher.operations.signing_keys import key_names

if TYPE_CHECKING:
    from launcher.model.signing import Service
    from launcher.operations.instance import Instance

# Each table whose rows point to a service, with the kind of thing that a row is.
_REFERRING = (
    "SELECT r.relname, a.attname,"
    " EXISTS (SELECT 1 FROM pg_attribute p WHERE p.attrelid = r.oid"
    " AND p.attname = 'repository_ptr_id')"
    " FROM pg_constraint c JOIN pg_class r ON r.oid = c.conrelid"
    " JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum = c.conkey[1]"
    " JOIN pg_attribute k ON k.attrelid = c.confrelid AND k.attnum = c.confkey[1]"
    " WHERE c.contype = 'f' AND a.attname <> 'signingservice_ptr_id'"
    " AND (c.confrelid = 'core_signingservice'::regclass OR k.attname = 'signingservice_ptr_id')"
    # A signature that was made is content, and stays what it is without its service.
    " AND NOT EXISTS (SELECT 1 FROM pg_attribute p WHERE p.attrelid = r.oid"
    " AND p.attname = 'content_ptr_id')"
    " ORDER BY 1, 2"
)
_REPOSITORIES = (
    "SELECT t.{column}::text, 'repository ' || r.name FROM {table} t"
    " JOIN core_repository r ON r.pulp_id = t.repository_ptr_id WHERE t.{column} IS NOT NULL"
)
_ROWS = (
    "SELECT {column}::text, count(*) || ' of {table}' FROM {table}"
    " WHERE {column} IS NOT NULL GROUP BY 1"
)
_SERVICES = (
    "SELECT pulp_id::text, name, script, pubkey_fingerprint FROM core_signingservice ORDER BY name"
)
_PUBLIC_KEY = (
    "SELECT DISTINCT translate(encode(convert_to(public_key, 'UTF8'), 'base64'), E'\\n', '')"
    " FROM core_signingservice WHERE name = '{name}'"
)


def services(instance: Instance) -> tuple[Service, ...]:
    """Return the signing services of a Pulp whose database runs.

    Raises:
        NotReady: it does not run.
        EngineFailed: it does not answer.

    """
    check_database(instance)
    users: dict[str, list[str]] = {}
    for identity, user in _users(instance):
        users.setdefault(identity, []).append(user)
    return tuple(
        service(name, script, fingerprint, users.get(identity, ()))
        for identity, name, script, fingerprint in _known(instance)
    )


def warn_of_lost_keys(instance: Instance) -> None:
    """Say so where Pulp has services whose key podman has not; nothing else would, until it signs.

    Raises:
        EngineFailed: the database does not answer.

    """
    known = {name: service(name, script, "", ()).key for _, name, script, _ in _known(instance)}
    for lost in sorted({key for key in known.values() if key} - key_names(instance)):
        full = instance.names.signing_key(lost)
        instance.reporter.note(
            f"The signing key {lost} is gone, and what is published with it fails: the secret "
            f"{full} is not there. Give it back: pulp-launcher signing add {lost} --key FILE"
        )


def check_database(instance: Instance) -> None:
    """Make sure that the database runs; raises NotReady."""
    db = instance.names.service(instance.names.container("db"))
    if not instance.systemd.states([db])[0].is_up:
        raise NotReady(
            "the database does not run, which knows the signing services",
            hint="Start the instance with: pulp-launcher start",
        )


def public_key(instance: Instance, service: str) -> str:
    """Return the public key that Pulp keeps with a service, in base64."""
    ((text,),) = _ask(instance, _PUBLIC_KEY.format(name=service))
    return text


def _known(instance: Instance) -> list[tuple[str, ...]]:
    return _ask(instance, _SERVICES)


def _users(instance: Instance) -> list[tuple[str, ...]]:
    parts = [
        (_REPOSITORIES if of_repository == "t" else _ROWS).format(table=table, column=column)
        for table, column, of_repository in _ask(instance, _REFERRING)
    ]
    return _ask(instance, " UNION ALL ".join(parts)) if parts else []


def _ask(instance: Instance, sql: str) -> list[tuple[str, ...]]:
    return postgres.rows(instance.podman, instance.names.container("db"), sql)
