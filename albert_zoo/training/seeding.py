"""What a training draws at random, from one seed."""

from __future__ import annotations

from typing import Any

import numpy as np

from albert_zoo.keras_api import KERAS_GENERATION, keras, seed_backend


def seed_everything(seed: int) -> None:
    """Seeds Python, NumPy and the backend: weights that are made afterwards follow from the seed.

    Args:
        seed: int, 0 or above.
    """
    keras.utils.set_random_seed(seed)


def seed_dropout(model: Any, seed: int) -> None:
    """Seeds what a model's dropout layers draw from.

    Under Keras 3 each layer has a state of its own, which remembers how often it was used; on
    PyTorch and under tf.keras 2.6 dropout draws from the backend's generator.

    Args:
        model: Keras model.
        seed: int, 0 or above.

    Example:

    >>> model = keras.Sequential([keras.layers.Dropout(0.5)])
    >>> seed_dropout(model, 3)
    """
    if KERAS_GENERATION == 3:
        weights = {id(weight) for weight in model.weights}
        states = [variable for variable in model.variables if id(variable) not in weights]
        for number, state in enumerate(states):
            drawn = np.random.default_rng([seed, number]).integers(1 << 31)
            state.assign(np.array([drawn, 0]).astype(str(state.dtype)))
    seed_backend(seed)
