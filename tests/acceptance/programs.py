"""The programs that a distribution's code calls, read out of its wheel."""

from __future__ import annotations

import ast
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_CALLS = {"run", "Popen", "call", "check_call", "check_output", "which", "system"}
_CALLS |= {"create_subprocess_exec", "create_subprocess_shell"}


def programs(wheel: Path) -> set[str]:
    """Return the names of programs that stand in calls, but for those in tests."""
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if name.endswith(".py") and not _test(name)]
        return {found for name in names for found in programs_of(archive.read(name).decode())}


def programs_of(source: str) -> set[str]:
    """Return the programs that a module calls, straight or by a list with a name."""
    tree = ast.parse(source)
    lists = {
        target.id: program
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
        for program in _first(node.value)
    }
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args)
    return {
        program
        for call in calls
        if _name(call.func) in _CALLS
        for program in _first(call.args[0], lists)
    }


def _first(node: ast.expr, lists: dict[str, str] | None = None) -> Iterator[str]:
    """Yield the first word of a command: of a string, of a list, or of a list's name."""
    if isinstance(node, ast.BinOp):
        yield from _first(node.left, lists)
    elif isinstance(node, ast.List) and node.elts:
        yield from _first(node.elts[0], lists)
    elif isinstance(node, ast.Name) and lists and node.id in lists:
        yield lists[node.id]
    elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.strip():
        yield node.value.split()[0]


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _test(name: str) -> bool:
    return "/tests/" in name or name.endswith(("pytest_plugin.py", "test_tasks.py"))
