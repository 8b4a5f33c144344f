"""Functions of single tokens: they take `(..., width)`, whatever the layout.

On TensorFlow they have gradients of their own, which need fewer kept results than the plain ones.
"""

from __future__ import annotations

import math
from typing import Any, Tuple

from albert_zoo.keras_api import ops
from albert_zoo.layers.backend_graphs import (
    custom_gradient,
    has_own_gradients,
    not_before,
    sigmoid_gradient,
)

_SCALE, _CUBIC = 2.0 * math.sqrt(2.0 / math.pi), 0.044715


def layer_norm(layer: Any, x: Any) -> Any:
    """Applies a `LayerNormalization` to the last axis; that of tf.keras 2.6 wants one rank.

    For the gradient the normalized `x` is kept, and nothing else as large.

    Args:
        layer: built `keras.layers.LayerNormalization`.
        x: float tensor `(..., width)`.

    Returns:
        float tensor of the shape of `x`, computed in float32, in the layer's compute dtype.
    """
    gamma, beta = _norm_weights(layer)

    @custom_gradient
    def norm(wide: Any, gamma: Any, beta: Any) -> Any:
        normal, scale = _normalize(wide, layer.epsilon)

        def gradient(upstream: Any) -> Tuple[Any, Any, Any]:
            return _norm_gradients(upstream, normal, scale, gamma)

        return normal * gamma + beta, gradient

    return ops.cast(norm(ops.cast(x, "float32"), gamma, beta), layer.compute_dtype)


def norm_and_dense(norm_layer: Any, dense_layer: Any, x: Any) -> Tuple[Any, Any]:
    """Returns `y = layer_norm(norm_layer, x)` and `dense_layer(y)`.

    For the gradient the normalized `x` is kept, from which `y` is computed again.

    Args:
        norm_layer: built `keras.layers.LayerNormalization`.
        dense_layer: built `keras.layers.Dense` without an activation.
        x: float tensor `(..., width)`.
    """
    dtype = norm_layer.compute_dtype
    if not _is_plain(dense_layer):
        y = layer_norm(norm_layer, x)
        return y, dense_layer(y)

    @custom_gradient
    def compute(wide: Any, gamma: Any, beta: Any, kernel: Any, bias: Any) -> Any:
        normal, scale = _normalize(wide, norm_layer.epsilon)
        y = ops.cast(normal * gamma + beta, dtype)

        def gradient(of_y: Any, upstream: Any) -> Tuple[Any, ...]:
            with not_before(upstream):
                y = ops.cast(normal * gamma + beta, dtype)
            of_kernel, of_bias = _dense_gradients(upstream, y, kernel)
            of_y = of_y + ops.matmul(upstream, ops.transpose(kernel))
            of_norm = _norm_gradients(ops.cast(of_y, "float32"), normal, scale, gamma)
            return (*of_norm, of_kernel, of_bias)

        return (y, ops.matmul(y, kernel) + bias), gradient

    weights = (*_norm_weights(norm_layer), *_dense_weights(dense_layer))
    y, dense = compute(ops.cast(x, "float32"), *weights)
    return y, dense


def _norm_weights(layer: Any) -> Tuple[Any, Any]:
    gamma, beta = (ops.cast(ops.convert_to_tensor(w), "float32") for w in (layer.gamma, layer.beta))
    return gamma, beta


def _normalize(wide: Any, epsilon: float) -> Tuple[Any, Any]:
    """Returns the normalized tensor, and what its centered values were multiplied by."""
    centered = wide - ops.mean(wide, axis=-1, keepdims=True)
    variance = ops.mean(ops.square(centered), axis=-1, keepdims=True)
    scale = ops.rsqrt(variance + epsilon)
    return centered * scale, scale


def _norm_gradients(upstream: Any, normal: Any, scale: Any, gamma: Any) -> Tuple[Any, Any, Any]:
    """Returns the gradients of what was normalized, of `gamma` and of `beta`."""
    of_gamma = upstream * normal
    inner = upstream * gamma
    along = ops.mean(of_gamma * gamma, axis=-1, keepdims=True)
    of_x = scale * (inner - ops.mean(inner, axis=-1, keepdims=True) - normal * along)
    return of_x, _sum_of_rows(of_gamma), _sum_of_rows(upstream)


