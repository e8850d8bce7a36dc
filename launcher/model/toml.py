"""TOML text to a validated value; what is wrong is said with its place and the right word."""

from __future__ import annotations

import difflib
import tomllib
import types
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_origin

import tomlkit
from pydantic import BaseModel, ConfigDict, ValidationError

from launcher.model.errors import InputInvalid

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pydantic_core import ErrorDetails

Location = tuple[int | str, ...]


class Table(BaseModel):
    """A TOML table: frozen, and no key that is not declared."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, validate_default=True)


T = TypeVar("T", bound=Table)


def parse(text: str, path: Path, model: type[T]) -> T:
    """Return the value of a file's text.

    Raises:
        InputInvalid: not TOML (file, line, column), an unknown key (its path and the nearest
            key), a wrong type or a value that its rule refuses.

    """
    try:
        return model.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        message, _, place = str(error).rstrip(")").partition(" (at ")
        raise InputInvalid(
            f"{path} is not valid TOML: {place or 'somewhere'}",
            details=message,
            hint=f"Mend the line in {path}; nothing was changed.",
        ) from error
    except ValidationError as error:
        raise InputInvalid(
            f"{path} has {_count(error.error_count())}",
            details="\n".join(_explain(problem, model) for problem in error.errors()),
            hint=f"Edit {path}; nothing was changed.",
        ) from error


def quoted(text: str) -> str:
    """Return a string as TOML writes it."""
    return tomlkit.string(text).as_string()


def nearest(word: str, words: Iterable[str]) -> str:
    """Return `; did you mean 'x' or 'y'?`, or nothing where no word is near."""
    near = difflib.get_close_matches(word, list(words), n=3, cutoff=0.6)
    return f"; did you mean {' or '.join(repr(match) for match in near)}?" if near else ""


def _count(problems: int) -> str:
    return "a mistake" if problems == 1 else f"{problems} mistakes"


def _explain(problem: ErrorDetails, model: type[BaseModel]) -> str:
    location = tuple(step for step in problem["loc"] if not str(step).startswith("function-"))
    place = ".".join(str(step) for step in location)
    if problem["type"] == "extra_forbidden":
        known = _keys_of(model, location[:-1])
        return f"{place}: unknown key{nearest(str(location[-1]), known)}"
    if problem["type"] == "missing":
        return f"{place}: is missing"
    if problem["type"] == "value_error":
        return f"{place}: {problem['msg'].removeprefix('Value error, ')}"
    return f"{place}: {_in_words(problem['msg'])}, not {problem['input']!r}"


def _in_words(message: str) -> str:
    """Return pydantic's sentence with TOML's names of the types."""
    words = {"valid tuple": "list", "valid dictionary": "table", "valid ": ""}
    for foreign, ours in words.items():
        message = message.replace(foreign, ours)
    return message.lower()


def _keys_of(model: Any, location: Location) -> list[str]:
    for step in location:
        model = _step(model, step)
    is_table = isinstance(model, type) and issubclass(model, BaseModel)
    return [field.alias or name for name, field in model.model_fields.items()] if is_table else []


def _step(model: Any, step: int | str) -> Any:
    """Return the type below `step`: a table's field, or the value type of a mapping."""
    if isinstance(model, type) and issubclass(model, BaseModel):
        fields = {
            field.alias or name: field.annotation for name, field in model.model_fields.items()
        }
        return _table_in(fields.get(str(step)))
    return _table_in(get_args(model)[-1]) if get_origin(model) is dict else None


def _table_in(annotation: Any) -> Any:
    if get_origin(annotation) is types.UnionType:
        return next((arg for arg in get_args(annotation) if arg is not type(None)), None)
    return annotation
