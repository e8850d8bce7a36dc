"""Write the pages of the reference that follow from the code, or check that they are as written.

Run it from anywhere: `python docs/reference/generate.py [--check]`.
"""  # noqa: INP001 - a program of its own

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import sys
import types
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args, get_origin

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent))

from typer.main import get_command  # noqa: E402

import launcher  # noqa: E402
from launcher import catalogue  # noqa: E402
from launcher.cli.app import app  # noqa: E402
from launcher.model import database, roles, toml  # noqa: E402
from launcher.model.bases import BASES, BOOTSTRAP, NEWEST_PYTHON  # noqa: E402
from launcher.model.catalogue import Catalogue, presets  # noqa: E402
from launcher.model.config import Config  # noqa: E402
from launcher.model.errors import LauncherError  # noqa: E402
from launcher.model.manifest import Manifest  # noqa: E402
from launcher.model.names import Names  # noqa: E402
from launcher.model.pulp_settings import OURS  # noqa: E402
from launcher.model.tuning import tuning  # noqa: E402
from launcher.operations import hooks  # noqa: E402
from launcher.render.settings import settings  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pydantic import BaseModel
    from pydantic.fields import FieldInfo

NOTE = "<!-- Written by docs/reference/generate.py; do not edit. -->\n"

MANIFEST = """\
# The manifest: `plugins.toml`

What shall be in the image. `pulp-launcher init` writes it with comments; edit it by hand, or with
`pulp-launcher plugin add` and `pulp-launcher plugin remove`, which keep comments and order. After
an edit by hand, `pulp-launcher rebuild` resolves, builds, and says what is wrong. Unknown keys are
refused. [files.md](files.md) says where the file lies.

```toml
{example}```
"""
MANIFEST_EXAMPLE = """\
[plugins]
pulp-rpm = ">=3.39,<4"                                # a version range
pulp-deb = "*"                                        # any version
pulp-container = { enabled = false }                  # in the image, not loaded
pulp-maven = { version = "*", packages = ["unzip"] }  # with a Debian package of its own
pulp-hello = { git = "https://git.example.com/pulp_hello.git", rev = "main" }

[core]
version = ">=3.120"
extras = ["s3"]

[image]
base = "docker.io/library/debian:trixie-slim"
requirements = ["sentry-sdk"]

[index]
extra = ["https://pypi.example.com/simple/"]
"""

BASES_PAGE = """\
# Bases

What an image can stand on: the value of `base` under `[image]` in
[`plugins.toml`](manifest.md#image).
"""
BASES_RULES = """\
Any other suite is refused. An image of Debian from a registry, such as `debian:trixie-slim`, brings
what its suite brings. An image of your own may be anything that has apt and these packages; name
its Python with `python` under `[image]` where that is not {python}.

Another base mostly means another PostgreSQL, and then [the data have to be
taken over](../how-to/another-postgresql.md).

## Distributions without a wheel

What is published as source only is made into a wheel on this host when it is locked, by
`plugin add`, `lock`, `upgrade` or `rebuild`. Where that fails, or needs a compiler, the command is
refused, nothing is changed, and the message names the bases for which there is a wheel.

## Older releases of pulpcore

Whether all distributions of a release with long-term support can be had, by the Python of the base:
pulpcore with pulp_rpm, pulp_deb, pulp_container, pulp_ansible and pulp_python, {tried}.
What is named has no wheel there.
"""

OLDER_EXAMPLE = """\
A new instance of the oldest of them:

```toml
[image]
base = "bootstrap:bookworm"

[core]
version = "~=3.49.0"
```
"""
TRIED = "resolved in November 2026"
OLDER = (
    ("3.49", "yes", "no: jq, PyYAML", "no: jq, Pillow, PyYAML"),
    ("3.63", "yes", "yes", "no: jq, PyYAML"),
    ("3.73", "yes", "yes", "no: jq, PyYAML"),
    ("3.85", "yes", "yes", "no: jq"),
    ("3.105", "yes", "yes", "yes"),
)
"""The releases, and what of them has no wheel for the Python of each base, in their order."""

