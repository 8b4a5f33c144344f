"""train_vocabulary: ALBERT's layout, and the same result each time."""

from __future__ import annotations

import pytest

from albert_zoo.text import AlbertTokenizer, train_vocabulary

TEXTS = ["a cat sat on a mat.", "a dog sat on a cat.", "a cat and a dog and a mat."]


def test_lays_out_the_pieces_as_the_published_vocabulary_does(published_vocabulary):
    ours, published = (
        AlbertTokenizer(train_vocabulary(TEXTS, 24)),
        AlbertTokenizer(published_vocabulary),
    )
    for token_id in range(13):
        assert ours.id_to_piece(token_id) == published.id_to_piece(token_id)


def test_is_reproducible():
    assert train_vocabulary(TEXTS, 24) == train_vocabulary(iter(TEXTS), 24)


def test_says_what_size_the_texts_allow():
    with pytest.raises(ValueError, match=r"vocabulary_size=3000.*too high"):
        train_vocabulary(TEXTS, 3000)
