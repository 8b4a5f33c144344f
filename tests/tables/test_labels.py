"""Cells of label columns: names, order, scores."""

from __future__ import annotations

import numpy as np
import pytest

from albert_zoo.errors import DataError
from albert_zoo.tables.labels import (
    class_reader,
    is_missing,
    label_name,
    score_reader,
    shorten,
    sorted_labels,
)


@pytest.mark.parametrize(
    "value, name",
    [
        ("x", "x"),
        (" x ", "x"),
        (3, "3"),
        (3.0, "3"),
        (0.5, "0.5"),
        (np.int64(3), "3"),
        (np.float32(3), "3"),
        (np.bool_(True), "True"),
        (False, "False"),
        (None, ""),
        (float("nan"), ""),
        (np.float32("nan"), ""),
    ],
)
def test_label_name(value, name):
    assert label_name(value) == name


def test_huge_integers_are_names_like_any():
    assert label_name(10**400) == str(10**400)


def test_missing_values_of_pandas():
    pandas = pytest.importorskip("pandas")
    assert all(map(is_missing, [pandas.NA, pandas.NaT, None, float("nan")]))
    assert not any(map(is_missing, ["", 0, False, "nan"]))


def test_class_reader_takes_any_spelling_of_the_same_label():
    read = class_reader("f", ["0", "1"])
    assert [read(value, 1) for value in ("1", 1, 1.0, " 1", np.int32(1))] == [1] * 5
    read = class_reader("f", ["True", "False"])
    assert [read(value, 1) for value in (True, "True", "true", "TRUE", "false")] == [0, 0, 0, 0, 1]


@pytest.mark.parametrize(
    "value, message",
    [
        ("sometimes", "f:4: unknown label 'sometimes'. Known labels: yes, no"),
        ("yess", "unknown label 'yess'. Did you mean 'yes'"),
        ("", "f:4: the label is empty. Known labels: yes, no"),
        (None, "f:4: the label is empty"),
        ([1], r"unknown label '\[1\]'"),
    ],
)
def test_unknown_labels(value, message):
    with pytest.raises(DataError, match=message):
        class_reader("f", ["yes", "no"])(value, 4)


def test_score_reader_takes_numbers_however_written():
    read = score_reader("f", (0, 5))
    assert [read(value, 1) for value in ("5", "5.000", 5, " 0.25", "1e0", np.float32(2))] == [
        *(5, 5, 5, 0.25, 1, 2)
    ]
    assert score_reader("f", None)("-7", 1) == -7


@pytest.mark.parametrize(
    "value, message",
    [
        ("", "f:2: the score must be a number, found ''"),
        ("high", "f:2: the score must be a number"),
        ("1_0", "must be a number"),
        (True, "must be a number"),
        (None, "must be a number"),
        ("nan", "f:2: the score must be finite, found 'nan'"),
        ("-inf", "must be finite"),
        ("1e39", "must be finite"),
        (float("nan"), "must be finite"),
        ("5.01", r"f:2: the score must lie in \[0, 5\], found '5.01'"),
        ("-0.1", r"must lie in \[0, 5\]"),
    ],
)
def test_bad_scores(value, message):
    with pytest.raises(DataError, match=message):
        score_reader("f", (0.0, 5.0))(value, 2)


@pytest.mark.parametrize(
    "names, expected",
    [
        (["10", "9", "-1"], ("-1", "9", "10")),
        (["b", "a", "10"], ("10", "a", "b")),
        (["1.0", "0.0"], ("0.0", "1.0")),
        (["nan", "1"], ("1", "nan")),
    ],
)
def test_sorted_labels(names, expected):
    assert sorted_labels("f", dict.fromkeys(names, 1)) == expected


def test_labels_that_can_be_no_classes():
    with pytest.raises(DataError, match="f:3: the labels look like scores .0.25.*regression=True"):
        sorted_labels("f", {"1": 2, "0.25": 3})
    with pytest.raises(DataError, match="two labels or more, found only x"):
        sorted_labels("f", {"x": 1})


def test_shorten():
    assert shorten(["a" * 50]) == "a" * 37 + "..."
    assert shorten(range(14)).endswith("11 and 2 more")
