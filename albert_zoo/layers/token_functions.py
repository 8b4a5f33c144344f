"""Functions of single tokens: they take `(..., width)`, whatever the layout."""

from __future__ import annotations

import math
from typing import Any

from albert_zoo.keras_api import custom_gradient, ops


def layer_norm(layer: Any, x: Any) -> Any:
    """Applies a `LayerNormalization` to the last axis; that of tf.keras 2.6 wants one rank.

    Args:
        layer: built `keras.layers.LayerNormalization`.
        x: float tensor `(..., width)`.

    Returns:
        float tensor of the shape of `x`, computed in float32, in the layer's compute dtype.
    """
    wide = ops.cast(x, "float32")
    centered = wide - ops.mean(wide, axis=-1, keepdims=True)
    variance = ops.mean(ops.square(centered), axis=-1, keepdims=True)
    normal = centered * ops.rsqrt(variance + layer.epsilon)
    gamma, beta = (ops.cast(ops.convert_to_tensor(w), "float32") for w in (layer.gamma, layer.beta))
    return ops.cast(normal * gamma + beta, layer.compute_dtype)


@custom_gradient
def gelu(x: Any) -> Any:
    """The tanh form of GELU. On TensorFlow the gradient needs `x` alone, so nothing else is kept.

    Args:
        x: float tensor.

    Returns:
        float tensor of the shape of `x`, and a function from gradient to gradient.
    """

    def gradient(upstream: Any) -> Any:
        scale, cubic = math.sqrt(2.0 / math.pi), 0.044715
        squared = ops.square(x)
        bent = ops.tanh(x * (scale + scale * cubic * squared))
        slope = (1.0 - ops.square(bent)) * x * (0.5 * scale + 1.5 * scale * cubic * squared)
        return upstream * (0.5 + 0.5 * bent + slope)

    return ops.gelu(x, approximate=True), gradient
