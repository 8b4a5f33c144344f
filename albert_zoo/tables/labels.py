"""From the cells of a label column to class ids or scores."""

from __future__ import annotations

import math
import numbers
from typing import Any, Callable, Dict, Iterable, Optional, Sequence, Tuple

import numpy as np

from albert_zoo.errors import DataError, did_you_mean

ReadLabel = Callable[[Any, int], float]

_LARGEST_FLOAT32 = float(np.finfo(np.float32).max)


def label_name(value: Any) -> str:
    """Writes a label as text, whether a file or a pandas frame brought it.

    Example:

    >>> label_name(1), label_name(1.0), label_name(" 1 "), label_name(True), label_name(None)
    ('1', '1', '1', 'True', '')
    """
    if isinstance(value, str):
        return value.strip()
    if is_missing(value):
        return ""
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value))
    if isinstance(value, numbers.Integral):
        return str(int(value))
    if isinstance(value, numbers.Real) and float(value).is_integer():
        return str(int(float(value)))
    return str(value)


def is_missing(value: Any) -> bool:
    """Whether a cell is None, NaN, or pandas' NA or NaT."""
    if isinstance(value, numbers.Real):
        return bool(value != value)
    return value is None or type(value).__name__ in ("NAType", "NaTType")


def class_reader(source: str, labels: Sequence[str]) -> ReadLabel:
    """Returns a function from a cell and its line to a class id in `[0, len(labels))`."""
    class_ids = {name: class_id for class_id, name in enumerate(labels)}
    for name in ("True", "False"):
        if name in class_ids:
            class_ids.setdefault(name.lower(), class_ids[name])
            class_ids.setdefault(name.upper(), class_ids[name])

    def read(value: Any, line: int) -> int:
        try:
            return class_ids[value]
        except (KeyError, TypeError):
            name = label_name(value)
        if name not in class_ids:
            fault = f"unknown label {name!r}." if name else "the label is empty."
            raise DataError(
                f"{fault}{did_you_mean(name, labels)} Known labels: {shorten(labels)}.",
                source,
                line,
            )
        return class_ids[name]

    return read


def score_reader(source: str, score_range: Optional[Tuple[float, float]]) -> ReadLabel:
    """Returns a function from a cell and its line to a finite score within `score_range`."""
    low, high = score_range or (-_LARGEST_FLOAT32, _LARGEST_FLOAT32)

    def read(value: Any, line: int) -> float:
        score = _to_float(value)
        if score is None:
            raise DataError(f"the score must be a number, found {value!r}.", source, line)
        if not abs(score) <= _LARGEST_FLOAT32:
            raise DataError(f"the score must be finite, found {value!r}.", source, line)
        if not low <= score <= high:
            raise DataError(
                f"the score must lie in [{low:g}, {high:g}], found {value!r}.", source, line
            )
        return score

    return read


def sorted_labels(source: str, lines: Dict[str, int]) -> Tuple[str, ...]:
    """Puts discovered labels in order, and refuses those that can be no classes.

    Args:
        source: str, for the errors.
        lines: Label to the first line that has it.

    Returns:
        The labels sorted by size if all are numbers, else by spelling.

    Raises:
        DataError: there are fewer than two labels, or they are numbers with fractions.
    """
    if len(lines) < 2:
        raise DataError(
            f"a classifier needs two labels or more, found only {shorten(lines)}.", source
        )
    sizes: Dict[str, float] = {}
    for name in lines:
        size = _to_float(name)
        if size is None or not math.isfinite(size):
            return tuple(sorted(lines))
        sizes[name] = size
    fractions = [name for name, size in sizes.items() if not size.is_integer()]
    if fractions:
        raise DataError(
            f"the labels look like scores ({shorten(fractions)}). Pass `regression=True`, or list "
            "the classes in `labels`.",
            source,
            lines[fractions[0]],
        )
    return tuple(sorted(lines, key=lambda name: (sizes[name], name)))


def shorten(names: Iterable[str], count: int = 12, width: int = 40) -> str:
    """Lists names for an error message: the first dozen, each cut to 40 characters."""
    names = [str(name) for name in names]
    shown = [name if len(name) <= width else name[: width - 3] + "..." for name in names[:count]]
    more = f" and {len(names) - count} more" if len(names) > count else ""
    return ", ".join(shown) + more


def _to_float(value: Any) -> Optional[float]:
    # float() also takes "1_000" and True, which are no scores.
    if isinstance(value, (bool, np.bool_)) or (isinstance(value, str) and "_" in value):
        return None
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return None
