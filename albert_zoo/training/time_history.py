"""TimeHistory: the speed of a run, in the Model Garden's words."""

from __future__ import annotations

import time
from typing import Any, Callable, Dict, List, Optional

from albert_zoo.keras_api import keras

FIRST_STEPS = 10
"""Steps that are reported apart: the first ones are compiled."""


class TimeHistory(keras.callbacks.Callback):
    """Prints how fast a run is, in the line that scripts around the Model Garden look for.

    Re-implements `TimeHistory` of TensorFlow's Model Garden, official/utils/misc/keras_utils.py,
    with three differences: what comes between two epochs is not counted, a run that ends before
    `log_steps` prints a line all the same, and the last line of a run is about all steps but the
    first ones.

    Args:
        batch_size: int, rows in a step.
        log_steps: int, steps between two lines.
        print_fn: function that takes the text.
    """

    def __init__(self, batch_size: int, log_steps: int, print_fn: Callable[[str], Any] = print):
        super().__init__()
        self.batch_size = batch_size
        self.log_steps = log_steps
        self.print_fn = print_fn
        self.step = 0
        self.seconds = 0.0
        """Time of all steps."""
        self._first: List[float] = []  # `seconds` after each of the first steps
        self._mark = 0.0
        self._logged_step = 0
        self._logged_seconds = 0.0

    def on_epoch_begin(self, epoch: int, logs: Optional[Dict[str, float]] = None) -> None:
        self._mark = time.perf_counter()

    def on_train_batch_end(self, batch: int, logs: Optional[Dict[str, float]] = None) -> None:
        now = time.perf_counter()
        self.step += 1
        self.seconds += now - self._mark
        self._mark = now
        if self.step <= FIRST_STEPS:
            self._first.append(self.seconds)
        if self.step - self._logged_step >= self.log_steps:
            self._log()

    def on_train_end(self, logs: Optional[Dict[str, float]] = None) -> None:
        if self.step > self._logged_step:
            self._log()
        apart = FIRST_STEPS if self.step > FIRST_STEPS else 1
        if self.step > apart:
            first = self._first[apart - 1]
            speed = self._speed(self.step - apart, self.seconds - first)
            self.print_fn(
                f"Steady state: {speed:.2f} examples/second between steps {apart} and "
                f"{self.step}; the first {apart} took {first:.2f} seconds"
            )

    def _log(self) -> None:
        steps, seconds = self.step - self._logged_step, self.seconds - self._logged_seconds
        self.print_fn(
            f"TimeHistory: {seconds:.2f} seconds, {self._speed(steps, seconds):.2f} "
            f"examples/second between steps {self._logged_step} and {self.step}"
        )
        self._logged_step, self._logged_seconds = self.step, self.seconds

    def _speed(self, steps: int, seconds: float) -> float:
        return steps * self.batch_size / max(seconds, 1e-9)
