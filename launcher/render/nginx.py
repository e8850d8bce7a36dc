"""The part of nginx's configuration that depends on the instance, `/etc/pulp/site.conf`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from launcher.model.names import GENERATION_HEADER
from launcher.render.headers import directives, guarded, maps

if TYPE_CHECKING:
    from launcher.model.config import Config
    from launcher.model.generation import Generation

_MARGIN = 30
"""Seconds that the web server waits longer than Pulp's own servers."""

_SITE = """\
# Written by pulp-launcher; the place to change things is config.toml.
upstream pulp-api {{
    server unix:/run/pulp/api-{generation}.sock max_fails=0;
}}
upstream pulp-content {{
    server unix:/run/pulp/content-{generation}.sock max_fails=0;
}}
{maps}server {{
    listen 8080;
    server_name {hostname};
    # Longer than Pulp itself gives a request, so that its own answer to a slow one wins.
    proxy_read_timeout {api_seconds}s;
    proxy_send_timeout {api_seconds}s;

    # What Pulp may believe is said here, and not by clients.
    underscores_in_headers off;
    ignore_invalid_headers on;
    proxy_headers_hash_max_size 1024;
    proxy_headers_hash_bucket_size 128;
{headers}
{snippets}
    location {content_prefix} {{
        proxy_pass http://pulp-content;
{content}
    }}
    location / {{
        proxy_pass http://pulp-api;
        add_header {header} {generation} always;
    }}
}}
"""

_CLOSED = """\
# Written by pulp-launcher: the database is being brought to another generation.
server {{
    listen 8080;
    server_name {hostname};
    location / {{
        add_header Retry-After 30 always;
        return 503 "Pulp is being updated and will be back soon.\\n";
    }}
}}
"""


def site(config: Config, generation: Generation) -> str:
    """Return the upstreams and the server; plugins' snippets know the upstreams by these names.

    The snippets stand in the text, as the web server may be of an older image than Pulp.
    """
    ours, content = directives(config), _content(config)
    snippets = [
        f"\n    # {module}\n{guarded(text, ours, content).strip()}\n"
        for module, text in generation.snippets.items()
    ]
    return _SITE.format(
        hostname=config.hostname,
        content_prefix=config.content_prefix,
        generation=generation.number,
        api_seconds=config.api.timeout + _MARGIN,
        content="\n".join(f"        {line}" for line in content),
        header=GENERATION_HEADER,
        maps=maps(config),
        headers="".join(f"    {line}\n" for line in ours),
        snippets="".join(snippets),
    )


def _content(config: Config) -> tuple[str, ...]:
    """Return the directives of all that goes to the content server."""
    seconds = config.content.timeout + _MARGIN
    return (
        f"proxy_read_timeout {seconds}s;",
        f"proxy_send_timeout {seconds}s;",
        # It streams: a slow client needs no second copy of a large file here.
        "proxy_max_temp_file_size 0;",
    )


def closed(config: Config) -> str:
    """Return a site that asks every client to come again later."""
    return _CLOSED.format(hostname=config.hostname)
