"""The floors of the house: what may import what, and who alone knows an outside thing."""

from __future__ import annotations

import ast
import graphlib
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import launcher

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(launcher.__file__).parent
FLOORS: dict[str, set[str]] = {
    "cli": {"cli", "operations", "host", "model"},
    "operations": {"operations", "render", "host", "model", "catalogue"},
    "render": {"render", "model"},
    "host": {"host", "model"},
    "model": {"model"},
    "catalogue": set(),
}
ONLY_IN: dict[str, str | tuple[str, ...]] = {
    "subprocess": "host/process.py",
    "podman": "host/podman.py",
    "cyclonedx": "render/sbom.py",
    "packageurl": "render/sbom.py",
    "psutil": "host/machine.py",
    "fcntl": "host/files.py",
    "http": "host/pulp.py",
    "importlib": ("host/package.py", "catalogue/__init__.py"),
    # Those who fetch, and podman's own client, raise its errors.
    "requests": tuple(
        f"host/{name}.py" for name in ("fetch", "wheelhouse", "advisories", "podman")
    ),
    "urllib3": "host/fetch.py",
    "uv": "host/uv.py",
    "zipfile": "host/wheelhouse.py",
    "tomlkit": ("model/", "render/context.py"),
    "tomllib": "model/",
    "pydantic": "model/",
    "rich": "cli/",
    "typer": "cli/",
}
"""Where alone a foreign module is imported; for types it may be named elsewhere."""
FILE_LINES = 400
FUNCTION_LINES = 50


@dataclass(frozen=True)
class Import:
    """One name that a module imports."""

    module: str
    line: int
    for_types: bool
    lazy: bool


@dataclass(frozen=True)
class Module:
    """One file of the launcher."""

    name: str
    path: Path
    tree: ast.Module

    @property
    def place(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @property
    def floor(self) -> str:
        return self.name.split(".")[1] if "." in self.name else ""

    @cached_property
    def nodes(self) -> list[ast.AST]:
        return list(ast.walk(self.tree))

    @cached_property
    def imports(self) -> list[Import]:
        return list(_imports(self.tree, for_types=False, lazy=False))

    def inner_imports(self) -> set[str]:
        """Return the modules of the launcher that this one imports."""
        found = {item.module for item in self.imports}
        return {_module_of(name) for name in found if name.split(".")[0] == "launcher"}


def _imports(node: ast.AST, *, for_types: bool, lazy: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        inside = lazy or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        types = for_types or _is_type_checking(node)
        if isinstance(child, ast.Import):
            for alias in child.names:
                yield Import(alias.name, child.lineno, types, inside)
        elif isinstance(child, ast.ImportFrom):
            assert child.level == 0, "imports are absolute"
            for alias in child.names:
                yield Import(f"{child.module}.{alias.name}", child.lineno, types, inside)
        else:
            yield from _imports(child, for_types=types, lazy=inside)


def _is_type_checking(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.If)
        and isinstance(node.test, ast.Name)
        and node.test.id == "TYPE_CHECKING"
    )


@cache
def _modules() -> dict[str, Module]:
    found = {}
    for path in sorted(ROOT.rglob("*.py")):
        inner = path.relative_to(ROOT.parent)
        if "containers" in inner.parts:
            continue
        name = ".".join(inner.with_suffix("").parts).removesuffix(".__init__")
        found[name] = Module(name, path, ast.parse(path.read_text(encoding="utf-8")))
    return found


def _module_of(name: str) -> str:
    """Return the module that an imported name is, or is in."""
    while name not in _modules():
        name = name.rpartition(".")[0]
        assert name, "an import of the launcher leads to no file"
    return name


def _each() -> list[Module]:
    return list(_modules().values())


def test_the_floors_are_those_of_the_design() -> None:
    floors = {path.name for path in ROOT.iterdir() if (path / "__init__.py").is_file()}
    assert floors == FLOORS.keys()


@pytest.mark.parametrize(
    "module", [item for item in _each() if item.floor in FLOORS], ids=lambda module: module.name
)
def test_imports_go_down_only(module: Module) -> None:
    floors = {name: _modules()[name].floor for name in module.inner_imports()}
    # The version stands in the package itself.
    wrong = [name for name, floor in floors.items() if floor and floor not in FLOORS[module.floor]]
    assert not wrong, f"{module.place} must not import {wrong}"


def test_no_import_goes_round_in_a_circle() -> None:
    graph = {module.name: module.inner_imports() - {"launcher"} for module in _each()}
    tuple(graphlib.TopologicalSorter(graph).static_order())


@pytest.mark.parametrize(("foreign", "place"), ONLY_IN.items(), ids=ONLY_IN)
def test_one_place_knows_an_outside_thing(foreign: str, place: str | tuple[str, ...]) -> None:
    elsewhere = [
        f"{module.place}:{item.line}"
        for module in _each()
        if not module.place.startswith(place)
        for item in module.imports
        if item.module.split(".")[0] == foreign and not item.for_types
    ]
    assert not elsewhere, f"only {place} may import {foreign}"


@pytest.mark.parametrize(
    "slow", ["podman", "requests", "urllib3", "uv", "cryptography", "launcher.render.sbom"]
)
def test_what_takes_long_is_imported_only_when_it_is_needed(slow: str) -> None:
    eager = [
        f"{module.place}:{item.line}"
        for module in _each()
        for item in module.imports
        if f"{item.module}.".startswith(f"{slow}.") and not (item.lazy or item.for_types)
    ]
    assert not eager, "the import takes longer than most commands"


@pytest.mark.parametrize("program", ["systemctl", "journalctl", "loginctl", "systemd-analyze"])
def test_only_the_adapter_of_systemd_runs_its_programs(program: str) -> None:
    places = {
        module.place
        for module in _each()
        for node in module.nodes
        if isinstance(node, ast.Constant) and node.value == program
    }
    assert places == {"host/systemd.py"}


def test_only_the_screen_prints() -> None:
    places = {
        f"{module.place}:{node.lineno}"
        for module in _each()
        for node in module.nodes
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "print"
    }
    assert not places


@pytest.mark.parametrize("module", _each(), ids=lambda module: module.name)
def test_files_and_functions_stay_small(module: Module) -> None:
    assert len(module.path.read_text(encoding="utf-8").splitlines()) <= FILE_LINES
    long = [
        node.name
        for node in module.nodes
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= FUNCTION_LINES
    ]
    assert not long
