"""Annotations of commands as types, which Typer reads on every Python."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, get_type_hints


def evaluate_annotations(command: Any) -> Any:
    """Evaluates a function's annotations and returns it.

    On Python 3.9 Typer finds the options of `Annotated` types only where the annotations are no
    strings, as `from __future__ import annotations` makes them.

    Example:

    >>> def command(name: str) -> None: ...
    >>> evaluate_annotations(command).__annotations__["name"]
    <class 'str'>
    """
    # A function itself would get an Optional around each type whose default is None, before 3.11.
    annotated = SimpleNamespace(__annotations__=command.__annotations__)
    types = get_type_hints(annotated, command.__globals__, include_extras=True)
    command.__annotations__.update(types)
    return command
