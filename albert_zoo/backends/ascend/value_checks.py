"""Checks of single values against what the adapter's options take."""

from __future__ import annotations

import os
from typing import Any, Optional, Sequence

from albert_zoo.backends.ascend.option_table import AdapterOption, adapter_options
from albert_zoo.errors import AscendError, did_you_mean

_TYPES = {"bool": bool, "int": int, "str": str}
_WORDS = {"bool": "True or False", "int": "a whole number", "str": "a text"}
_TRUE, _FALSE = ("true", "t", "yes", "y", "1"), ("false", "f", "no", "n", "0")


def check_choice(name: str, value: Any, choices: Sequence[Any]) -> None:
    """Refuses a value that is none of the choices.

    Args:
        name: str, our name of the option.
        value: what was given.
        choices: what may be given; `True` is not the same as 1.

    Raises:
        AscendError: the value is none of them.

    Example:

    >>> check_choice("dump.mode", "all", ("input", "output", "all"))
    """
    if not any(value == choice and type(value) is type(choice) for choice in choices):
        known = [choice for choice in choices if isinstance(choice, str)]
        hint = did_you_mean(value, known) if isinstance(value, str) else ""
        raise AscendError(
            f"`{name}` must be one of {', '.join(map(repr, choices))}. "
            f"Received: {value!r}.{hint or ' Choose one of them.'}"
        )


def check_value(name: str, value: Any, path: str) -> None:
    """Checks a value's type, and that the option takes it.

    Args:
        name: str, our name of the option.
        value: what was given.
        path: str, the adapter's name of it.

    Raises:
        AscendError: the type is another one, or the value is not allowed.
    """
    option = adapter_options()[path]
    if option.allowed is not None:
        check_choice(name, value, option.allowed)
    elif option.type in ("file", "folder"):
        check_path(name, value)
    elif not isinstance(value, _TYPES[option.type]) or (
        option.type == "int" and isinstance(value, bool)
    ):
        raise AscendError(
            f"`{name}` must be {_WORDS[option.type]}. Received: {value!r} "
            f"({type(value).__name__}). Correct it."
        )


def check_path(name: str, value: Any) -> None:
    """Refuses what is no path.

    Raises:
        AscendError: the value is neither a text nor a path, or it is empty.
    """
    if not isinstance(value, (str, os.PathLike)) or not os.fspath(value):
        raise AscendError(f"`{name}` must be a path. Received: {value!r}. Correct it.")


def check_int(name: str, value: Any, low: int, high: Optional[int] = None) -> None:
    """Refuses what is no whole number from `low` to `high`, both of them allowed.

    Raises:
        AscendError: the value is no such number.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < low:
        fits = False
    else:
        fits = high is None or value <= high
    if not fits:
        limits = f"from {low} to {high}" if high is not None else f"of {low} or above"
        raise AscendError(
            f"`{name}` must be a whole number {limits}. Received: {value!r}. Correct it."
        )


def as_bool(name: str, value: str) -> bool:
    """Reads a switch as absl does.

    Raises:
        AscendError: it is neither true nor false.

    Example:

    >>> as_bool("over_dump", "True"), as_bool("over_dump", "f")
    (True, False)
    """
    if value.lower() in _TRUE + _FALSE:
        return value.lower() in _TRUE
    raise AscendError(f"`{name}` must be True or False. Received: {value!r}. Correct it.")


def value_from_text(path: str, text: str) -> Any:
    """Reads an option's value as a command line gives it.

    Args:
        path: str, the adapter's name of the option.
        text: str.

    Returns:
        bool, int or str, as the option takes it.

    Raises:
        AscendError: there is no such option, or the text is no value of it.

    Example:

    >>> value_from_text("deterministic", "1"), value_from_text("hcom_parallel", "false")
    (1, False)
    """
    option = known_option(path)
    if option.type == "bool":
        return as_bool(path, text)
    if option.type == "int":
        try:
            return int(text)
        except ValueError:
            raise AscendError(
                f"`{path}` must be a whole number. Received: {text!r}. Correct it."
            ) from None
    return text


def known_option(path: str) -> AdapterOption:
    """Returns an option of the table.

    Raises:
        AscendError: there is no such option.
    """
    options = adapter_options()
    if path not in options:
        leaves = {known.rpartition(".")[2]: known for known in options}
        hint = f" Did you mean {leaves[path]!r}?" if path in leaves else did_you_mean(path, options)
        raise AscendError(
            f"`extra` must name options of npu_device.global_options() by their full path. "
            f"Received: {path!r}.{hint} Options that are newer than albert_zoo can be set on "
            "npu_device.global_options() before training."
        )
    return options[path]
