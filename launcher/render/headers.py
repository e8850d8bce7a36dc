"""nginx's directives for the headers that Pulp gets, and the snippets of plugins with these in.

nginx inherits `proxy_set_header` only where a block has none of its own, and the snippets of most
plugins have some. So every block that hands requests on gets all of ours.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from launcher.model.web import NEVER, from_proxies

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from launcher.model.config import Config

_TOKEN = re.compile(
    r"""\s+ | \#[^\n]* | [;{}] | "(?:\\.|[^"\\])*" | '(?:\\.|[^'\\])*'"""
    r""" | (?:\$\{ | \\. | [^\s;{\\])+ | .""",
    re.VERBOSE | re.DOTALL,
)
_SET = "proxy_set_header"
_DROPPED = {
    "underscores_in_headers", "ignore_invalid_headers",
    "proxy_read_timeout", "proxy_send_timeout", "proxy_max_temp_file_size",
}  # fmt: skip
"""Directives by which headers would get past these rules, and those that are the config's."""

CONTENT = "http://pulp-content"
"""The content server, as the snippets of plugins name it."""


def maps(config: Config) -> str:
    """Return what stands before the server: which headers of this request are believed."""
    if not config.web.trusted_proxies:
        return ""
    proxies = "".join(f"    {network} 1;\n" for network in config.web.trusted_proxies)
    believed = "".join(
        f"map $pulp_trusted {_variable(name)} {{\n"
        f"    1 $http_{name.lower().replace('-', '_')};\n}}\n"
        for name in from_proxies(config.web, config.settings)
    )
    return (
        f"geo $pulp_trusted {{\n    default 0;\n{proxies}}}\n"
        "map $pulp_trusted $pulp_clients {\n"
        "    default $remote_addr;\n    1 $proxy_add_x_forwarded_for;\n}\n"
        'map "$pulp_trusted $http_x_forwarded_proto" $pulp_scheme {\n'
        '    default $scheme;\n    "1 http" http;\n    "1 https" https;\n}\n'
        f"{believed}"
    )


def directives(config: Config) -> tuple[str, ...]:
    """Return all directives for the headers of a request that is handed on."""
    trusting = bool(config.web.trusted_proxies)
    rebuilt = {
        "Connection": '""',
        "Host": "$http_host",
        "X-Forwarded-For": "$pulp_clients" if trusting else "$remote_addr",
        "X-Forwarded-Proto": "$pulp_scheme" if trusting else "$scheme",
    }
    named = from_proxies(config.web, config.settings)
    believed = {name: _variable(name) if trusting else '""' for name in named}
    values = {**rebuilt, **believed, **dict.fromkeys(NEVER, '""')}
    return tuple(f"{_SET} {name} {value};" for name, value in values.items())


def guarded(snippet: str, ours: Iterable[str], content: Iterable[str] = ()) -> str:
    """Return a plugin's snippet in which every block that sets headers sets ours, and only so.

    Where requests go to the content server, the lines of `content` count, as in our own block.
    """
    lines = tuple(ours)
    names = {line.split()[1].lower() for line in lines}
    # Around the snippet is the server, which has ours already.
    has_ours, pieces = [True], []
    for text, words in _statements(snippet):
        name = words[1].strip("\"'").lower() if words[:1] == [_SET] else ""
        if name and not has_ours[-1]:
            # The block does not inherit what stands above it.
            has_ours[-1] = True
            pieces += [f"\n    {line}" for line in lines]
        if name not in names and not {*words[:1]} & _DROPPED:
            pieces.append(text)
        if words[:1] == ["proxy_pass"] and words[1].startswith(CONTENT):
            pieces += [f"\n    {line}" for line in content]
        if text.endswith("{"):
            has_ours.append(False)
        elif text.endswith("}"):
            has_ours = has_ours[:-1] or [True]
    return "".join(pieces)


def _statements(snippet: str) -> Iterator[tuple[str, list[str]]]:
    """Return the statements of a configuration: the text with all before it, and its words."""
    text = ""
    words: list[str] = []
    for token in _TOKEN.findall(snippet):
        text += token
        if token in {";", "{", "}"}:
            yield text, words
            text, words = "", []
        elif not token.isspace() and not token.startswith("#"):
            words = [*words, token]
    yield text, words


def _variable(header: str) -> str:
    return f"$pulp_{header.lower().replace('-', '_')}"
