"""Checks of constructor arguments that several layers share."""

from __future__ import annotations

from typing import Any


def check_positive(**arguments: Any) -> None:
    """Raises `ValueError` unless every argument is an integer above 0.

    Example:

    >>> check_positive(num_layers=12)
    """
    for name, value in arguments.items():
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise ValueError(
                f"`{name}` must be an integer above 0. Received: {name}={value!r}. Correct it."
            )


def check_rate(**arguments: Any) -> None:
    """Raises `ValueError` unless every argument is a number in [0, 1).

    Example:

    >>> check_rate(dropout=0.1)
    """
    for name, value in arguments.items():
        if not isinstance(value, (int, float)) or not 0 <= value < 1:
            raise ValueError(
                f"`{name}` must be a fraction in [0, 1). Received: {name}={value!r}. Correct it."
            )


def check_multiple(multiple: str, of: str, **arguments: int) -> None:
    """Raises `ValueError` unless the argument `multiple` is a multiple of the argument `of`.

    Example:

    >>> check_multiple("hidden_dim", "num_heads", hidden_dim=768, num_heads=12)
    """
    if arguments[multiple] % arguments[of]:
        received = ", ".join(f"{name}={arguments[name]}" for name in (multiple, of))
        raise ValueError(
            f"`{multiple}` must be a multiple of `{of}`. Received: {received}. Change one of them."
        )
