"""Whatever is typed for a plugin or stands in a manifest is understood, or refused in words.

The kind of fault: text that one place takes, and the next one dies of.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from launcher.model import manifest_edit
from launcher.model.conflict import Asker, clashes
from launcher.model.errors import LauncherError
from launcher.model.lock import asked_for
from launcher.model.manifest import Manifest
from launcher.model.requirement import PluginRequest, parse_request
from launcher.model.toml import parse, quoted

_NAMES = st.sampled_from(["rpm", "pulp_rpm", "Pulp.X", "pulpcore", "pulp-own", "\uff50ulp", "a"])
_EXTRAS = st.sampled_from(["", "[a]", "[ a , b ]", "[]", "[-]", "[ü]"])
_VERSIONS = st.sampled_from(
    [
        "1",
        "1.2.*",
        "3.39.4",
        "1!2.0",
        "1.0+local.1",
        "1.0.dev1",
        "1rc1",
        "foo",
        "*",
        "",
        "1.0.post1",
    ]
)
_OPERATORS = st.sampled_from(["==", "===", ">=", "<=", "~=", "!=", ">", "<", "=", ">>"])
_RANGES = st.lists(st.builds(str.__add__, _OPERATORS, _VERSIONS), max_size=3).map(",".join)
_SOURCES = st.sampled_from(
    [
        "@ git+https://git.example/x@v1#subdirectory=y",
        "@git+ssh://git@git.example/x",
        "@ file:///srv/a%00b",
        "@ file:///srv/x",
        "@ file://host/srv/x",
        "@ file://[/x",
        "@ https://files.example/x-1.whl#sha256=00",
        "@ git+x",
        "@ https://",
        "@ https://[x/y",
        "@ ./x",
    ]
)
_MARKERS = st.sampled_from(["", "; python_version > '3'", " ; os_name == 'x'", ";", "; x"])
_SPACE = st.sampled_from(["", " ", "\t", "\n", "\u00a0", "\u2028", "\0"])
_TEXTS = st.one_of(
    st.text(max_size=30),
    st.builds(
        "".join, st.tuples(_SPACE, _NAMES, _EXTRAS, _SPACE, _RANGES | _SOURCES, _MARKERS, _SPACE)
    ),
)


def written(request: PluginRequest) -> Manifest:
    text = manifest_edit.add("[core]\n[plugins]\n", request)
    return parse(text, Path("plugins.toml"), Manifest)


def use(manifest: Manifest) -> None:
    """Do with a manifest what the commands do before they ask the resolver."""
    asked = manifest.requirements()
    assert all(str(Requirement(text)) for text in asked)
    clashes([Asker("the manifest", asked), Asker("the instance", ("pulpcore>=3.110",))])
    asked_for(manifest)
    for entry in (manifest.core, *manifest.plugins.values()):
        SpecifierSet(entry.version).contains("3.110", prereleases=True)
        (SpecifierSet(entry.version) & SpecifierSet(">=3.110")).is_unsatisfiable()


@settings(max_examples=500, deadline=None)
@given(_TEXTS)
def test_what_is_added_can_be_used_or_is_refused(text: str) -> None:
    with contextlib.suppress(LauncherError):
        request = parse_request(text, {"pulp-rpm"})
        use(written(request) if request.name else Manifest())


@settings(max_examples=500, deadline=None)
@given(
    st.sampled_from(["version", "git", "rev", "url", "path"]),
    _RANGES | _SOURCES.map(lambda text: text.lstrip("@ ")) | st.text(max_size=20),
    st.sampled_from(["core", "plugins.pulp-x"]),
)
def test_what_is_written_by_hand_can_be_used_or_is_refused(key: str, text: str, table: str) -> None:
    content = f"[{table}]\n{key} = {quoted(text)}\n"
    with contextlib.suppress(LauncherError):
        use(parse(content, Path("plugins.toml"), Manifest))
