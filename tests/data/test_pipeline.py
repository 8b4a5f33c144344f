"""BatchPipeline: the dataset equals direct iteration, padded to few lengths."""

from __future__ import annotations

from typing import Any, Optional

import numpy as np
import pytest

from albert_zoo.data import BatchPipeline, EncodedExamples, LengthBatches
from albert_zoo.text import PackedIds

ROWS = 61


def encoded_examples(labels: Optional[np.ndarray], longest: int = 40) -> EncodedExamples:
    """Rows whose first id tells their number."""
    random = np.random.default_rng(0)
    lengths = random.integers(3, longest + 1, ROWS)
    ids = np.concatenate(
        [
            np.concatenate([[row + 10], random.integers(5, 9, length - 1)])
            for row, length in enumerate(lengths)
        ]
    )
    packed = PackedIds(ids, lengths, np.maximum(lengths // 2, 1), np.zeros(ROWS, "bool"))
    return EncodedExamples(packed, labels)


def pipeline_of(
    labels: Any = None, batch_size: int = 8, shuffle: bool = True, **arguments: Any
) -> BatchPipeline:
    encoded = encoded_examples(labels)
    batches = LengthBatches(encoded.lengths, batch_size, shuffle=shuffle, seed=1)
    return BatchPipeline(encoded, batches, **arguments)


CLASSES = np.arange(ROWS, dtype="int32") % 3
SCORES = np.linspace(0, 5, ROWS, dtype="float32")


@pytest.mark.parametrize("labels", [CLASSES, SCORES, None], ids=["classes", "scores", "none"])
def test_dataset_equals_direct_iteration(labels: Optional[np.ndarray]) -> None:
    pipeline = pipeline_of(labels)
    direct, dataset = list(pipeline), list(pipeline.dataset().as_numpy_iterator())
    assert len(direct) == len(dataset) == len(pipeline) == 8
    for (inputs, truth), (tensors, tensor_truth) in zip(direct, dataset):
        assert sorted(tensors) == ["padding_mask", "segment_ids", "token_ids"]
        for name, array in inputs.items():
            assert tensors[name].dtype == "int32"
            np.testing.assert_array_equal(tensors[name], array)
        assert tensor_truth.dtype == ("int32" if labels is None else labels.dtype)
        np.testing.assert_array_equal(tensor_truth, truth)


def test_labels_stay_with_their_rows() -> None:
    pipeline = pipeline_of(SCORES)
    for inputs, labels in pipeline:
        np.testing.assert_array_equal(labels, SCORES[inputs["token_ids"][:, 0] - 10])


def test_the_dataset_knows_its_length() -> None:
    """Keras' progress and the learning rate's schedule need it."""
    assert int(pipeline_of(CLASSES, batch_size=10).dataset().cardinality()) == 7


def test_every_pass_asks_for_the_epoch_anew() -> None:
    pipeline = pipeline_of(CLASSES)
    dataset = pipeline.dataset()

    def order() -> list:
        return np.concatenate(
            [inputs["token_ids"][:, 0] for inputs, _ in dataset.as_numpy_iterator()]
        ).tolist()

    first = order()
    assert order() == first
    pipeline.epoch = 1
    assert order() != first
    pipeline.epoch = 0
    assert order() == first


@pytest.mark.parametrize("multiple", [1, 8, 32])
def test_lengths_are_multiples_and_no_longer_than_needed(multiple: int) -> None:
    pipeline = pipeline_of(CLASSES, length_multiple=multiple)
    for inputs, _ in pipeline:
        length = inputs["token_ids"].shape[1]
        longest = inputs["padding_mask"].sum(axis=1).max()
        assert length % multiple == 0
        assert longest <= length < longest + multiple


def test_lengths_stop_at_what_the_model_reads() -> None:
    """Rows of 33 to 40 tokens would get 64: a model of 40 positions takes no more than 40."""
    shapes = {
        inputs["token_ids"].shape[1]
        for inputs, _ in pipeline_of(CLASSES, length_multiple=32, max_length=40)
    }
    assert shapes == {32, 40}


def test_few_shapes() -> None:
    exact = pipeline_of(CLASSES, batch_size=1, length_multiple=1)
    rounded = pipeline_of(CLASSES, batch_size=1, length_multiple=16)
    count = [len({x["token_ids"].shape for x, _ in pipeline}) for pipeline in (exact, rounded)]
    assert count[0] > 20
    assert count[1] == 3


def test_the_order_of_the_rows_can_be_restored() -> None:
    """As predictions are: outputs come batch by batch, longest rows first."""
    pipeline = pipeline_of(CLASSES, shuffle=False)
    outputs = np.concatenate([inputs["token_ids"][:, 0] for inputs, _ in pipeline])
    restored = np.empty_like(outputs)
    restored[np.concatenate(pipeline.batches.epoch(0))] = outputs
    assert restored.tolist() == [row + 10 for row in range(ROWS)]
    assert outputs.tolist() != restored.tolist()


def test_padding_is_masked() -> None:
    for inputs, _ in pipeline_of(CLASSES):
        padding = inputs["padding_mask"] == 0
        assert (inputs["token_ids"][padding] == 0).all()
        assert (inputs["segment_ids"][padding] == 0).all()
        assert (inputs["token_ids"][~padding] > 0).all()
