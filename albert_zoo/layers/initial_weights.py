"""What weights begin with: random numbers, or zeros where stored ones are about to be set."""

from __future__ import annotations

import contextlib
import contextvars
from typing import Any, Callable, Iterator, Optional

from albert_zoo.keras_api import keras, register_keras_serializable

_ZEROS: contextvars.ContextVar[Optional[Callable[..., Any]]] = contextvars.ContextVar(
    "_ZEROS", default=None
)


@register_keras_serializable("albert_zoo")
class NormalInitializer(keras.initializers.TruncatedNormal):
    """The original's initializer, a normal distribution cut off at two standard deviations.

    Within `zero_weights` it gives zeros.

    Args:
        mean: float.
        stddev: float, the standard deviation.
        seed: int, or `None` for one of Keras'.
    """

    def __call__(self, shape: Any, dtype: Any = None, **kwargs: Any) -> Any:
        zeros = _ZEROS.get()
        if zeros is None:
            return super().__call__(shape, dtype=dtype, **kwargs)
        return zeros(shape, dtype=dtype)


@contextlib.contextmanager
def zero_weights(zeros: Optional[Callable[..., Any]]) -> Iterator[None]:
    """Has models that are built in the block begin with zeros, to be set right after it.

    Random numbers for all of ALBERT-xxlarge take longer than reading its weights, and TensorFlow
    keeps the memory that it needs on the way, twice that of the largest weight.

    Args:
        zeros: function of `shape` and `dtype` to a tensor of zeros, or `None` to change nothing.

    Example:

    >>> layer = keras.layers.Dense(2, kernel_initializer=NormalInitializer(stddev=0.02))
    >>> with zero_weights(keras.initializers.Zeros()):
    ...     layer.build((None, 3))
    >>> bool(layer.get_weights()[0].any())
    False
    """
    token = _ZEROS.set(zeros)
    try:
        yield
    finally:
        _ZEROS.reset(token)
