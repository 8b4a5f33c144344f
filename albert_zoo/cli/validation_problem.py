"""Problem: a line of what `albert-zoo validate` finds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """Something wrong, or something odd.

    Args:
        level: `"error"` or `"warning"`.
        where: str, the file, with the line where it is known.
        message: str.
    """

    level: str
    where: str
    message: str
