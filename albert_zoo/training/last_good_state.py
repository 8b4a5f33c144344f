"""LastGoodState: weights and moments to return to."""

from __future__ import annotations

from typing import Any, Dict, Optional

import numpy as np

from albert_zoo.keras_api import keras, ops
from albert_zoo.runs.model_state import put_back, take_snapshot
from albert_zoo.training.dense_clipping import HALVINGS, SKIPPED_IN_A_ROW


class LastGoodState:
    """Keeps a copy of a model's weights and of its optimizer's variables in memory."""

    def __init__(self) -> None:
        self.step = 0
        """The step after which it was taken."""
        self._arrays: Optional[Dict[str, np.ndarray]] = None

    @property
    def is_taken(self) -> bool:
        """Whether there is a state to return to."""
        return self._arrays is not None

    def take(self, model: Any, step: int) -> None:
        """Copies a model's state."""
        self._arrays, self.step = take_snapshot(model), step

    def put_back(self, model: Any, lower_rate: bool = True) -> bool:
        """Gives the model its state back; the number of steps made stays as it is.

        Args:
            model: the compiled model.
            lower_rate: bool. Whether the learning rate is halved from now on.

        Returns:
            bool. Whether the learning rate is as asked for; that of a schedule in an optimizer
            other than ours cannot be changed.
        """
        if self._arrays is None:
            return False
        optimizer = inner(model.optimizer)
        steps, state = int(ops.convert_to_numpy(optimizer.iterations)), self.step_state(model)
        put_back(model, self._arrays, ("weights", "optimizer"))
        optimizer.iterations.assign(steps)
        if state is not None:
            state[SKIPPED_IN_A_ROW] = 0.0
            state[HALVINGS] += float(lower_rate)
            optimizer.step_state.assign(state)
            return True
        if not lower_rate:
            return True
        rate = getattr(optimizer, "_learning_rate", optimizer.learning_rate)
        if isinstance(rate, keras.optimizers.schedules.LearningRateSchedule):
            return False
        optimizer.learning_rate = float(ops.convert_to_numpy(optimizer.learning_rate)) / 2
        return True

    def step_state(self, model: Any) -> Optional[np.ndarray]:
        """Returns a copy of our optimizers' `step_state`; `None` for other optimizers."""
        state = getattr(inner(model.optimizer), "step_state", None)
        return None if state is None else np.array(ops.convert_to_numpy(state), "float32")


def inner(optimizer: Any) -> Any:
    """Returns the optimizer itself where another one scales its loss."""
    return getattr(optimizer, "inner_optimizer", optimizer)
