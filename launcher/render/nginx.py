"""The part of nginx's configuration that depends on the instance, `/etc/pulp/site.conf`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from launcher.model.config import Config

_SITE = """\
# Written by pulp-launcher; the place to change things is config.toml.
upstream pulp-api {{
    server unix:/run/pulp/api.sock max_fails=0;
}}
upstream pulp-content {{
    server unix:/run/pulp/content.sock max_fails=0;
}}
server {{
    listen 8080;
    server_name {hostname};

    include /usr/share/pulp/snippets/*.conf;

    location {content_prefix} {{
        proxy_pass http://pulp-content;
        # The content server streams: a slow client needs no second copy of a large file here.
        proxy_max_temp_file_size 0;
    }}
    location /assets/ {{
        alias /usr/share/pulp/static/;
    }}
    location / {{
        proxy_pass http://pulp-api;
    }}
}}
"""


def site(config: Config) -> str:
    """Return the upstreams and the server; plugins' snippets know the upstreams by these names."""
    return _SITE.format(hostname=config.hostname, content_prefix=config.content_prefix)
