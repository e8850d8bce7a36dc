#!/opt/pulp/bin/python
"""Ask Pulp for what its clients ask: lists, downloads, secrets.

In the processes of the API it is gunicorn's configuration, and answers on a socket that only their container sees;
no client gets there, and it needs no user and no password. Run by itself it takes the seconds of a start of Django,
and its last line is for programs.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

SOCKET = "/tmp/probe.sock"
DOMAIN = "default"
SAMPLE = 10
"""Rows of a list that are asked for."""

SECRETS = 100
"""Rows of each end of a table, the oldest and the newest, whose secrets are decrypted."""

TRIED = 5
"""Distributions of a type, the newest, of which files are asked for."""

FILES = 3
"""Files of a distribution that are asked for."""


def probe(host: str) -> dict[str, Any]:
    """Return what is wrong, and what the content server has to be asked for."""
    from django.db import connections

    connections.close_all()
    try:
        problems = [*unknown_types(), *undecryptable(), *lists(host)]
        return {"problems": problems, "downloads": list(downloads())}
    finally:
        connections.close_all()


def masters() -> list[Any]:
    """Return the models of which plugins have kinds of their own."""
    from django.apps import apps

    return [
        model
        for model in apps.get_models()
        if any(field.name == "pulp_type" for field in model._meta.local_fields)
    ]


def types(model: Any) -> Iterator[str]:
    """Yield the types that rows have, each by one look into the index, however many rows there are."""
    rows = model._base_manager.order_by("pulp_type").values_list("pulp_type", flat=True)
    found = rows.first()
    while found is not None:
        yield found
        found = rows.filter(pulp_type__gt=found).first()


def unknown_types() -> Iterator[str]:
    for model in masters():
        for kind in types(model):
            if kind not in model._pulp_model_map:
                yield f"the database has {model._meta.verbose_name_plural} of {kind}, which no plugin here knows"


def undecryptable() -> Iterator[str]:
    from django.apps import apps

    for model in apps.get_models():
        for field in model._meta.local_fields:
            if type(field).__name__ in {"EncryptedTextField", "EncryptedJSONField"}:
                rows = secrets(model, field)
                bad = sum(not decrypts(field, text) for text in rows)
                if bad:
                    what = f"{field.name} of {bad} of {len(rows)} {model._meta.verbose_name_plural}"
                    yield f"the key does not decrypt {what}"


def secrets(model: Any, field: Any) -> list[str]:
    """Return encrypted values as they are in the database."""
    from django.db.models import F, TextField
    from django.db.models.functions import Cast

    rows = (
        model._base_manager.filter(**{f"{field.name}__isnull": False})
        .annotate(as_it_is=Cast(F(field.name), TextField()))
        .values_list("pk", "as_it_is")
    )
    return list(dict([*rows.order_by("pk")[:SECRETS], *rows.order_by("-pk")[:SECRETS]]).values())


def decrypts(field: Any, text: str) -> bool:
    try:
        field.from_db_value(text, None, None)
    except Exception:  # noqa: BLE001 - whatever it says, the value can not be had
        return False
    return True


def lists(host: str) -> Iterator[str]:
    """Ask for each list that Pulp itself has, with one row of each type of the plugins' in it."""
    from django.urls import resolve

    get = asker()
    found = get(f"{api(DOMAIN)}", "", host)
    if isinstance(found, str):
        yield f"the API's root {found}"
        return
    for name, url in sorted(json.loads(found).items()):
        view = resolve(urlsplit(url).path).func
        kind = getattr(view, "cls", None)
        if getattr(view, "actions", {}).get("get") != "list" or not kind.__module__.startswith(
            "pulpcore."
        ):
            continue
        end = urlsplit(url).path.removeprefix(api(DOMAIN))
        for domain, query in questions(kind):
            answer = get(api(domain) + end, query, host)
            if isinstance(answer, str):
                yield f"the API's list of {name} {answer}"


def api(domain: str) -> str:
    from django.conf import settings

    return (
        f"{settings.API_ROOT}{domain}/api/v3/"
        if settings.DOMAIN_ENABLED
        else f"{settings.API_ROOT}api/v3/"
    )


def questions(view: Any) -> set[tuple[str, str]]:
    """Return the domains and queries by which a list is asked for some rows."""
    from django.db.models import UUIDField

    model = view.queryset.model
    names = {field.name for field in model._meta.get_fields()}
    filters = getattr(getattr(view, "filterset_class", None), "base_filters", {})
    if not isinstance(model._meta.pk, UUIDField) or "pulp_id__in" not in filters:
        return {(DOMAIN, urlencode({"limit": SAMPLE}))}
    # By their IDs, as to count all rows takes long where there are many.
    rows = model._base_manager.values_list(
        "pk", *(["pulp_domain__name"] if "pulp_domain" in names else [])
    )
    if model in masters():
        some = [row for kind in types(model) for row in rows.filter(pulp_type=kind)[:1]]
    else:
        some = list(rows.order_by("-pk")[:SAMPLE])
    by_domain: dict[str, list[str]] = {DOMAIN: []}
    for pk, *domain in some:
        by_domain.setdefault(domain[0] if domain and domains() else DOMAIN, []).append(str(pk))
    return {
        (domain, urlencode({"limit": SAMPLE, **({"pulp_id__in": ",".join(pks)} if pks else {})}))
        for domain, pks in by_domain.items()
    }