CONFIG = """\
# The config: `config.toml`

How the instance runs on this host. `pulp-launcher init` writes it with comments; only `hostname`
has to be there. After a change, `pulp-launcher start` writes the units anew and restarts the roles
that it concerns. Unknown keys are refused. [files.md](files.md) says where the file lies.

```toml
{example}```
"""
CONFIG_EXAMPLE = """\
hostname = "pulp.example.com"
port = 8080

[worker]
count = 4

[storage]
pulp = "/srv/pulp/content"
database = "/srv/pulp/database"

[hooks]
failure = ["/usr/local/bin/tell-us", "--urgent"]

[settings]
ANALYTICS = false
ALLOWED_IMPORT_PATHS = ["/var/lib/pulp/imports"]
"""

DATABASE = """\
## Parameters of PostgreSQL

What may stand under `[database.parameters]`. Those with values in the last columns are derived from
the memory that the host had when the database was started, to the next power of two; the values are
those with the defaults of all other keys. More processes get more connections.
"""

HOOKS = """\
## What a hook is told

By these variables of its environment, beside those that the launcher was called with:
"""
HOOKS_RULES = """\
A hook runs as the user of the launcher, without a shell and a terminal, in the folder `/`. It has
{seconds} seconds; then it is ended with all that it started. That it fails or is ended is a note on
stderr and changes nothing else. It may call `pulp-launcher`, which then runs no hook itself.
"""

COMMANDS = """\
# Commands

`--help` behind any command says the same on the terminal.

## Options of every command

They may stand anywhere on the line; what follows `manager`, `shell` and `--` belongs to
another program.
"""

ROLES = """\
# Roles

What a container of the image does. Each has a unit of its own, each worker too. All run as the
user 700:700, with a read-only root file system and without capabilities; they meet in the folder
`/run/pulp`, by sockets.

Those "of each generation" carry its number in their names, `pulp-api-7` and `pulp-worker-7-1`, so
that those of two can stand side by side [during a switch](../explanation/switch.md). Of the others
there is one, whatever generation serves.
"""
HEALTH = """\
## Health

Asked every second until it holds for the first time, then every minute; N is the number of the
generation.
"""
SIGNING = """\
[Signing keys](../how-to/sign.md), `{secret}`, come to {roles} alone, as `signing.NAME`; [secrets of
your own](../how-to/secrets.md) come to the roles that read settings, as `own.NAME`.
"""

VOLUMES = """\
## Volumes

Of the default instance; `[storage]` of the config can name host folders for two of them.
"""

STATUS = """\
`pulp-launcher status` ends with 1 while the instance is not healthy. `logs`, `shell` and `manager`
end with the code of the program that they run.

## Error codes

The word `code` of an error in the answer of `--json`: sentences may change, these words do not.
"""


def pages() -> dict[Path, str]:
    """Return the text of every generated page."""
    made = {
        "commands.md": commands_page(),
        "manifest.md": manifest_page(),
        "bases.md": bases_page(),
        "config.md": config_page(),
        "roles.md": roles_page(),
        "exit-codes.md": errors_page(),
    }
    return {HERE / name: NOTE + "\n" + text for name, text in made.items()}


# Markdown


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [_row(heads), _row(["---"] * len(heads)), *map(_row, rows)]
    return "\n".join(lines) + "\n"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def code(text: object) -> str:
    return f"`{text}`" if str(text) else ""


# Commands


def commands_page() -> str:
    root = get_command(app)
    parts = [
        COMMANDS,
        _parameters(root),
        *(_command(name, command) for name, command in sorted(commands(root).items())),
    ]
    return "\n".join(parts)


