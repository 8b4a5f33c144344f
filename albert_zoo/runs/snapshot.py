"""Snapshot: a run at one of its steps."""

from __future__ import annotations

from typing import Any, Dict, NamedTuple, Optional

import numpy as np


class Snapshot(NamedTuple):
    """The state of a run after a step.

    Args:
        step: int.
        arrays: dict of name to array, as `take_snapshot` returns it. Nobody changes them any more.
        progress: dict of JSON values.
        best_epoch: int, from 0; `None` where no epoch's weights are kept.
        best_arrays: dict of name to array, the weights of that epoch.
    """

    step: int
    arrays: Dict[str, np.ndarray]
    progress: Dict[str, Any]
    best_epoch: Optional[int] = None
    best_arrays: Optional[Dict[str, np.ndarray]] = None
