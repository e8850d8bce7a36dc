"""Headers that Pulp believes reach it from nobody but a trusted proxy, whatever a snippet says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from launcher.model.config import Config
from launcher.model.errors import HostUnfit, InputInvalid
from launcher.model.toml import parse
from launcher.operations.change_plugins import add_plugins
from launcher.operations.rebuild import rebuild
from launcher.operations.start import start
from launcher.render.headers import directives, guarded, maps

if TYPE_CHECKING:
    from tests.unit.fakes import World

SNIPPET = """\
# it's a comment; with { in it
location ~ "^/x/[a-z]{2}/" {
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    proxy_set_header "Host" $http_host;
    proxy_set_header X-Plugin "a; {b}";
    proxy_pass http://pulp-api;
    if ($arg_x) {
        proxy_set_header x-client-cert ${http_x_client_cert};
    }
}
underscores_in_headers on;
location /plain/ { proxy_pass http://pulp-content; }
"""


def config(**values: Any) -> Config:
    return Config.model_validate({"hostname": "pulp.example", **values})


def headers(lines: tuple[str, ...]) -> dict[str, str]:
    return {line.split()[1]: line.split()[2].rstrip(";") for line in lines}


def test_nothing_is_believed_of_anybody() -> None:
    found = headers(directives(config()))
    for name in ("X-Client-Cert", "X-Forwarded-User", "Forwarded", "X-Real-Ip", "X-Forwarded-Host"):
        assert found[name] == '""'
    assert found["X-Forwarded-For"] == "$remote_addr"
    assert found["X-Forwarded-Proto"] == "$scheme"
    assert maps(config()) == ""


@pytest.mark.parametrize(
    ("settings", "header"),
    [
        ({"REMOTE_USER_ENVIRON_NAME": "HTTP_X_OUR_USER"}, "X-Our-User"),
        ({"AUTHENTICATION_JSON_HEADER": "HTTP_X_WHO"}, "X-Who"),
        ({"API_ROOT_REWRITE_HEADER": "X-Api-Root"}, "X-Api-Root"),
        ({"SECURE_PROXY_SSL_HEADER": ["HTTP_X_SECURE", "on"]}, "X-Secure"),
    ],
)
def test_a_header_that_a_setting_of_pulp_names_is_removed(
    settings: dict[str, Any], header: str
) -> None:
    assert header not in headers(directives(config()))
    assert headers(directives(config(settings=settings)))[header] == '""'


@pytest.mark.parametrize("value", ["HTTP_AUTHORIZATION", "HTTP_HOST", "X; } evil {", ""])
def test_a_setting_can_neither_break_the_site_nor_take_away_what_clients_need(value: str) -> None:
    assert directives(config(settings={"REMOTE_USER_ENVIRON_NAME": value})) == directives(config())


def test_only_trusted_proxies_are_believed() -> None:
    trusting = config(web={"trusted_proxies": ["10.0.0.5"], "proxy_headers": ["X-Our-Identity"]})
    found = headers(directives(trusting))
    assert found["X-Our-Identity"] == "$pulp_x_our_identity"
    text = maps(trusting)
    assert "default 0;\n    10.0.0.5/32 1;" in text
    assert "map $pulp_trusted $pulp_x_our_identity {\n    1 $http_x_our_identity;\n}" in text
    # Each variable that is used is made.
    for variable in set(re.findall(r"\$pulp_\w+", " ".join(directives(trusting)))):
        assert f"{variable} {{" in text


def test_every_block_of_a_snippet_that_sets_headers_sets_ours_once() -> None:
    ours = directives(config())
    found = guarded(SNIPPET, ours)
    assert found.count('proxy_set_header X-Client-Cert "";') == 2
    assert "$http_x_client_cert" not in found
    assert "${http_x_client_cert}" not in found
    assert "proxy_add_x_forwarded_for" not in found
    assert "underscores_in_headers" not in found
    assert 'proxy_set_header X-Plugin "a; {b}";' in found
    # What sets none inherits those of the server.
    assert "location /plain/ { proxy_pass http://pulp-content; }" in found


def test_a_plugin_s_downloads_stream_as_all_do() -> None:
    text = (
        "location /x/ { proxy_read_timeout 9s; proxy_pass http://pulp-api; }\n"
        "location /y/ { proxy_pass http://pulp-content/y/; }\n"
    )
    found = guarded(text, directives(config()), ["proxy_read_timeout 120s;"])
    assert found == (
        "location /x/ { proxy_pass http://pulp-api; }\n"
        "location /y/ { proxy_pass http://pulp-content/y/;\n    proxy_read_timeout 120s; }\n"
    )


def test_a_snippet_without_headers_stays_as_it_is() -> None:
    text = "location /x/ {\n    proxy_pass http://pulp-api;\n}\n"
    assert guarded(text, directives(config())) == text


@pytest.mark.parametrize(
    "line",
    ['trusted_proxies = ["proxy.example"]', 'trusted_proxies = ["10.0.0.5/8"]',
     'proxy_headers = ["X_Y"]', 'proxy_headers = ["Authorization"]', 'proxy_headers = ["a;b"]'],
)  # fmt: skip
def test_what_nginx_would_not_understand_is_refused(line: str) -> None:
    with pytest.raises(InputInvalid):
        parse(f'hostname = "x"\n[web]\n{line}\n', Path("config.toml"), Config)


def test_rootless_a_proxy_can_not_be_told_from_its_clients(world: World) -> None:
    add_plugins(world.instance, ["rpm"])
    rebuild(world.instance)
    path = world.instance.paths.config
    text = path.read_text(encoding="utf-8")
    path.write_text(f'{text}\n[web]\ntrusted_proxies = ["10.0.0.5"]\n', encoding="utf-8")
    before = world.files()
    with pytest.raises(HostUnfit, match="all requests seem to come from one address") as caught:
        start(world.instance)
    assert "0.0.0.0/0" in caught.value.hint
    assert world.files() == before
