"""What a training draws at random, from one seed."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from albert_zoo.keras_api import KERAS_GENERATION, backend_name, keras


def seed_everything(seed: int) -> None:
    """Seeds Python, NumPy and the backend: weights that are made afterwards follow from the seed.

    Args:
        seed: int, 0 or above.
    """
    keras.utils.set_random_seed(seed)


def make_deterministic() -> None:
    """Makes this process compute the same bits in every run on the same device, more slowly.

    It holds for the rest of the process. TensorFlow 2.6 does so on GPUs for most operations only;
    JAX and PyTorch must not have used a GPU yet.
    """
    if backend_name() == "torch":
        import torch

        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.use_deterministic_algorithms(True)
    elif backend_name() == "jax":
        flags = os.environ.get("XLA_FLAGS", "")
        os.environ["XLA_FLAGS"] = f"{flags} --xla_gpu_deterministic_ops=true".strip()
    else:
        import tensorflow as tf

        enable = getattr(tf.config.experimental, "enable_op_determinism", None)
        if enable is None:
            os.environ["TF_DETERMINISTIC_OPS"] = "1"
        else:
            enable()


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
    if KERAS_GENERATION == 2:
        import tensorflow as tf

        tf.random.set_seed(seed)
    elif backend_name() == "torch":
        import torch

        torch.manual_seed(seed)
