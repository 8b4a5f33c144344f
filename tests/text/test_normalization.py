"""Text cleaning: what the original gives, in Python and in the graph."""

from __future__ import annotations

import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from albert_zoo.text import graph_normalize, normalize
from albert_zoo.text.normalization import check_strings, normalize_all


def test_equals_the_original_on_the_golden_rows(golden_rows):
    for row in golden_rows:
        assert normalize(row["text"], row["lower"]) == row["preprocessed"], row["text"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        (" \t\n", ""),
        ("a\u00a0b\u2028c\u3000 d\x1ce", "a b c d e"),  # white space of every kind
        ("\uff21\uff22 \ufb01ne", "ab fine"),  # compatibility forms
        ("İstanbul ΣΑΣ", "istanbul σας"),
        ("पढ़ना", "पढना"),  # a combining sign goes, a vowel sign stays
        ("a\ud83db", "a\ufffdb"),  # half a surrogate pair
    ],
)
def test_cleans(text, expected):
    assert normalize(text) == expected


def test_keeps_capitals_if_asked_to():
    assert normalize("Crème BRÛLÉE", lowercase=False) == "Creme BRULEE"


@given(st.lists(st.text(st.sampled_from("aB, \n\t\x00\x1cé\u3000"), max_size=6), max_size=4))
@example(["The cat", "sat."])
@example([""])
@example(["a\nb", "c"])
@settings(derandomize=True, deadline=None, max_examples=300)
def test_texts_at_once_are_cleaned_as_each(texts):
    for lowercase in (True, False):
        wanted = [normalize(text, lowercase) for text in texts]
        assert normalize_all(texts, lowercase) == wanted


@pytest.mark.text
@pytest.mark.parametrize("lowercase", [True, False])
def test_graph_gives_the_same(tf, golden_rows, lowercase):
    texts = [row["text"] for row in golden_rows if "\0" not in row["text"]]
    cleaned = graph_normalize(tf.constant(texts), lowercase).numpy().tolist()
    assert [text.decode() for text in cleaned] == [normalize(text, lowercase) for text in texts]


@pytest.mark.text
def test_graph_keeps_any_shape_and_bad_bytes_do_no_harm(tf):
    cleaned = graph_normalize(tf.constant([[b"A\xff"], [b"\0"]]))
    assert cleaned.shape == (2, 1)
    assert cleaned[0, 0].numpy().decode() == "a\ufffd"


@pytest.mark.parametrize("value", [None, math.nan, b"bytes", 3])
def test_refuses_what_is_no_string(value):
    with pytest.raises(TypeError, match=r"texts\[1\]="):
        check_strings(["fine", value], "texts")


def test_refuses_one_string_for_many():
    with pytest.raises(TypeError, match="sequence of strings"):
        check_strings("one text", "texts")