def _sum_of_rows(x: Any) -> Any:
    """Returns `(width,)` of `(..., width)`: a product, as TensorFlow sums slowly."""
    x = ops.reshape(x, (-1, x.shape[-1]))
    ones = ops.ones((1, ops.shape(x)[0]), dtype=x.dtype)
    return ops.reshape(ops.matmul(ones, x), (-1,))


def _is_plain(layer: Any) -> bool:
    """Says whether a dense layer computes with its kernel and bias alone."""
    return not getattr(layer, "quantization_mode", None) and not getattr(
        layer, "lora_enabled", False
    )


def _dense_weights(layer: Any) -> Tuple[Any, Any]:
    return ops.convert_to_tensor(layer.kernel), ops.convert_to_tensor(layer.bias)


def _dense_gradients(upstream: Any, x: Any, kernel: Any) -> Tuple[Any, Any]:
    """Returns the gradients of a dense layer's kernel and bias; `x` is what it was applied to."""
    if len(x.shape) > 2:
        x = ops.reshape(x, (-1, kernel.shape[0]))
        upstream = ops.reshape(upstream, (-1, kernel.shape[1]))
    return ops.matmul(ops.transpose(x), upstream), _sum_of_rows(upstream)


@custom_gradient
def add(x: Any, y: Any) -> Any:
    """Adds tensors of one shape; TensorFlow's own gradient would ask for shapes when it runs."""
    return x + y, lambda upstream: (upstream, upstream)


@custom_gradient
def biased_softmax(scores: Any, bias: Any) -> Any:
    """Softmax over the last axis of the sum, of which the result alone is kept.

    Args:
        scores: float tensor.
        bias: float tensor that broadcasts to the scores. It gets no gradient.

    Returns:
        float tensor of the shape of `scores`, and a function from gradient to gradients.
    """
    shares = ops.softmax(scores + bias, axis=-1)

    def gradient(upstream: Any) -> Tuple[Any, Any]:
        of_shares = upstream * shares
        return of_shares - shares * ops.sum(of_shares, axis=-1, keepdims=True), None

    return shares, gradient


def dense_of_gelu(layer: Any, x: Any) -> Any:
    """Returns `layer(gelu(x))`, for whose gradient `x` is kept and what GELU makes of it is not.

    Args:
        layer: built `keras.layers.Dense` without an activation.
        x: float tensor `(..., width)`.
    """
    if not _is_plain(layer):
        return layer(gelu(x))

    @custom_gradient
    def compute(x: Any, kernel: Any, bias: Any) -> Any:
        def gradient(upstream: Any) -> Tuple[Any, Any, Any]:
            of_active = ops.matmul(upstream, ops.transpose(kernel))
            share, slope = _gelu_terms(x, of_active)
            return (of_active * slope, *_dense_gradients(upstream, x * share, kernel))

        return ops.matmul(_gelu(x), kernel) + bias, gradient

    return compute(x, *_dense_weights(layer))


@custom_gradient
def gelu(x: Any) -> Any:
    """The tanh form of GELU. On TensorFlow the gradient needs `x` alone, so nothing else is kept.

    Args:
        x: float tensor.

    Returns:
        float tensor of the shape of `x`, and a function from gradient to gradient.
    """

    def gradient(upstream: Any) -> Any:
        return upstream * _gelu_terms(x, upstream)[1]

    return _gelu(x), gradient


def _gelu(x: Any) -> Any:
    """Returns the tanh form of GELU; with a sigmoid it takes TensorFlow less time.

    `0.5 * (1 + tanh(y / 2))` is `sigmoid(y)`.
    """
    if not has_own_gradients():
        return ops.gelu(x, approximate=True)
    return x * _gelu_share(x, ops.square(x))


def _gelu_share(x: Any, squared: Any) -> Any:
    """Returns the share of `x` that GELU passes on, of `x` and its square."""
    return ops.sigmoid(x * (_SCALE + _SCALE * _CUBIC * squared))


def _gelu_terms(x: Any, before: Any) -> Tuple[Any, Any]:
    """Returns the share of `x` that GELU passes on, and GELU's slope.

    Neither is computed before the tensor `before`, which the incoming gradient is or depends on.
    """
    with not_before(before):
        squared = ops.square(x)
    share = _gelu_share(x, squared)
    along = x * (_SCALE + 3.0 * _SCALE * _CUBIC * squared)
    return share, share + sigmoid_gradient(share, along)