def domains() -> bool:
    from django.conf import settings

    return bool(settings.DOMAIN_ENABLED)


def asker() -> Callable[[str, str, str], str | bytes]:
    """Return what asks Pulp's own views, as an administrator who is in no database."""
    from django.contrib.auth import get_user_model
    from django.core.handlers.base import BaseHandler
    from django.core.handlers.wsgi import WSGIRequest
    from django.core.signals import got_request_exception

    handler = BaseHandler()
    handler.load_middleware()
    user = get_user_model()(pk=-1, username="pulp-launcher", is_superuser=True, is_staff=True)
    raised: list[BaseException | None] = []

    def remember(**_: Any) -> None:
        raised.append(sys.exc_info()[1])

    def get(path: str, query: str, host: str) -> str | bytes:
        request = WSGIRequest(environment(path, query, host))
        # How Django REST framework's own tests are somebody: no authentication is asked.
        request._force_auth_user = user
        request._dont_enforce_csrf_checks = True
        raised.clear()
        got_request_exception.connect(remember)
        try:
            answer = handler.get_response(request)
        finally:
            got_request_exception.disconnect(remember)
        if answer.status_code == 200:
            return answer.content
        why = f" ({type(raised[-1]).__name__}: {raised[-1]})" if raised else ""
        return f"answers {answer.status_code}{why}"

    return get


def environment(path: str, query: str, host: str) -> dict[str, Any]:
    name, _, port = host.partition(":")
    return {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": name,
        "SERVER_PORT": port or "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": host,
        "HTTP_ACCEPT": "application/json",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.url_scheme": "http",
    }


def downloads() -> Iterator[dict[str, Any]]:
    """Yield the path of a distribution of each type, and of files that some have; `there` are those that must be."""
    from django.conf import settings
    from pulpcore.plugin.models import Distribution

    for kind in types(Distribution):
        detail = Distribution._pulp_model_map.get(kind)
        rows = Distribution._base_manager.filter(pulp_type=kind).order_by("-pulp_created")[:TRIED]
        found = [(one, some_files(one.cast())) for one in rows] if detail else []
        for one, files in found:
            domain = f"{one.pulp_domain.name}/" if domains() else ""
            base = f"{settings.CONTENT_PATH_PREFIX}{domain}{one.base_path}/"
            if one == found[0][0]:
                yield {"path": quote(base), "there": False}
            for file in files:
                usual = (
                    detail.content_handler is Distribution.content_handler
                    and not one.content_guard_id
                )
                yield {"path": quote(base + file), "there": usual}


def some_files(distribution: Any) -> list[str]:
    """Return the paths below a distribution of files that Pulp has stored."""
    from pulpcore.plugin.models import ContentArtifact, Publication

    paths: list[str] = []
    stored = {"artifact__isnull": False}
    repository, publication = distribution.repository, distribution.publication
    version = getattr(distribution, "repository_version", None) or (
        repository and repository.latest_version()
    )
    if repository and getattr(distribution, "SERVE_FROM_PUBLICATION", False):
        made = Publication.objects.filter(
            repository_version__in=repository.versions.all(), complete=True
        )
        publication = made.order_by("-repository_version", "-pulp_created").first()
    if publication:
        named = publication.published_artifact.filter(content_artifact__artifact__isnull=False)
        paths = list(named.values_list("relative_path", flat=True)[:FILES])
        if not publication.pass_through:
            return paths
        version = publication.repository_version
    elif getattr(distribution, "SERVE_FROM_PUBLICATION", False):
        return []
    if not version or getattr(distribution, "checkpoint", False):
        return paths
    inside = ContentArtifact.objects.filter(content__in=version.content, **stored)
    return [*paths, *inside.values_list("relative_path", flat=True)[:FILES]]


# In the processes of the API


def post_worker_init(worker: Any) -> None:
    """Answer on our socket, and let Pulp answer on all others; gunicorn calls it in each process."""
    pulp = worker.wsgi

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["gunicorn.socket"].getsockname() != SOCKET:
            return pulp(environ, start_response)
        try:
            with contextlib.redirect_stdout(sys.stderr):
                found = probe(environ.get("HTTP_HOST", "localhost"))
        except Exception as error:  # noqa: BLE001 - it has to be told, and the process lives on
            found = {"problems": [f"{type(error).__name__}: {error}"], "downloads": []}
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(found).encode()]

    worker.wsgi = application


def main(host: str) -> int:
    import django

    with contextlib.redirect_stdout(sys.stderr):
        django.setup()
        found = probe(host)
    print(json.dumps(found), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
