"""Functions with gradients of their own against TensorFlow's gradients of the plain formulas."""

from __future__ import annotations

import contextlib
from typing import Any, List

import numpy as np
import pytest

from albert_zoo.keras_api import backend_name, keras
from albert_zoo.layers import plain_gradients, token_functions
from albert_zoo.layers.token_functions import (
    add,
    biased_softmax,
    dense_of_gelu,
    gelu,
    layer_norm,
    norm_and_dense,
)

tf = pytest.importorskip("tensorflow")
pytestmark = pytest.mark.skipif(
    backend_name() != "tensorflow", reason="elsewhere the plain formulas are differentiated"
)
RANDOM = np.random.default_rng(0)
SHAPES = [(5, 6), (2, 3, 6)]


def numbers(*shape: int) -> Any:
    return tf.constant(2 * RANDOM.normal(size=shape), "float32")


def results(function: Any, inputs: List[Any]) -> List[np.ndarray]:
    """Returns a function's output, and the gradients of a weighted sum of it."""
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        output = function(*inputs)
        weights = tf.cos(tf.reshape(tf.range(tf.size(output), dtype="float32"), output.shape))
        loss = tf.reduce_sum(output * weights)
    return [output.numpy(), *(g.numpy() for g in tape.gradient(loss, inputs))]


def check(found: List[np.ndarray], wanted: List[np.ndarray]) -> None:
    assert len(found) == len(wanted)
    for one, other in zip(found, wanted):
        assert one.shape == other.shape
        assert np.abs(one - other).max() < 1e-5, np.abs(one - other).max()


def weights_of(layer: Any) -> List[Any]:
    for weight in layer.trainable_variables:
        weight.assign(RANDOM.normal(size=weight.shape).astype("float32"))
    return [tf.convert_to_tensor(weight) for weight in layer.trainable_variables]


@pytest.mark.parametrize("shape", SHAPES)
def test_layer_norm(shape: tuple) -> None:
    layer = keras.layers.LayerNormalization(epsilon=1e-12)
    layer.build(shape)
    gamma, beta = weights_of(layer)

    def plain(x: Any, gamma: Any, beta: Any) -> Any:
        mean, variance = tf.nn.moments(x, axes=[-1], keepdims=True)
        return (x - mean) / tf.sqrt(variance + 1e-12) * gamma + beta

    def ours(x: Any, gamma: Any, beta: Any) -> Any:
        return layer_norm(_Weights(layer, gamma=gamma, beta=beta), x)

    inputs = [numbers(*shape), gamma, beta]
    check(results(ours, inputs), results(plain, inputs))


@pytest.mark.parametrize("shape", SHAPES)
def test_dense_of_gelu(shape: tuple) -> None:
    layer = keras.layers.Dense(4)
    layer.build(shape)
    kernel, bias = weights_of(layer)

    def plain(x: Any, kernel: Any, bias: Any) -> Any:
        return tf.nn.gelu(x, approximate=True) @ kernel + bias

    def ours(x: Any, kernel: Any, bias: Any) -> Any:
        return dense_of_gelu(_Weights(layer, kernel=kernel, bias=bias), x)

    inputs = [numbers(*shape), kernel, bias]
    check(results(ours, inputs), results(plain, inputs))
    assert np.allclose(layer(gelu(inputs[0])), ours(*inputs), atol=1e-5)


@pytest.mark.parametrize("shape", SHAPES)
def test_norm_and_dense(shape: tuple) -> None:
    norm, dense = keras.layers.LayerNormalization(epsilon=1e-12), keras.layers.Dense(4)
    norm.build(shape), dense.build(shape)
    gamma, beta, kernel, bias = [*weights_of(norm), *weights_of(dense)]

    def both(norm_output: Any, dense_output: Any) -> Any:
        return tf.concat([norm_output, dense_output], axis=-1)

    def plain(x: Any, gamma: Any, beta: Any, kernel: Any, bias: Any) -> Any:
        mean, variance = tf.nn.moments(x, axes=[-1], keepdims=True)
        y = (x - mean) / tf.sqrt(variance + 1e-12) * gamma + beta
        return both(y, y @ kernel + bias)

    def ours(x: Any, gamma: Any, beta: Any, kernel: Any, bias: Any) -> Any:
        norm_layer = _Weights(norm, gamma=gamma, beta=beta)
        return both(*norm_and_dense(norm_layer, _Weights(dense, kernel=kernel, bias=bias), x))

    inputs = [numbers(*shape), gamma, beta, kernel, bias]
    check(results(ours, inputs), results(plain, inputs))
    output = layer_norm(norm, inputs[0])
    assert np.allclose(both(output, dense(output)), ours(*inputs), atol=1e-5)


def test_gelu_and_sums() -> None:
    x = [numbers(40, 3)]
    check(results(gelu, x), results(lambda x: tf.nn.gelu(x, approximate=True), x))
    both = [numbers(4, 3), numbers(4, 3)]
    check(results(add, both), results(lambda x, y: x + y, both))


def test_plain_gradients_compute_gelu_as_keras_does() -> None:
    def operations() -> List[str]:
        graph = tf.function(gelu, autograph=False).get_concrete_function(numbers(4, 3)).graph
        return [op.type for op in graph.get_operations()]

    assert "Sigmoid" in operations() and "Tanh" not in operations()
    with plain_gradients():
        assert "Tanh" in operations() and "Sigmoid" not in operations()


def test_softmax_with_a_bias() -> None:
    bias = tf.constant([[[0.0, 0.0, -10000.0]]], "float32")
    scores = [numbers(2, 3, 3)]
    check(
        results(lambda x: biased_softmax(x, bias), scores),
        results(lambda x: tf.nn.softmax(x + bias), scores),
    )


def test_what_a_gradient_computes_again_waits_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """TensorFlow would otherwise compute it in the forward pass, and keep the large results."""
    dense, norm = keras.layers.Dense(4), keras.layers.LayerNormalization()
    dense.build((5, 6)), norm.build((5, 6))

    def again(function: Any, operation: str) -> List[bool]:
        @tf.function(autograph=False)
        def gradient(x: Any) -> Any:
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = function(x)
            return tape.gradient(y, x)

        operations = gradient.get_concrete_function(numbers(5, 6)).graph.get_operations()
        return [bool(op.control_inputs) for op in operations if op.type == operation]

    functions = [
        (gelu, "Square"),
        (lambda x: dense_of_gelu(dense, x), "Square"),
        (lambda x: norm_and_dense(norm, dense, x), "Mul"),
    ]
    assert [any(again(*each)) for each in functions] == [True, True, True]
    monkeypatch.setattr(token_functions, "not_before", lambda upstream: contextlib.nullcontext())
    assert [any(again(*each)) for each in functions] == [False, False, False]


class _Weights:
    """A layer with other weights, which a tape watches."""

    def __init__(self, layer: Any, **weights: Any):
        self.layer = layer
        self.__dict__.update(weights)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.layer, name)
