"""Examples: building, checking and cutting them."""

from __future__ import annotations

import numpy as np
import pytest

from albert_zoo.tables import Examples


def test_from_lists_fills_in_ids_and_types():
    examples = Examples.from_lists(["a", "b"], ["c", "d"], labels=[0.5, 5], ids=[7, "x"])
    assert examples.labels.dtype == np.float32
    assert examples.ids == ["7", "x"]
    assert repr(examples) == "Examples(2 text pairs, float32 labels)"
    assert Examples.from_lists(("a", "b"), labels=[True, False]).labels.tolist() == [1, 0]
    assert repr(Examples.from_lists(np.array(["a"]))) == "Examples(1 single texts, no labels)"


def test_take_keeps_order_and_repeats():
    examples = Examples.from_lists(["a", "b", "c"], ["x", "y", "z"], labels=[0, 1, 2])
    taken = examples.take(np.array([2, 0, 2]))
    assert taken.texts == ["c", "a", "c"]
    assert taken.text_pairs == ["z", "x", "z"]
    assert taken.labels.tolist() == [2, 0, 2]
    assert taken.labels.dtype == np.int32
    assert taken.ids == ["2", "0", "2"]
    nothing = Examples.from_lists(["a"]).take([])
    assert len(nothing) == 0 and nothing.labels is None and nothing.text_pairs is None


@pytest.mark.parametrize("count, expected", [(0, 0), (2, 2), (3, 3), (9, 3), (-1, 0)])
def test_head(count, expected):
    assert len(Examples.from_lists(["a", "b", "c"]).head(count)) == expected


@pytest.mark.parametrize(
    "arguments, error, message",
    [
        (dict(texts=["a", None]), TypeError, r"texts\[1\] = None"),
        (dict(texts=["a", float("nan")]), TypeError, r"texts\[1\] = nan"),
        (dict(texts="abc"), TypeError, "list of str"),
        (dict(texts=["a"], text_pairs=[3]), TypeError, r"text_pairs\[0\] = 3"),
        (dict(texts=["a"], text_pairs=["b", "c"]), ValueError, "2 text_pairs, 1 texts"),
        (dict(texts=["a"], labels=[1, 2]), ValueError, "2 labels, 1 texts"),
        (dict(texts=["a"], ids=[]), ValueError, "0 ids, 1 texts"),
        (dict(texts=["a"], labels=["good"]), TypeError, "'good'.*Columns"),
        (dict(texts=["a"], labels=[-1]), ValueError, "from 0 on"),
        (dict(texts=["a"], labels=[float("nan")]), ValueError, "finite"),
        (dict(texts=["a"], labels=[[1]]), ValueError, "one-dimensional"),
    ],
)
def test_bad_lists(arguments, error, message):
    with pytest.raises(error, match=message):
        Examples.from_lists(**arguments)