def commands(group: Any, prefix: str = "") -> dict[str, Any]:
    """Return every command below a group by its words, without the groups."""
    found: dict[str, Any] = {}
    for name, command in group.commands.items():
        is_group = hasattr(command, "commands")
        below = commands(command, f"{prefix}{name} ") if is_group else {f"{prefix}{name}": command}
        found |= below
    return found


def _command(name: str, command: Any) -> str:
    words = [f"pulp-launcher {name}"]
    words += ["[OPTIONS]"] if any(_is_option(item) for item in command.params) else []
    words += [_metavar(item) for item in command.params if not _is_option(item)]
    parts = [f"## {name}\n", f"```text\n{' '.join(words)}\n```\n", f"{command.help}\n"]
    return "\n".join(filter(None, (*parts, _parameters(command))))


def _parameters(command: Any) -> str:
    """Return the table of what is to be said of arguments and options beyond the usage line."""
    rows = [(_spelling(item), item.help or "", _default(item)) for item in command.params]
    rows = [row for row in rows if any(row[1:])]
    return table(("", "what", "default"), rows) if rows else ""


def _spelling(parameter: Any) -> str:
    if not _is_option(parameter):
        return code(_metavar(parameter))
    value = "" if parameter.is_flag else f" {parameter.name.upper()}"
    return ", ".join(code(name + value) for name in parameter.opts)


def _default(parameter: Any) -> str:
    return code(parameter.default) if parameter.default not in {None, False, ""} else ""


def _metavar(parameter: Any) -> str:
    return str(parameter.metavar or parameter.name.upper())


def _is_option(parameter: Any) -> bool:
    return bool(parameter.param_type_name == "option")


# The two TOML files


def manifest_page() -> str:
    toml.parse(MANIFEST_EXAMPLE, HERE, Manifest)
    known = Catalogue(catalogue.plugins()).plugins.items()
    plugins = [
        (
            code(name),
            item.summary,
            " ".join(map(code, item.needed)),
            _sentences(item.state, item.notes),
        )
        for name, item in sorted(known)
    ]
    sets = [
        (code(name), item.summary, " ".join(map(code, item.plugins)))
        for name, item in presets(catalogue.presets()).items()
    ]
    parts = [
        MANIFEST.format(example=MANIFEST_EXAMPLE),
        *_tables(Manifest),
        "## Known plugins\n",
        "What the catalogue knows; others work too. `pulp-launcher plugin show NAME` says more.\n",
        table(("plugin", "for", "Debian packages", "note"), plugins),
        "## Presets\n",
        "For `pulp-launcher init --preset NAME`.\n",
        table(("preset", "for", "plugins"), sets),
    ]
    return "\n".join(parts)


def bases_page() -> str:
    rows = [
        (
            code(f"{BOOTSTRAP}{one.suite}"),
            one.release,
            one.python,
            str(one.postgresql),
            code(one.cache),
        )
        for one in BASES
    ]
    heads = ("pulpcore", *(f"Python {one.python}" for one in BASES))
    parts = [
        BASES_PAGE,
        table(("base", "what", "Python", "PostgreSQL", "cache"), rows),
        BASES_RULES.format(python=NEWEST_PYTHON, tried=TRIED),
        table(heads, OLDER),
        OLDER_EXAMPLE,
    ]
    return "\n".join(parts)


def config_page() -> str:
    example = toml.parse(CONFIG_EXAMPLE, HERE, Config)
    rows = [(code(name), code(value), who) for name, value, who in _derived(example)]
    ours = [(code(name), why) for name, why in OURS.items()]
    parts = [
        CONFIG.format(example=CONFIG_EXAMPLE),
        *_tables(Config),
        DATABASE,
        table(("parameter", "what", "with 4 GB", "with 16 GB", "with 64 GB"), _parameter_rows()),
        HOOKS,
        table(("variable", "what"), [(code(name), what) for name, what in hooks.VARIABLES.items()]),
        HOOKS_RULES.format(seconds=hooks.SECONDS),
        "## Pulp settings that the launcher derives\n",
        "With the example above. A value under `[settings]` wins over these.\n",
        table(("setting", "value", "for"), rows),
        "`ENABLED_PLUGINS` is set when a plugin of the manifest has `enabled = false`.\n",
        "## Pulp settings that can not be set\n",
        table(("setting", "why"), ours),
    ]
    return "\n".join(parts)


