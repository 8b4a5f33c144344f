from __future__ import annotations

import numpy as np
import pytest

from albert_zoo.pretraining.segment_pairs import SegmentPairs, _fit

STARTS = np.ones(10_000, bool)


def document(sentences: int, length: int = 6, first: int = 10) -> list:
    """Sentences of ascending ids, so that order shows."""
    ids = iter(range(first, first + sentences * length))
    return [[next(ids) for _ in range(length)] for _ in range(sentences)]


def pairs_of(*arguments, seed: int = 0, starts: np.ndarray = STARTS, **settings) -> list:
    random = np.random.default_rng(seed)
    pairs = SegmentPairs(**settings)
    return [pair for found in arguments for pair in pairs(found, starts, random)]


def test_segments_are_consecutive_and_swapped_where_it_says_so() -> None:
    for pair in pairs_of(document(200), sequence_length=64):
        first, second = (pair.second, pair.first) if pair.is_swapped else pair[:2]
        assert first and second
        assert first == list(range(first[0], first[-1] + 1))
        assert second == list(range(second[0], second[-1] + 1))
        assert first[-1] < second[0]
        if not pair.is_truncated:
            assert second[0] == first[-1] + 1
        assert len(first) + len(second) <= 61
        assert first[0] % 6 == 4 or pair.is_truncated  # a sentence's first piece


def test_half_of_the_pairs_are_swapped() -> None:
    swapped = [pair.is_swapped for pair in pairs_of(*[document(1000)] * 10, sequence_length=32)]
    assert len(swapped) > 1500
    assert abs(np.mean(swapped) - 0.5) < 4 * 0.5 / np.sqrt(len(swapped))


def test_nothing_is_lost_but_what_is_truncated() -> None:
    made = pairs_of(document(100), sequence_length=64, short_rate=0.0)
    seen = sorted(i for pair in made for i in pair.first + pair.second)
    assert len(seen) == len(set(seen))
    whole = [pair for pair in made if not pair.is_truncated]
    cut = len(made) - len(whole)
    assert 600 - len(seen) <= 6 * cut


def test_pieces_are_cut_off_both_ends_of_the_longer_segment() -> None:
    random = np.random.default_rng(0)
    made = [_fit(list(range(100)), [200], 20, random) for _ in range(400)]
    assert all(len(first) == 19 and second == [200] for first, second in made)
    starts = [first[0] for first, _ in made]
    assert min(starts) > 20 and max(starts) < 61
    assert abs(np.mean(starts) - 40.5) < 4 * 4.5 / 20  # of 81 pieces half are off the front


def test_equally_long_segments_keep_the_originals_halves() -> None:
    first, second = _fit([1] * 30, [2] * 30, 21, np.random.default_rng(0))
    assert (len(first), len(second)) == (11, 10)


@pytest.mark.parametrize("short_rate, shorter", [(0.0, 0), (1.0, 150)])
def test_short_rate(short_rate: float, shorter: int) -> None:
    documents = [document(11)] * 200
    lengths = [
        len(pair.first) + len(pair.second)
        for pair in pairs_of(*documents, sequence_length=67, short_rate=short_rate)
    ]
    assert sum(length < 60 for length in lengths) >= shorter
    assert short_rate or set(lengths) <= {64, 6 * 11 - 64}


def test_a_single_sentence_is_cut_between_its_words() -> None:
    starts = STARTS.copy()
    starts[12:14] = False  # pieces that go on a word
    made = pairs_of(*[[[10, 11, 12, 13, 14]]] * 100, sequence_length=32, starts=starts)
    assert len(made) == 100
    cuts = {len(pair.second if pair.is_swapped else pair.first) for pair in made}
    assert cuts == {1, 4}
    assert 20 < sum(pair.is_swapped for pair in made) < 80


def test_a_document_of_one_word_gives_no_pair() -> None:
    starts = np.zeros(100, bool)
    assert pairs_of([[10, 11]], starts=starts) == []
    assert pairs_of([[10]], [], starts=STARTS) == []


def test_arguments_are_checked() -> None:
    with pytest.raises(ValueError, match="`sequence_length` must be at least 5"):
        SegmentPairs(sequence_length=4)
    with pytest.raises(ValueError, match="`short_rate` must be in"):
        SegmentPairs(short_rate=2)
