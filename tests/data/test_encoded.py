"""EncodedExamples: packed rows give the same batches as padded ones."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from albert_zoo.data import EncodedExamples
from albert_zoo.text import AlbertPreprocessor, AlbertTokenizer, PackedIds

FIRST = ["the cat sat on the mat.", "a dog", "", "the rain in the hills is cold, and long"]
SECOND = ["a dog ran to the old house", "", "the cat", "the road is long"]
LABELS = np.array([0, 1, 1, 0], "int32")


@pytest.fixture(scope="module")
def preprocessor(tiny_vocabulary):
    return AlbertPreprocessor(AlbertTokenizer(tiny_vocabulary), sequence_length=16)


@pytest.fixture(scope="module")
def encoded(preprocessor):
    examples = SimpleNamespace(texts=FIRST, text_pairs=SECOND, labels=LABELS)
    return EncodedExamples.from_examples(examples, preprocessor)


def assert_same(batch, expected):
    assert sorted(batch) == sorted(expected)
    for name, array in batch.items():
        assert array.dtype == "int32"
        np.testing.assert_array_equal(array, expected[name])


def test_batches_equal_the_preprocessor(encoded, preprocessor):
    expected = preprocessor((FIRST, SECOND))
    assert_same(encoded.batch(slice(None), length=16), expected)
    order = [3, 0, 0]
    assert_same(encoded.batch(order, 16), {name: array[order] for name, array in expected.items()})


def test_pads_to_the_longest_row_chosen(encoded):
    longest = encoded.lengths[[1, 2]].max()
    assert encoded.batch([1, 2])["token_ids"].shape == (2, longest)
    assert encoded.batch([])["token_ids"].shape == (0, 0)
    assert encoded.batch([], length=5)["token_ids"].shape == (0, 5)
    with pytest.raises(ValueError, match="length=15, with a row of 16 tokens"):
        encoded.batch([0], length=15)


def test_knows_lengths_labels_and_cut_rows(encoded, preprocessor):
    token_ids, _, num_truncated = preprocessor.encode(FIRST, SECOND, return_truncated=True)
    assert len(encoded) == 4
    assert encoded.lengths.dtype == "int32"
    assert encoded.lengths.tolist() == list(map(len, token_ids))
    assert encoded.labels is LABELS
    assert encoded.num_truncated == num_truncated == 2


def test_yields_unpadded_rows(encoded, preprocessor):
    token_ids, segment_ids = preprocessor.encode(FIRST, SECOND)
    for row, (tokens, segments, label) in enumerate(encoded):
        np.testing.assert_array_equal(tokens, token_ids[row])
        np.testing.assert_array_equal(segments, segment_ids[row])
        assert label == LABELS[row]


@pytest.mark.parametrize("indices", [[2, 0], slice(1, 3), np.array([], int), [3, 3, 3]])
def test_selections_share_the_ids(encoded, indices):
    rows = np.arange(4)[indices]
    taken = encoded.take(indices)
    assert taken.token_ids is encoded.token_ids
    assert len(taken) == len(rows)
    assert taken.labels.tolist() == LABELS[rows].tolist()
    assert taken.num_truncated == sum(row in (0, 3) for row in rows)
    assert_same(taken.batch(slice(None), 16), encoded.batch(rows, 16))
    assert len(encoded) == 4


def test_labels_and_pairs_may_be_missing(preprocessor):
    examples = SimpleNamespace(texts=FIRST, text_pairs=None, labels=None)
    encoded = EncodedExamples.from_examples(examples, preprocessor)
    assert encoded.labels is None
    assert encoded.take([1]).labels is None
    assert [label for _, _, label in encoded] == [None] * 4
    assert not encoded.batch(slice(None))["segment_ids"].any()


def test_refuses_arrays_that_do_not_fit():
    packed = PackedIds([2, 5, 3], [3], [3], [False])
    with pytest.raises(ValueError, match="2 labels for 1 rows"):
        EncodedExamples(packed, labels=[0, 1])
    with pytest.raises(ValueError, match="sum to 4, and 3 token_ids"):
        EncodedExamples(packed._replace(lengths=[4]))
