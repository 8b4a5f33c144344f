"""Steps whose gradient is no number, and the halved learning rate."""

from __future__ import annotations

from typing import Any, List

import numpy as np
import pytest

from albert_zoo import LAMB, AdamW
from albert_zoo.keras_api import KERAS_GENERATION, keras, ops
from albert_zoo.training.dense_clipping import (
    GRADIENT_NORM,
    HALVINGS,
    SKIPPED,
    SKIPPED_IN_A_ROW,
)

pytestmark = pytest.mark.backends


def line_model(optimizer: Any, **compile: Any) -> Any:
    """A model whose gradient follows from its inputs: the output is their product with a kernel."""
    model = keras.Sequential([keras.layers.Dense(1, use_bias=False, name="line")])
    model.build((None, 2))
    model.layers[0].set_weights([np.array([[1.0], [2.0]], "float32")])
    model.compile(optimizer=optimizer, loss="mse", **compile)
    return model


def train(model: Any, *rows: Any) -> None:
    for row in rows:
        model.train_on_batch(np.array([row], "float32"), np.zeros((1, 1), "float32"))


def numbers(model: Any) -> List[np.ndarray]:
    optimizer = model.optimizer
    variables = optimizer.variables if KERAS_GENERATION == 3 else optimizer.variables()
    found = [*model.weights, *variables]
    return [np.array(ops.convert_to_numpy(variable)) for variable in found]


def state_of(model: Any) -> np.ndarray:
    return np.array(ops.convert_to_numpy(model.optimizer.step_state))


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e30])
@pytest.mark.parametrize("clip", [1.0, None])
@pytest.mark.parametrize("kind", [AdamW, LAMB])
def test_a_bad_step_changes_nothing_but_the_count(kind: Any, clip: Any, bad: float) -> None:
    model = line_model(kind(0.1, global_clipnorm=clip))
    train(model, [1.0, 0.5])
    before, state = numbers(model), state_of(model)
    assert state[GRADIENT_NORM] == pytest.approx(2 * 2 * np.hypot(1.0, 0.5), rel=1e-6)
    assert state[SKIPPED] == state[SKIPPED_IN_A_ROW] == 0

    train(model, [bad, 1.0], [bad, 1.0])
    assert list(state_of(model)[[SKIPPED, SKIPPED_IN_A_ROW]]) == [2, 2]
    changed = [not np.array_equal(a, b) for a, b in zip(before, numbers(model))]
    assert sum(changed) == 2  # the number of steps, and the state
    assert np.array_equal(before[0], numbers(model)[0])

    train(model, [1.0, 0.5])
    assert list(state_of(model)[[SKIPPED, SKIPPED_IN_A_ROW]]) == [2, 0]
    assert not np.array_equal(before[0], numbers(model)[0])
    assert all(np.isfinite(array).all() for array in numbers(model))


def test_the_learning_rate_is_halved() -> None:
    moves = []
    for halvings in (0, 1, 2):
        model = line_model(AdamW(0.1, weight_decay=0.0))
        train(model, [0.0, 0.0])  # builds the optimizer
        model.optimizer.step_state.assign([0.0, 0.0, 0.0, float(halvings)])
        before = numbers(model)[0]
        train(model, [1.0, 0.5])
        moves.append(before - numbers(model)[0])
        assert state_of(model)[HALVINGS] == halvings
    assert np.allclose(moves[0], 2 * moves[1], rtol=1e-4)
    assert np.allclose(moves[0], 4 * moves[2], rtol=1e-4)
