"""Models that leave padding out against the same models on padded rows, within 1e-6."""

from __future__ import annotations

from typing import Any, Dict, List, Tuple

import numpy as np
import pytest

from albert_zoo.keras_api import KERAS_GENERATION, backend_name, ops
from albert_zoo.layers import transformer_block
from albert_zoo.layers.token_functions import norm_and_dense
from albert_zoo.models import AlbertClassifier
from albert_zoo.models.pretrained import to_numpy
from tests.model_checks import largest_difference, tiny_backbone, tiny_inputs

pytestmark = [
    pytest.mark.backends,
    pytest.mark.skipif(backend_name() == "jax", reason="JAX has no shapes that depend on values"),
]
TOLERANCE = 1e-6
MASKS = {
    "no padding": [7, 7, 7],
    "one row with padding": [7, 4, 7],
    "rows of one token": [1, 7, 1],
    "every row of one token": [1, 1, 1],
    "a row of padding alone": [3, 0, 7],
}


def inputs_of(lengths: List[int]) -> Dict[str, np.ndarray]:
    mask = (np.arange(7) < np.array(lengths)[:, None]).astype("int32")
    inputs = tiny_inputs(len(lengths))
    ids = np.random.default_rng(0).integers(5, 100, mask.shape).astype("int32")
    return {**inputs, "token_ids": ids, "padding_mask": mask}


def loss_of(outputs: Dict[str, Any], mask: Any) -> Any:
    """Some function of every output that is not padding."""
    losses = [ops.mean(ops.square(outputs["pooled_output"]))]
    if "sequence_output" in outputs:
        real = ops.expand_dims(ops.cast(mask, "float32"), axis=2)
        losses.append(ops.mean(ops.square(outputs["sequence_output"] * real)))
    return sum(losses)


def gradient_function(backbone: Any, **how: Any) -> Any:
    """Returns a function of inputs to the outputs and the gradients, traced once."""
    variables = backbone.trainable_variables

    def in_torch(tensors: Any) -> Any:
        backbone.zero_grad()
        outputs = backbone(tensors, training=True, **how)
        loss_of(outputs, tensors["padding_mask"]).backward()
        return outputs, [variable.value.grad for variable in variables]

    def in_tensorflow(tensors: Any) -> Any:
        import tensorflow as tf

        with tf.GradientTape() as tape:
            outputs = backbone(tensors, training=True, **how)
            loss = loss_of(outputs, tensors["padding_mask"])
        gradients = tape.gradient(
            loss, [v.value if KERAS_GENERATION == 3 else v for v in variables]
        )
        return outputs, [None if g is None else tf.convert_to_tensor(g) for g in gradients]

    if backend_name() == "torch":
        compute = in_torch
    else:
        import tensorflow as tf

        row = tf.TensorSpec((None, None), tf.int32)
        names = ("token_ids", "segment_ids", "padding_mask")
        compute = tf.function(in_tensorflow, input_signature=[dict.fromkeys(names, row)])

    def arrays(inputs: Dict[str, np.ndarray]) -> Tuple:
        tensors = {name: ops.convert_to_tensor(value) for name, value in inputs.items()}
        outputs, gradients = compute(tensors)
        outputs = {name: to_numpy(value).copy() for name, value in outputs.items()}
        return outputs, [None if g is None else to_numpy(g).copy() for g in gradients]

    return arrays


def check_equal(found: Tuple, wanted: Tuple, real: Any) -> None:
    for name, value in found[0].items():
        kept = real[..., None] if name == "sequence_output" else 1
        assert np.abs((value - wanted[0][name]) * kept).max() < TOLERANCE, name
    for gradient, other in zip(found[1], wanted[1]):
        assert (gradient is None) == (other is None)
        if gradient is not None:
            assert np.abs(gradient - other).max() < TOLERANCE


@pytest.mark.parametrize("how", ["skip_padding", "pooled_only"])
def test_outputs_and_gradients_are_those_of_padded_rows(how: str) -> None:
    backbone = tiny_backbone(initializer_range=0.1)
    unpadded = gradient_function(backbone, **{how: True})
    found = {name: unpadded(inputs_of(lengths)) for name, lengths in MASKS.items()}
    backbone.unpad = False
    padded = gradient_function(backbone, **{how: True})
    for name, lengths in MASKS.items():
        inputs = inputs_of(lengths)
        real = inputs["padding_mask"]
        check_equal(found[name], padded(inputs), real)
        outputs = backbone(inputs)
        for key, value in found[name][0].items():
            kept = real[..., None] if key == "sequence_output" else 1
            assert np.abs((value - to_numpy(outputs[key])) * kept).max() < TOLERANCE
        if how == "skip_padding":
            padding = (real == 0) & (real.sum(axis=1, keepdims=True) > 0)
            assert not found[name][0]["sequence_output"][padding].any()


def test_a_classifier_computes_real_tokens_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    backbone = tiny_backbone()
    classifier = AlbertClassifier(backbone, num_classes=2)
    seen = []

    def seen_by_the_wide_layer(norm: Any, dense: Any, x: Any) -> Any:
        seen.append(x.shape)
        return norm_and_dense(norm, dense, x)

    monkeypatch.setattr(transformer_block, "norm_and_dense", seen_by_the_wide_layer)
    inputs = inputs_of([7, 4, 2])
    unpadded = classifier(inputs)
    assert [tuple(shape) for shape in seen] == [(13, 16), (3, 16)]
    backbone.unpad = False
    seen.clear()
    assert largest_difference(classifier(inputs), unpadded) < TOLERANCE
    assert [tuple(shape) for shape in seen] == [(3, 7, 16), (3, 16)]


def test_one_trace_serves_every_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    if backend_name() != "tensorflow":
        pytest.skip("is about TensorFlow")
    import tensorflow as tf

    from albert_zoo.models import albert_backbone

    traces = []
    layout_of = albert_backbone.real_tokens
    monkeypatch.setattr(
        albert_backbone, "real_tokens", lambda *how: traces.append(1) or layout_of(*how)
    )
    classifier = AlbertClassifier(tiny_backbone(), num_classes=2)
    classifier.compile("sgd", "mse", jit_compile=False)
    row = tf.TensorSpec((None, None), tf.int32)
    names = ("token_ids", "segment_ids", "padding_mask")
    spec = (dict.fromkeys(names, row), tf.TensorSpec((None, 2), tf.float32))

    def fit(*batches: List[int]) -> None:
        def shapes() -> Any:
            for lengths in batches:
                inputs = inputs_of(lengths)
                cut = {name: array[:, : max(lengths)] for name, array in inputs.items()}
                yield cut, np.zeros((len(lengths), 2), "float32")

        dataset = tf.data.Dataset.from_generator(shapes, output_signature=spec)
        dataset = dataset.apply(tf.data.experimental.assert_cardinality(len(batches)))
        classifier.fit(dataset, verbose=0)

    fit([7, 4], [5, 5])
    first = len(traces)
    fit([2, 3], [6, 1, 2], [1])
    assert len(traces) == first
