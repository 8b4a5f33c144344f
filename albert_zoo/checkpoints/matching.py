"""One check for every format: the arrays that came are exactly the weights that are wanted."""

from __future__ import annotations

from typing import Any, Dict, Iterable, List, Mapping, Tuple

import numpy as np

from albert_zoo.errors import ConversionError


def _listed(names: Iterable[str]) -> str:
    names = sorted(names)
    rest = f" and {len(names) - 10} more" if len(names) > 10 else ""
    return ", ".join(names[:10]) + rest


def _is_finite(array: np.ndarray) -> bool:
    if array.dtype.kind not in "fiuV":  # bfloat16 is of kind V
        return False
    largest = float(np.finfo("float32").max)
    return bool((np.abs(array.astype("float64")) <= largest).all())  # false for NaN


def match_arrays(
    wanted: Mapping[str, Tuple[int, ...]], arrays: Mapping[str, Any], source: str
) -> Dict[str, np.ndarray]:
    """Checks arrays against the weights they are meant for, and refuses any difference.

    Args:
        wanted: mapping of weight name to shape.
        arrays: mapping of weight name to array, float of any width.
        source: str. Where the arrays came from, for the message.

    Returns:
        dict of weight name to array, in the order of `wanted`.

    Raises:
        ConversionError: a weight has no array, an array has no weight, a shape differs, or an
            array holds NaN or infinity.

    Example:

    >>> sorted(match_arrays({"bias": (2,)}, {"bias": [0.0, 1.0]}, source="memory"))
    ['bias']
    """
    found = {name: np.asarray(array) for name, array in arrays.items()}
    problems: List[str] = []
    unset = wanted.keys() - found.keys()
    unread = found.keys() - wanted.keys()
    if unset:
        problems.append(f"weights that it does not set: {_listed(unset)}")
    if unread:
        problems.append(f"arrays that nothing reads: {_listed(unread)}")
    common = [name for name in wanted if name in found]
    for name in common:
        if tuple(found[name].shape) != tuple(wanted[name]):
            problems.append(
                f"`{name}` has shape {tuple(found[name].shape)}, wanted {tuple(wanted[name])}"
            )
        elif not _is_finite(found[name]):
            problems.append(f"`{name}` holds NaN, infinity, or what is no number")
    if problems:
        raise ConversionError(
            f"The weights in {source} do not fit the model: {'; '.join(problems[:12])}. "
            "Check that configuration and weights belong together."
        )
    return {name: found[name] for name in common}
