"""Whether the network may be used at all."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import Iterator

VARIABLE = "ALBERT_ZOO_OFFLINE"
_YES = frozenset({"1", "true", "yes", "on"})


def is_offline() -> bool:
    """Says whether `ALBERT_ZOO_OFFLINE` forbids the network: 1, true, yes or on, in any case.

    Example:

    >>> with offline_mode():
    ...     is_offline()
    True
    """
    return os.environ.get(VARIABLE, "").strip().lower() in _YES


@contextmanager
def offline_mode(wanted: bool = True) -> Iterator[None]:
    """Forbids the network within the block, for the processes started in it as well.

    Args:
        wanted: bool. False changes nothing: what the environment says holds.
    """
    before = os.environ.get(VARIABLE)
    if wanted:
        os.environ[VARIABLE] = "1"
    try:
        yield
    finally:
        if wanted and before is None:
            os.environ.pop(VARIABLE, None)
        elif wanted and before is not None:
            os.environ[VARIABLE] = before
