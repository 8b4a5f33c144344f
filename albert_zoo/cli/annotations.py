"""Annotations of commands as types, which Typer reads on every Python."""

from __future__ import annotations

from typing import Any


def evaluate_annotations(command: Any) -> Any:
    """Evaluates a function's annotations and returns it.

    On Python 3.9 Typer finds the options of `Annotated` types only where the annotations are no
    strings, as `from __future__ import annotations` makes them.

    Example:

    >>> def command(name: str) -> None: ...
    >>> evaluate_annotations(command).__annotations__["name"]
    <class 'str'>
    """
    for name, annotation in command.__annotations__.items():
        if isinstance(annotation, str):
            command.__annotations__[name] = eval(annotation, command.__globals__)
    return command
