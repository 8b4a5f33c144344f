"""The real tokens of a batch, there and back."""

from __future__ import annotations

import numpy as np
import pytest

from albert_zoo.keras_api import backend_name, ops
from albert_zoo.layers.padded_tokens import PaddedTokens
from albert_zoo.layers.real_tokens import RealTokens, real_tokens
from albert_zoo.models.pretrained import to_numpy

pytestmark = [
    pytest.mark.backends,
    pytest.mark.skipif(backend_name() == "jax", reason="JAX has no shapes that depend on values"),
]

# A gap, a row of padding alone, a row of one token, a row whose first is padding, a full row.
MASK = np.array([[1, 0, 1, 0], [0, 0, 0, 0], [1, 0, 0, 0], [0, 1, 1, 0], [1, 1, 1, 1]], "int32")
KEPT = np.array([[1, 0, 1, 0], [1, 1, 1, 1], [1, 0, 0, 0], [1, 1, 1, 0], [1, 1, 1, 1]], "bool")
X = np.random.default_rng(0).normal(size=(5, 4, 6)).astype("float32")


def test_tokens_go_there_and_back() -> None:
    layout = RealTokens(ops.convert_to_tensor(MASK))
    tokens = layout.gather(ops.convert_to_tensor(X))
    assert np.array_equal(to_numpy(tokens), X[KEPT])
    assert np.array_equal(to_numpy(layout.pad(tokens)), X * KEPT[..., None])
    assert np.array_equal(to_numpy(layout.first(tokens)), X[:, 0])
    assert to_numpy(layout.positions).tolist() == np.nonzero(KEPT)[1].tolist()


def test_heads_are_those_of_the_padded_layout() -> None:
    layout, padded = RealTokens(ops.convert_to_tensor(MASK), 3), PaddedTokens()
    tokens, x = ops.convert_to_tensor(X[KEPT]), ops.convert_to_tensor(X)
    heads, wanted = layout.split_heads(tokens, 3), padded.split_heads(x, 3)
    kept = KEPT[:, None, :, None]
    assert np.array_equal(to_numpy(heads) * kept, to_numpy(wanted) * kept)
    assert np.array_equal(to_numpy(layout.merge_heads(wanted)), X[KEPT])
    assert np.array_equal(to_numpy(padded.merge_heads(wanted)), X)


def test_what_xla_compiles_stays_padded() -> None:
    if backend_name() != "tensorflow":
        pytest.skip("is about TensorFlow")
    import tensorflow as tf

    found = {}

    def look(mask):
        found["layout"] = real_tokens(mask)
        return mask

    for jit_compile, padded in ((True, True), (False, False)):
        tf.function(look, jit_compile=jit_compile).get_concrete_function(tf.constant(MASK))
        assert (found["layout"] is None) == padded
