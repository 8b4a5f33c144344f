"""What weights begin with: random numbers, or zeros where stored ones are about to be set."""

from __future__ import annotations

import contextlib
import contextvars
from typing import Any, Iterator

from albert_zoo.keras_api import keras

_ARE_ZEROS: contextvars.ContextVar[bool] = contextvars.ContextVar("_ARE_ZEROS", default=False)


def normal_initializer(stddev: float) -> Any:
    """Returns the original's initializer, a normal distribution cut off at two deviations.

    Args:
        stddev: float, the standard deviation.
    """
    if _ARE_ZEROS.get():
        return keras.initializers.Zeros()
    return keras.initializers.TruncatedNormal(stddev=stddev)


@contextlib.contextmanager
def zero_weights(are_zeros: bool = True) -> Iterator[None]:
    """Has models that are built in the block begin with zeros, to be set right after it.

    Random numbers for all of ALBERT-xxlarge take as long as reading its weights, and TensorFlow
    keeps what it needs on the way: twice the size of the largest weights.

    Args:
        are_zeros: bool. False changes nothing.

    Example:

    >>> with zero_weights():
    ...     layer = keras.layers.Dense(2, kernel_initializer=normal_initializer(0.02))
    >>> layer.build((None, 3))
    >>> float(keras.ops.max(keras.ops.abs(layer.kernel)))
    0.0
    """
    token = _ARE_ZEROS.set(are_zeros)
    try:
        yield
    finally:
        _ARE_ZEROS.reset(token)
