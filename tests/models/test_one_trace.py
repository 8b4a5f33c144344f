"""Blocks that are traced once against blocks that are traced for every layer."""

from __future__ import annotations

from typing import Any, Dict, List

import numpy as np
import pytest

from albert_zoo import AdamW, AlbertClassifier
from albert_zoo.keras_api import KERAS_GENERATION, backend_name, keras
from albert_zoo.layers import AlbertTransformerBlock, plain_gradients
from albert_zoo.layers.backend_graphs import custom_gradient
from tests.model_checks import tiny_backbone, tiny_inputs

pytestmark = pytest.mark.skipif(
    backend_name() != "tensorflow" or KERAS_GENERATION != 3,
    reason="is about TensorFlow and Keras 3",
)
LABELS = np.array([0, 1, 1])


def trained(monkeypatch: pytest.MonkeyPatch, **how: Any) -> Dict[str, Any]:
    """Trains for two steps; returns how often blocks were called, and the weights."""
    calls: List[str] = []
    call = AlbertTransformerBlock.call

    def counted(self: Any, *args: Any, **kwargs: Any) -> Any:
        calls.append(self.name)
        return call(self, *args, **kwargs)

    keras.utils.set_random_seed(3)
    backbone = tiny_backbone(
        num_layers=6, num_groups=how.get("groups", 1), dropout=how.get("dropout", 0.0)
    )
    backbone.encoder.one_trace = how.get("one_trace", True)
    backbone.encoder.remat = how.get("remat", False)
    classifier = AlbertClassifier(backbone, num_classes=2)
    optimizer = AdamW(1e-4)  # a larger rate would show the rounding of gradients that are 0
    optimizer.one_operation = how.get("one_operation", True)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    jit_compile = how.get("jit_compile", False)
    classifier.compile(optimizer, loss=loss, metrics=["accuracy"], jit_compile=jit_compile)
    optimizer.build(classifier.trainable_variables)
    dataset = [(tiny_inputs(3), LABELS)] * 2
    with monkeypatch.context() as patch:
        patch.setattr(AlbertTransformerBlock, "call", counted)
        for inputs, labels in dataset:
            classifier.fit(inputs, labels, batch_size=3, verbose=0)
    return {"calls": len(calls), "weights": classifier.get_named_arrays()}


def largest(ours: Dict[str, Any], theirs: Dict[str, Any]) -> float:
    pairs = ((ours["weights"][name], value) for name, value in theirs["weights"].items())
    return max(float(np.abs(a - b).max()) for a, b in pairs)


@pytest.mark.parametrize("groups, dropout, calls", [(1, 0.0, 2), (2, 0.3, 3)])
def test_one_trace_of_a_block_trains_as_a_trace_of_every_layer(
    monkeypatch: pytest.MonkeyPatch, groups: int, dropout: float, calls: int
) -> None:
    how = {"groups": groups, "dropout": dropout}
    once = trained(monkeypatch, **how)
    # Of each group one, and one of the last layer, which computes the first tokens alone. Nothing
    # is traced twice: the metrics' variables are there before the first step.
    assert once["calls"] == calls
    unrolled = trained(monkeypatch, one_trace=False, **how)
    assert unrolled["calls"] == 6
    assert largest(once, unrolled) < 1e-6


def test_gradients_of_weights_are_summed_up_layer_by_layer(monkeypatch: pytest.MonkeyPatch) -> None:
    """TensorFlow's optimizers would join the sums, and keep the gradients of all six layers."""
    context = pytest.importorskip("tensorflow.python.eager.context").context()

    def sums(**how: Any) -> List[int]:
        context.enable_graph_collection()
        trained(monkeypatch, **how)
        graphs = context.export_run_metadata().function_graphs
        context.disable_graph_collection()
        nodes = max((graph.post_optimization_graph.node for graph in graphs), key=len)
        return [sum(name[0] != "^" for name in node.input) for node in nodes if node.op == "AddN"]

    assert 6 in sums(one_trace=False)
    assert not {5, 6, 7} & set(sums())
    assert not {5, 6, 7} & set(sums(remat=True))


def test_where_xla_compiles_every_layer_is_traced(monkeypatch: pytest.MonkeyPatch) -> None:
    """XLA spends minutes on the calls of a function, for which it looks for constants."""
    assert trained(monkeypatch, jit_compile=True)["calls"] == 6


def test_gradients_of_our_own_can_be_turned_off(monkeypatch: pytest.MonkeyPatch) -> None:
    used: List[bool] = []

    @custom_gradient
    def watched(x: Any) -> Any:
        return x, lambda upstream: used.append(True) or upstream

    def differentiate() -> None:
        import tensorflow as tf

        x = tf.Variable(1.0)
        with tf.GradientTape() as tape:
            y = watched(x)
        tape.gradient(y, x)

    ours = trained(monkeypatch, dropout=0.3)
    with plain_gradients():
        differentiate()
        assert not used
        plain = trained(monkeypatch, dropout=0.3)
    differentiate()
    assert used
    assert largest(ours, plain) < 1e-6


def test_adam_in_one_operation_is_adam(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = trained(monkeypatch, one_operation=False)
    assert largest(trained(monkeypatch), plain) < 1e-6