def _parameter_rows() -> Iterator[tuple[str, ...]]:
    config = Config(hostname="localhost")
    derived = [tuning(config, size * 1024**3).parameters for size in (4, 16, 64)]
    for name, kind in database.PARAMETERS.items():
        yield code(name), kind.words, *(code(found.get(name, "")) for found in derived)


def _derived(example: Config) -> Iterator[tuple[str, str, str]]:
    """Return setting, value and who wants it; without what the example sets itself."""
    config = example.model_copy(update={"settings": {}})
    known = Catalogue(catalogue.plugins())
    always = _assigned(settings(config, known, ()))
    for name, value in always.items():
        if name not in OURS:
            yield name, value, "every instance"
    for plugin in known.plugins:
        for name, value in _assigned(settings(config, known, (plugin,))).items():
            if name not in always:
                yield name, value, code(plugin)


def _assigned(source: str) -> dict[str, str]:
    """Return the settings of a settings file: name → value as it is written."""
    nodes = [node for node in ast.parse(source).body if isinstance(node, ast.Assign)]
    values = {ast.unparse(node.targets[0]): ast.unparse(node.value) for node in nodes}
    return {name: value for name, value in values.items() if name.isupper()}


def _tables(model: type[BaseModel], name: str = "") -> Iterator[str]:
    """Return a section for the table and each table below it."""
    rows, below = [], []
    for key, field in model.model_fields.items():
        inner = _table_of(field.annotation)
        if inner is None:
            rows.append(_key(key, field))
            continue
        is_mapping = get_origin(field.annotation) is dict
        below.append((f"{name}{key}.NAME" if is_mapping else f"{name}{key}", inner, field))
    title = f"## `[{name.rstrip('.')}]`\n" if name else "## At the top\n"
    if rows:
        yield title
        if name:
            yield f"{_docstring(model)}\n"
        yield table(("key", "type", "default", "what"), rows)
    for path, inner, field in below:
        if field.description:
            yield f"## `[{path.removesuffix('.NAME')}]`\n"
            yield f"{field.description}\n"
        yield from _tables(inner, f"{path}.")


def _docstring(model: type[BaseModel]) -> str:
    return (model.__doc__ or "").strip()


def _key(key: str, field: FieldInfo) -> tuple[str, str, str, str]:
    kind = " ".join(filter(None, (_type(field.annotation), _limits(field))))
    return code(key), kind, _default_of(field), field.description or ""


def _default_of(field: FieldInfo) -> str:
    if field.is_required():
        return "must be given"
    words = {"True": "true", "False": "false", "()": "[]", "{}": "{}", "None": ""}
    value = field.default
    return code(words.get(str(value), f'"{value}"' if isinstance(value, str) else value))


def _limits(field: FieldInfo) -> str:
    limits = {
        name: getattr(item, name)
        for item in field.metadata
        for name in ("ge", "le")
        if hasattr(item, name)
    }
    if "le" in limits:
        return f"{limits['ge']} to {limits['le']}"
    return f"{limits['ge']} or more" if limits else ""


def _table_of(annotation: Any) -> type[BaseModel] | None:
    inner = get_args(annotation)[-1] if get_origin(annotation) is dict else annotation
    return inner if isinstance(inner, type) and issubclass(inner, toml.Table) else None


def _type(annotation: Any) -> str:
    if get_origin(annotation) is types.UnionType:
        return _type(get_args(annotation)[0])
    if get_origin(annotation) is tuple:
        return "list of strings"
    if get_origin(annotation) is dict:
        return "table"
    return {str: "string", int: "whole number", bool: "boolean"}.get(annotation, "string")


