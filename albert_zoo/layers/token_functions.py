"""Functions of single tokens: they take `(..., width)`, whatever the layout."""

from __future__ import annotations

from typing import Any

from albert_zoo.keras_api import ops


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
