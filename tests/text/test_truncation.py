"""The closed form of truncation against the original's loop."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from albert_zoo.text.truncation import cut_rows, truncated_lengths


def reference_lengths(first, second, sequence_length):
    """`convert_single_example` with `_truncate_seq_pair`, of google-research/albert."""
    first, second = list(range(first)), list(range(second))
    if not second:
        return len(first[: sequence_length - 2]), 0
    while len(first) + len(second) > sequence_length - 3:
        if len(first) > len(second):
            first.pop()
        else:
            second.pop()
    return len(first), len(second)


@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=1),
    st.integers(3, 60),
)
@settings(derandomize=True, deadline=None, max_examples=500)
def test_equals_the_loop(pairs, sequence_length):
    first, second = truncated_lengths(*np.array(pairs).T, sequence_length)
    expected = [reference_lengths(*pair, sequence_length) for pair in pairs]
    assert list(zip(first.tolist(), second.tolist())) == expected


def test_equals_the_loop_in_tensorflow():
    tf = pytest.importorskip("tensorflow")
    first, second = np.mgrid[0:30, 0:30].reshape(2, -1).astype("int32")
    for sequence_length in (3, 4, 5, 16, 17):
        expected = truncated_lengths(first, second, sequence_length)
        kept = truncated_lengths(tf.constant(first), tf.constant(second), sequence_length, tf)
        np.testing.assert_array_equal(kept, expected)


def test_cuts_ragged_rows():
    tf = pytest.importorskip("tensorflow")
    rows = tf.ragged.constant([[1, 2, 3], [], [4]])
    assert cut_rows(rows, tf.constant([2, 5, 0])).to_list() == [[1, 2], [], []]
