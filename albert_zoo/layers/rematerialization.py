"""Rematerialization: a block's inner results are computed again for the gradient, not kept."""

from __future__ import annotations

from typing import Any, Callable, List, Optional

from albert_zoo.keras_api import KERAS_GENERATION, backend_name, keras, ops
from albert_zoo.layers.backend_graphs import recomputed


class DrawnSeed(keras.random.SeedGenerator if KERAS_GENERATION == 3 else object):  # type: ignore
    """A seed that was drawn before, so that dropout drops the same again.

    Args:
        seed: tensor, what `SeedGenerator.next` returned.
    """

    def __init__(self, seed: Any):  # the base class would make a variable
        self.drawn = seed

    def next(self, ordered: bool = True) -> Any:
        """Returns the seed."""
        return self.drawn


def draw_seeds(*dropouts: Any) -> List[Any]:
    """Draws the next seed of each dropout layer.

    None where all rates are 0; on PyTorch, whose own checkpointing repeats random numbers; and
    under tf.keras 2.6, whose seeds are TensorFlow's.
    """
    dropped = any(layer.rate for layer in dropouts)
    if KERAS_GENERATION != 3 or backend_name() == "torch" or not dropped:
        return []
    unused = ops.zeros((2,), "int32")
    return [layer.seed_generator.next() if layer.rate else unused for layer in dropouts]


def drop(layer: Any, x: Any, training: Any, seed: Optional[Any] = None) -> Any:
    """Applies a dropout layer, with a seed drawn before if there is one.

    Args:
        layer: `keras.layers.Dropout`.
        x: float tensor.
        training: bool. Whether dropout is on.
        seed: tensor from `draw_seeds`, or `None` for the layer's next.
    """
    if not layer.rate:
        return x
    if seed is None:
        return layer(x, training=training)
    return keras.random.dropout(x, layer.rate, seed=DrawnSeed(seed)) if training else x


def rematerialized(function: Callable[..., Any], *tensors: Any) -> Any:
    """Returns `function(*tensors)`, whose gradient calls the function again.

    Args:
        function: of float and seed tensors, to a tensor. What else it needs it may hold.
        *tensors: its arguments.
    """
    return recomputed(function)(*tensors)
