"""Every layer, over a registry: build, call, config, dtype policies."""

from __future__ import annotations

import numpy as np
import pytest

from albert_zoo.keras_api import keras, ops
from albert_zoo.layers import AlbertTransformerBlock, FactorizedEmbedding, SharedTransformerStack
from albert_zoo.models.pretrained import to_numpy
from tests.model_checks import check_layer, dtype_name

pytestmark = pytest.mark.backends

IDS = np.array([[2, 5, 7, 3, 0], [2, 9, 3, 0, 0]], "int32")
SEGMENTS = np.array([[0, 0, 1, 1, 0], [0, 0, 0, 0, 0]], "int32")
HIDDEN = np.random.default_rng(0).normal(size=(2, 5, 16)).astype("float32")
MASK = (IDS > 0).astype("int32")
STACK = {"num_heads": 2, "hidden_dim": 16, "intermediate_dim": 32}

LAYERS = {
    "embedding": (
        FactorizedEmbedding,
        {"vocabulary_size": 20, "embedding_dim": 8, "hidden_dim": 16, "max_sequence_length": 6},
        (IDS, SEGMENTS),
        7,
    ),
    "embedding without projection": (
        FactorizedEmbedding,
        {"vocabulary_size": 20, "embedding_dim": 16, "hidden_dim": 16},
        (IDS, SEGMENTS),
        5,
    ),
    "block": (AlbertTransformerBlock, STACK, (HIDDEN,), 16),
    "stack": (SharedTransformerStack, {**STACK, "num_layers": 3}, (HIDDEN, MASK), 16),
    "stack of groups": (
        SharedTransformerStack,
        {**STACK, "num_layers": 4, "num_groups": 2, "num_inner_repetitions": 3},
        (HIDDEN, MASK),
        6 * 16,
    ),
}


@pytest.mark.parametrize("name", LAYERS)
def test_layer_builds_calls_and_comes_back_from_its_config(name: str) -> None:
    layer_class, arguments, inputs, weights = LAYERS[name]
    check_layer(layer_class(**arguments), *inputs, weights=weights, output_shape=(2, 5, 16))


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16", "mixed_float16", "bfloat16"])
@pytest.mark.parametrize("name", LAYERS)
def test_layer_follows_its_dtype_policy(name: str, policy: str) -> None:
    layer_class, arguments, inputs, _ = LAYERS[name]
    layer = layer_class(**arguments, dtype=policy)
    output = layer(*inputs)
    wanted = keras.DTypePolicy(policy)
    assert dtype_name(output.dtype) == wanted.compute_dtype
    assert {dtype_name(w.dtype) for w in layer.weights} == {wanted.variable_dtype}
    assert np.isfinite(to_numpy(ops.cast(output, "float32"))).all()


@pytest.mark.parametrize("name", LAYERS)
def test_dropout_acts_in_training_alone(name: str) -> None:
    layer_class, arguments, inputs, _ = LAYERS[name]
    layer = layer_class(**arguments, dropout=0.5)
    still = to_numpy(layer(*inputs, training=False))
    assert np.array_equal(still, to_numpy(layer(*inputs, training=False)))
    assert not np.allclose(still, to_numpy(layer(*inputs, training=True)))


def test_padding_is_not_attended_to() -> None:
    stack = SharedTransformerStack(num_layers=2, **STACK)
    other = HIDDEN.copy()
    other[MASK == 0] += 100.0
    real = MASK[..., None] == 1
    first, second = to_numpy(stack(HIDDEN, MASK)), to_numpy(stack(other, MASK))
    assert np.abs((first - second) * real).max() < 1e-6


def test_stack_returns_every_layer() -> None:
    stack = SharedTransformerStack(num_layers=4, num_groups=2, num_inner_repetitions=2, **STACK)
    outputs = stack(HIDDEN, MASK, return_all_layers=True)
    assert len(outputs) == 8
    assert np.array_equal(to_numpy(outputs[-1]), to_numpy(stack(HIDDEN, MASK)))


def test_too_long_a_sequence_is_refused() -> None:
    layer_class, arguments, _, _ = LAYERS["embedding"]
    with pytest.raises(ValueError, match=r"at most `max_sequence_length`. Received: 7 tokens"):
        layer_class(**arguments)(np.ones((2, 7), "int32"))


@pytest.mark.parametrize(
    ("layer_class", "arguments", "message"),
    [
        (AlbertTransformerBlock, {**STACK, "num_heads": 3}, "multiple of `num_heads`"),
        (SharedTransformerStack, {**STACK, "num_layers": 3, "num_groups": 2}, "`num_groups`"),
        (SharedTransformerStack, {**STACK, "num_layers": 0}, "`num_layers` must be an integer"),
        (AlbertTransformerBlock, {**STACK, "dropout": 1.0}, r"`dropout` must be .* in \[0, 1\)"),
        (
            FactorizedEmbedding,
            {"vocabulary_size": -1, "embedding_dim": 8, "hidden_dim": 16},
            "`vocabulary_size`",
        ),
    ],
)
def test_bad_arguments_are_named(layer_class: type, arguments: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        layer_class(**arguments)
