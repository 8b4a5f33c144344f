"""UpdateRatio: by how much a step changes the weights."""

from __future__ import annotations

import math
from typing import Any, List, Optional

import numpy as np

from albert_zoo.keras_api import ops

_MOST_NUMBERS = 4_000_000  # that are copied


class UpdateRatio:
    """Measures the norm of a step's change of the kernels as a share of their own norm.

    Small kernels first, as many as come to four million numbers.
    """

    def __init__(self) -> None:
        self._before: Optional[List[np.ndarray]] = None

    def before(self, model: Any) -> None:
        """Copies the kernels before the step."""
        self._before = [np.array(ops.convert_to_numpy(kernel)) for kernel in _kernels(model)]

    def after(self, model: Any) -> Optional[float]:
        """Returns the median over the kernels after the step, or `None` without `before`."""
        before, self._before = self._before, None
        if before is None:
            return None
        ratios = [
            float(np.linalg.norm(np.asarray(ops.convert_to_numpy(kernel)) - old))
            / max(float(np.linalg.norm(old)), 1e-12)
            for kernel, old in zip(_kernels(model), before)
        ]
        return float(np.median(ratios)) if ratios else None


def _kernels(model: Any) -> List[Any]:
    kernels = [v for v in model.trainable_variables if len(v.shape) > 1]
    sizes = [math.prod(int(length) for length in kernel.shape) for kernel in kernels]
    chosen: List[Any] = []
    total = 0
    for index in sorted(range(len(kernels)), key=sizes.__getitem__):
        total += sizes[index]
        if total > _MOST_NUMBERS and chosen:
            break
        chosen.append(kernels[index])
    return chosen
