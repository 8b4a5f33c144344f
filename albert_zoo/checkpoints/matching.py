"""One check for every format: the arrays that came are exactly the weights that are wanted."""

from __future__ import annotations

from typing import Any, Iterable, List, Mapping, Tuple

import numpy as np

from albert_zoo.checkpoints.lazy_array import LazyArray
from albert_zoo.checkpoints.lazy_arrays import LazyArrays
from albert_zoo.errors import ConversionError

_BLOCK = 1 << 20  # numbers that are looked at together


def _listed(names: Iterable[str]) -> str:
    names = sorted(names)
    rest = f" and {len(names) - 10} more" if len(names) > 10 else ""
    return ", ".join(names[:10]) + rest


def _is_finite(array: np.ndarray) -> bool:
    if array.dtype.kind not in "fiuV":  # bfloat16 is of kind V
        return False
    flat = array.ravel(order="K")  # no copy, of a turned matrix neither
    largest = float(np.finfo("float32").max)
    for start in range(0, flat.size, _BLOCK):
        block = flat[start : start + _BLOCK]
        if block.dtype != np.float32:
            block = block.astype("float64")
        # Both extremes of a block with NaN are NaN, and no comparison with NaN is true.
        if not (block.min() >= -largest and block.max() <= largest):
            return False
    return True


def _finite(name: str, entry: LazyArray, source: str) -> LazyArray:
    def check(array: np.ndarray) -> np.ndarray:
        if not _is_finite(array):
            raise _misfit(source, [_not_finite(name)])
        return array

    return entry.followed_by(check)


def _not_finite(name: str) -> str:
    return f"`{name}` holds NaN, infinity, or what is no number"


def _misfit(source: str, problems: List[str]) -> ConversionError:
    return ConversionError(
        f"The weights in {source} do not fit the model: {'; '.join(problems[:12])}. "
        "Check that configuration and weights belong together."
    )


def match_arrays(
    wanted: Mapping[str, Tuple[int, ...]], arrays: Mapping[str, Any], source: str
) -> Mapping[str, np.ndarray]:
    """Checks arrays against the weights they are meant for, and refuses any difference.

    Args:
        wanted: mapping of weight name to shape.
        arrays: mapping of weight name to array, float of any width.
        source: str. Where the arrays came from, for the message.

    Returns:
        mapping of weight name to array, in the order of `wanted`: a dict, or `LazyArrays` of
        `LazyArrays`, whose names and shapes were checked now, and whose values will be when they
        are read.

    Raises:
        ConversionError: a weight has no array, an array has no weight, a shape differs, or an
            array holds NaN or infinity.

    Example:

    >>> sorted(match_arrays({"bias": (2,)}, {"bias": [0.0, 1.0]}, source="memory"))
    ['bias']
    """
    found = LazyArrays.of(arrays)
    shapes = found.shapes
    is_lazy = isinstance(arrays, LazyArrays)
    problems: List[str] = []
    unset = wanted.keys() - shapes.keys()
    unread = shapes.keys() - wanted.keys()
    if unset:
        problems.append(f"weights that it does not set: {_listed(unset)}")
    if unread:
        problems.append(f"arrays that nothing reads: {_listed(unread)}")
    common = [name for name in wanted if name in shapes]
    for name in common:
        if shapes[name] != tuple(wanted[name]):
            problems.append(f"`{name}` has shape {shapes[name]}, wanted {tuple(wanted[name])}")
        elif not is_lazy and not _is_finite(found[name]):
            problems.append(_not_finite(name))
    if problems:
        raise _misfit(source, problems)
    if not is_lazy:
        return {name: found[name] for name in common}
    entries = found.entries
    return LazyArrays({name: _finite(name, entries[name], source) for name in common})
