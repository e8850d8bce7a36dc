"""Variables of the environment of Pulp's processes: `[environment]` of the config."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from launcher.model import roles
from launcher.model.references import REFERENCE, secret_of
from launcher.model.toml import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROLES = tuple(role.name for role in roles.ROLES if role.reads == roles.SETTINGS)
"""The roles that run Pulp's code; each may have variables in a table of its own."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SERVED = re.compile(r"PULP_(API|CONTENT)_(WORKERS|TIMEOUT|MAX_REQUESTS|MAX_REQUESTS_JITTER)")
_SETTING = re.compile(r"PULP_(?!LAUNCHER_)([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)(?:__.*)?", re.IGNORECASE)

_OF_IMAGE = "the image sets it, and its programs rely on it"
_OF_PROCESSES = "use the keys under [api] and [content]"
_OF_CONTAINER = "the container sets it"
REFUSED = {
    "PULP_SETTINGS": "the launcher writes that file; settings of Pulp belong under [settings]",
    "PULP_STATIC_ROOT": _OF_IMAGE,
    "PULP_(API|CONTENT)_(BIND|GRACE)": "the launcher sets it; how long tasks and downloads may "
    "take to end is grace under [worker]",
    "PULP_LAUNCHER_.*": "the launcher sets it",
    "GUNICORN_CMD_ARGS|WEB_CONCURRENCY": _OF_PROCESSES,
    "DYNACONF_.*|.*_FOR_DYNACONF": "settings of Pulp belong under [settings]",
    "DJANGO_SETTINGS_MODULE|PATH|HOME|LANG|LANGUAGE|LC_.*|VIRTUAL_ENV": _OF_IMAGE,
    "PYTHON(PATH|HOME|UNBUFFERED|EXECUTABLE|PLATLIBDIR)": _OF_IMAGE,
    "TMPDIR": "temporary files lie on the disk of the content, which is pulp under [storage]",
    "HOSTNAME|XDG_RUNTIME_DIR|NOTIFY_SOCKET|LISTEN_.*|CONTAINER": _OF_CONTAINER,
    "PG[A-Z]+": "the database is a role of the instance",
}
"""Names that the launcher, the image or Pulp rely on, and what is to be done instead."""


def check_environment(environment: Mapping[str, Any]) -> None:
    """Refuse what can not be, or may not be, in the environment of a role; raises ValueError."""
    for key, value in environment.items():
        if key in ROLES:
            _check_role(key, value)
        elif isinstance(value, dict) and REFERENCE not in value:
            raise ValueError(f"{key!r} is not a role of Pulp ({', '.join(ROLES)}){_near(key)}")
        else:
            _check_variable(key, value)


def of_role(environment: Mapping[str, Any], role: str) -> dict[str, Any]:
    """Return the variables of a role: values, or references to secrets; its own count more."""
    if role not in ROLES:
        return {}
    common = {name: value for name, value in environment.items() if name not in ROLES}
    return dict(sorted({**common, **environment.get(role, {})}.items()))


def tables(environment: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each table of variables by its name in the config."""
    yield "environment", {key: item for key, item in environment.items() if key not in ROLES}
    for role in ROLES:
        if role in environment:
            yield f"environment.{role}", environment[role]


def _check_role(role: str, variables: Any) -> None:
    if not isinstance(variables, dict) or REFERENCE in variables:
        raise ValueError(
            f"{role} is a role of Pulp, whose variables stand in a table: [environment.{role}]"
        )
    for name, value in variables.items():
        _check_variable(name, value)


def _check_variable(name: str, value: Any) -> None:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} can not be the name of a variable")
    _check_name(name)
    if secret_of(value) is not None:
        return
    if not isinstance(value, str):
        raise ValueError(  # noqa: TRY004
            f'{name} must be a string in quotes, or {{ {REFERENCE} = "NAME" }}'
        )
    if not value.isprintable():
        raise ValueError(
            f"{name} has a line break, or another character that can not be printed, in its value; "
            f"only a secret may have that: pulp-launcher secret set NAME <FILE, and "
            f'{name} = {{ {REFERENCE} = "NAME" }}'
        )


def _check_name(name: str) -> None:
    """Refuse a name that something relies on, in any spelling that means the same to it."""
    served = _SERVED.fullmatch(name)
    if served:
        key = {"WORKERS": "processes"}.get(served[2], served[2].lower())
        raise ValueError(f"{name} can not be set here: use {key} under [{served[1].lower()}]")
    for pattern, reason in REFUSED.items():
        if re.fullmatch(pattern, name, re.IGNORECASE):
            raise ValueError(f"{name} can not be set here: {reason}")
    setting = _SETTING.fullmatch(name)
    if setting:
        raise ValueError(
            f"{name} can not be set here: it is a setting of Pulp, {setting[1]} under [settings]"
        )


def _near(word: str) -> str:
    return nearest(word, ROLES)
