"""StepLosses: the loss of each step, from the mean that Keras logs."""

from __future__ import annotations

import math


class StepLosses:
    """Takes apart the running mean of the loss that Keras gives to callbacks.

    Example:

    >>> losses = StepLosses()
    >>> [losses.next(mean) for mean in (4.0, 3.0, math.nan, 5.0)]
    [4.0, 2.0, nan, 5.0]
    """

    def __init__(self) -> None:
        self.mean = math.nan
        """Since the epoch's begin, or since the last step without a finite loss."""
        self._steps = 0

    def restart(self) -> None:
        """Forgets the steps so far, as Keras does when an epoch begins."""
        self.mean, self._steps = math.nan, 0

    def next(self, mean: float) -> float:
        """Returns a step's own loss.

        Args:
            mean: float, what is logged after the step. After one that is infinite or no number the
                mean is taken to begin anew, as the guard makes it.
        """
        if not math.isfinite(mean):
            self.restart()
            return mean
        own = mean * (self._steps + 1) - self.mean * self._steps if self._steps else mean
        self.mean, self._steps = mean, self._steps + 1
        return own
