"""The only door to Keras: Keras 3 on any backend, or tf.keras 2.6 beside Ascend's TensorFlow 2.6.5.

Everything else writes `from albert_zoo.keras_api import keras, ops` and uses the part of
`keras.ops` that both generations offer. Keras 3 is taken wherever it is installed.
"""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any

__all__ = ["KERAS_GENERATION", "backend_name", "keras", "ops", "register_keras_serializable"]

keras: Any
ops: Any


def _keras_generation() -> int:
    # Keras 3 has a folder `src`; the stand-alone Keras 2.6 that TensorFlow 2.6 brings has not.
    spec = importlib.util.find_spec("keras")
    if spec is None or spec.origin is None:
        raise ImportError(
            "albert_zoo needs Keras, which is not installed. "
            "Install `keras>=3.15` with `tensorflow`, or `tensorflow==2.6.5` on Python 3.9."
        )
    return 3 if importlib.util.find_spec("keras.src") is not None else 2


KERAS_GENERATION: int = _keras_generation()
"""3 under Keras 3, 2 under tf.keras 2.6."""

if KERAS_GENERATION == 3:
    keras = importlib.import_module("keras")
    ops = keras.ops
    register_keras_serializable = keras.saving.register_keras_serializable
else:
    keras = importlib.import_module("tensorflow").keras
    ops = importlib.import_module("albert_zoo.keras2_ops")
    register_keras_serializable = keras.utils.register_keras_serializable


def backend_name() -> str:
    """Returns `"tensorflow"`, `"jax"` or `"torch"`.

    Example:

    >>> backend_name() in ("tensorflow", "jax", "torch")
    True
    """
    return str(keras.backend.backend()) if KERAS_GENERATION == 3 else "tensorflow"