# Roles


def roles_page() -> str:
    names = Names()
    volumes = [
        (
            code(names.volume(item.name)),
            code(item.path),
            ", ".join(role.name for role in roles.ROLES if item in role.volumes),
        )
        for item in roles.VOLUMES
    ]
    secrets = [(code(names.secret(name)), _holders(name)) for name in roles.SECRETS]
    signers = ", ".join(role.name for role in roles.ROLES if role.signs)
    parts = [
        ROLES,
        table(
            (
                "role",
                "what",
                "of each generation",
                "after",
                "network",
                "stopped by",
                "time to stop",
            ),
            map(_role, roles.ROLES),
        ),
        "`after` is start order only: nothing is stopped because another role stopped.\n",
        HEALTH,
        table(("role", "healthy when this succeeds in its container"), _health()),
        VOLUMES,
        table(("volume", "in the container", "roles"), volumes),
        "## Secrets\n",
        "Each is a file below `/run/secrets` of the roles that get it, and of no others.\n",
        table(("secret", "roles"), secrets),
        SIGNING.format(secret=names.signing_key("NAME"), roles=signers),
    ]
    return "\n".join(parts)


def _role(role: roles.Role) -> tuple[str, ...]:
    network = "published" if role.published else "outward only" if role.network else "none"
    grace = "`worker.grace` and 30 s" if role.stop_timeout is None else f"{role.stop_timeout} s"
    own = "yes" if role.beside else ""
    return role.name, role.summary, own, ", ".join(role.after), network, role.stop_signal, grace


def _health() -> list[tuple[str, str]]:
    config = Config(hostname="localhost")
    words = {
        "api_root": config.api_root,
        "hostname": "HOSTNAME",
        "generation": "N",
    }
    return [(role.name, code(role.health.format(**words))) for role in roles.ROLES if role.health]


def _holders(secret: str) -> str:
    return ", ".join(role.name for role in roles.ROLES if secret in role.secrets)


# Errors


def errors_page() -> str:
    doc = LauncherError.__doc__ or ""
    exits = re.findall(r"(\d+) ([a-z ]+)", doc.partition("exit status of the command:")[2])
    parts = [
        "# Exit codes and error codes\n",
        "## Exit codes\n",
        table(("code", "means"), exits),
        STATUS,
        table(("code", "exit code", "means"), _errors()),
    ]
    return "\n".join(parts)


def _errors() -> list[tuple[str, str, str]]:
    for module in pkgutil.walk_packages(launcher.__path__, "launcher."):
        importlib.import_module(module.name)
    kinds = [kind for kind in _kinds(LauncherError) if "code" in vars(kind)]
    rows = {kind.code: kind for kind in reversed(kinds)}
    return [
        (code(word), str(kind.exit_code), _meaning(kind)) for word, kind in sorted(rows.items())
    ]


def _kinds(kind: type[LauncherError]) -> list[type[LauncherError]]:
    return [kind, *(deeper for below in kind.__subclasses__() for deeper in _kinds(below))]


def _meaning(kind: type[LauncherError]) -> str:
    if kind is LauncherError:
        return "Anything that has no word of its own."
    return (kind.__doc__ or "").partition("\n")[0].partition(";")[0].rstrip(".") + "."


def _sentences(*texts: str) -> str:
    return " ".join(f"{text[0].upper()}{text[1:].rstrip('.')}." for text in texts if text)


def main(arguments: Sequence[str]) -> int:
    made = pages()
    stale = [path for path, text in made.items() if not path.exists() or path.read_text() != text]
    if "--check" in arguments:
        for path in stale:
            print(f"{path.name} is not what the code says: python docs/reference/generate.py")  # noqa: T201
        return 1 if stale else 0
    for path in stale:
        path.write_text(made[path], encoding="utf-8")
        print(f"Wrote {path.name}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
