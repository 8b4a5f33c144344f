"""Encoding word by word: the ids of whole texts, whatever the words."""

from __future__ import annotations

import numpy as np
import pytest
import sentencepiece
from hypothesis import example, given, settings
from hypothesis import strategies as st

from albert_zoo.glue import read_split
from albert_zoo.text import AlbertTokenizer
from albert_zoo.text.word_ids import WordIds, can_encode

WORDS = "the cat Cat sat 9,000 !!! ... aaaa abab naïve ﬁ \u2581 a\u2581b \u0301 x\u200by Σας ΑΣ"


@given(st.text(alphabet=st.one_of(st.characters(), st.sampled_from(WORDS)), max_size=60))
@example("the  cat\u2581 \u2581sat\t\n\u3000!!! a\u0301 \ud800x \x00 \u00a8 9,000")
@settings(derandomize=True, deadline=None, max_examples=400)
def test_ids_equal_those_of_whole_texts(tiny, text):
    text = f"{text} {WORDS}"
    assert tiny._words is not None
    assert tiny.encode(text) == tiny._encode_whole([text])[0]


def test_ids_of_real_texts(shared):
    tokenizer = AlbertTokenizer(shared / "data" / "albert" / "30k-clean.model")
    for task in ("cola", "mrpc", "rte"):
        examples = read_split(task, shared / "data" / "glue", "dev")
        texts = examples.texts + (examples.text_pairs or [])
        assert tokenizer.encode(texts) == tokenizer._encode_whole(texts)


def test_words_are_forgotten_when_there_are_too_many():
    calls = []

    def encode(texts):
        calls.append(list(texts))
        return [[len(text)] for text in texts]

    words = WordIds(encode, most_words=3)
    for text in ("a b", "a b c d", "a b c d", "a"):
        ids, lengths = words.pack([text])
        assert lengths.tolist() == [len(text.split())]
        assert ids.tolist() == [1] * len(text.split())
    assert calls == [["a", "b"], ["c", "d"], ["a", "b", "c", "d"], ["a"]]


def numbers_of_letters(texts, calls, dropped=""):
    """Encodes a word as its letters' numbers, the first of them raised by 26."""
    calls.append(list(texts))
    words = [[word.strip(dropped or None) for word in text.split()] for text in texts]
    return [
        [ord(c) - 97 + 26 * (place == 0) for word in row for place, c in enumerate(word)]
        for row in words
    ]


@pytest.mark.parametrize("dropped", ["", "x"])
def test_words_are_encoded_several_at_a_time(dropped):
    calls = []
    pieces = ["a"] * 26 + ["\u2581a"] * 26
    words = WordIds(lambda texts: numbers_of_letters(texts, calls, dropped), pieces)
    texts = ["a bcd ef", "é bcd", "x"] + [f"a{chr(97 + number)}" for number in range(20)]
    flat, lengths = words.pack(texts)
    plain, other = list(dict.fromkeys(" ".join(texts).replace("é ", "").split())), ["é"]
    together = [" ".join(plain[:16]), " ".join(plain[16:])]
    # Where a word leaves no ids, words could not be told apart, and each is encoded by itself.
    assert calls == [together, *([plain] if dropped else []), other]
    rows = np.split(flat, np.cumsum(lengths)[:-1])
    assert [row.tolist() for row in rows] == numbers_of_letters(texts, [], dropped)


def test_words_together_have_the_ids_of_single_words(shared):
    tokenizer = AlbertTokenizer(shared / "data" / "albert" / "30k-clean.model")
    alone = WordIds(tokenizer._encode_whole)
    for task in ("cola", "mrpc", "sst2"):
        examples = read_split(task, shared / "data" / "glue", "dev")
        texts = examples.texts + (examples.text_pairs or [])
        for found, wanted in zip(tokenizer.pack(texts), alone.pack(texts)):
            np.testing.assert_array_equal(found, wanted)


def test_other_vocabularies_encode_whole_texts(tiny, tiny_vocabulary):
    split = sentencepiece.SentencePieceProcessor(model_proto=tiny_vocabulary).encode
    pieces = ["\u2581", "\u2581a", "a"]
    assert can_encode(pieces, lambda text: ["\u2581a", "\u2581a"])
    assert not can_encode([*pieces, "a\u2581b"], lambda text: ["\u2581a", "\u2581a"])
    assert not can_encode(pieces[1:], lambda text: ["\u2581a", "\u2581a"])
    assert not can_encode(pieces, lambda text: ["a", "\u2581a"])  # no space in front
    assert split("a cat")
    other = AlbertTokenizer(tiny_vocabulary)
    other._words = None
    assert other.encode(["The  cat,", ""]) == tiny.encode(["The  cat,", ""])
