"""Pulp's REST API by curl, for what pulp-cli has no words for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.acceptance.client import Pulp


def create(pulp: Pulp, kind: str, **fields: str) -> Any:
    """Make a thing of a kind, `repositories/deb/apt`, and return it; `@PATH` uploads a file."""
    forms = [word for name, value in fields.items() for word in ("--form", f"{name}={value}")]
    made = _call(pulp, f"/pulp/api/v3/{kind}/", *forms)
    if "task" not in made:
        return made
    # Its exit status says whether the task succeeded.
    task = pulp("task", "show", "--wait", "--href", made["task"])
    # A repository's version may be among them; it is not what was asked for.
    (href,) = [href for href in task["created_resources"] if f"/{kind}/" in href]
    return _call(pulp, href)


def post(pulp: Pulp, path: str, **fields: str) -> Any:
    """Post to an address of the API and return its answer."""
    forms = [word for name, value in fields.items() for word in ("--form", f"{name}={value}")]
    return _call(pulp, path, *forms)


def get(pulp: Pulp, path: str) -> Any:
    """Return what is at an address of the API."""
    return _call(pulp, path)


def _call(pulp: Pulp, path: str, *options: str) -> Any:
    # Not on the command line: the password is nobody else's business.
    user = f"user = {json.dumps(f'admin:{pulp.password}')}\n"
    argv = ("curl", "-sS", "--fail-with-body", "--config", "-", *options, f"{pulp.url}{path}")
    return json.loads(pulp.client.run(*argv, stdin=user))
