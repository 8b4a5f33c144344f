"""Mixlists: which operator types stay in float32 under mixed precision.

The file is a JSON object with `black-list` (types that stay in float32) and `white-list` (types
that may be computed in float16 or bfloat16); each holds `to-add` and `to-remove`, lists of CANN's
operator types. A type in neither list, a grey one, does as the operator before it.
"""

from __future__ import annotations

from typing import Any, Dict, List, Tuple

from albert_zoo.backends.ascend.json_file import read_json_object
from albert_zoo.backends.ascend.option_table import DATA
from albert_zoo.errors import AscendError, did_you_mean

OURS = DATA / "mixlist.json"
"""Our list for ALBERT; `data/reasons.json` says why each type is on it."""

_LISTS = ("black-list", "white-list")
_CHANGES = ("to-add", "to-remove")


def read_mixlist(path: Any, name: str = "mixlist") -> Dict[str, Dict[str, List[str]]]:
    """Reads and checks a mixlist.

    Args:
        path: str or path.
        name: str, the option that names it, for errors.

    Returns:
        dict of list to change to operator types.

    Raises:
        AscendError: there is no such file, or CANN could not use it.

    Example:

    >>> mixlist = read_mixlist(OURS)
    >>> len(mixlist["black-list"]["to-add"])
    36
    """
    content = read_json_object(name, path)
    _check_keys(path, name, content, _LISTS)
    for title, changes in content.items():
        if not isinstance(changes, dict):
            raise AscendError(
                f"{path}: `{name}` must hold an object under {title!r}. Received: {changes!r}. "
                'Write {"to-add": [...]}.'
            )
        _check_keys(path, name, changes, _CHANGES)
        for change, types in changes.items():
            _check_types(path, name, f"{title}, {change}", types)
    if not any(types for changes in content.values() for types in changes.values()):
        raise AscendError(
            f"{path}: `{name}` must name an operator type. Received: none. "
            "Name one, or leave the option out."
        )
    _check_contradictions(path, name, content)
    return content


def _check_keys(path: Any, name: str, content: Dict[str, Any], known: Tuple[str, ...]) -> None:
    for key in content:
        if key not in known:
            hint = did_you_mean(key, known) or f" Known are {' and '.join(known)}."
            raise AscendError(
                f"{path}: `{name}` must hold {' and '.join(map(repr, known))} alone. "
                f"Received: {key!r}.{hint}"
            )


def _check_types(path: Any, name: str, where: str, types: Any) -> None:
    if not isinstance(types, list) or not all(isinstance(t, str) and t.strip() for t in types):
        raise AscendError(
            f"{path}: `{name}` must hold a list of operator types under {where}. "
            f'Received: {types!r}. Write ["MatMulV2", "SoftmaxV2"], say.'
        )
    repeated = sorted({t for t in types if types.count(t) > 1})
    if repeated:
        raise AscendError(
            f"{path}: `{name}` must name each operator type once under {where}. "
            f"Received: {repeated[0]!r} twice. Correct the file."
        )


def _check_contradictions(path: Any, name: str, content: Dict[str, Dict[str, List[str]]]) -> None:
    black, white = (content.get(title, {}) for title in _LISTS)
    pairs = (
        ("added to both lists", black.get("to-add", []), white.get("to-add", [])),
        ("added to and removed from the black list", *(black.get(c, []) for c in _CHANGES)),
        ("added to and removed from the white list", *(white.get(c, []) for c in _CHANGES)),
    )
    for what, first, second in pairs:
        both = sorted(set(first) & set(second))
        if both:
            raise AscendError(
                f"{path}: `{name}` must not contradict itself. Received: {both[0]!r}, {what}. "
                "Keep one of the two."
            )
