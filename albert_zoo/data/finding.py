"""Finding: something that was noticed in a data set."""

from __future__ import annotations

from typing import NamedTuple, Optional


class Finding(NamedTuple):
    """What was noticed: something that stops a training, or that is probably not meant.

    Attributes:
        is_error: bool.
        message: str.
        row: int, the example in its set that it is about, or None.
    """

    is_error: bool
    message: str
    row: Optional[int] = None
