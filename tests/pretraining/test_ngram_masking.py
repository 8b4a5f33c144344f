from __future__ import annotations

import numpy as np
import pytest

from albert_zoo.pretraining.ngram_masking import MaskedRows, NgramMasking, starts_word
from albert_zoo.text import AlbertTokenizer

CLS, SEP, MASK = 2, 3, 4


def batch(rows: int = 400, length: int = 128, vocabulary: int = 1000, seed: int = 0) -> tuple:
    """Random rows; a quarter of the pieces go on a word."""
    random = np.random.default_rng(seed)
    ids = random.integers(13, vocabulary, (rows, length)).astype("int32")
    lengths = random.integers(length // 2, length + 1, rows)
    places = np.arange(length)
    ids[:, 0], ids[:, length // 4] = CLS, SEP
    ids[np.arange(rows), lengths - 1] = SEP
    ids[places >= lengths[:, None]] = 0
    can_be_masked = ids > SEP
    return ids, can_be_masked & (random.random(ids.shape) < 0.75), can_be_masked, lengths


def mask(ids, starts, can_be_masked, seed=0, **arguments) -> MaskedRows:
    masking = NgramMasking(1000, MASK, **arguments)
    return masking(ids, starts, can_be_masked, np.random.default_rng(seed))


def hidden_of(rows: MaskedRows, shape: tuple) -> np.ndarray:
    hidden = np.zeros(shape, bool)
    index, places = np.nonzero(rows.mask_weights)
    hidden[index, rows.mask_positions[index, places]] = True
    return hidden


def test_every_row_hides_its_share() -> None:
    ids, starts, can_be_masked, lengths = batch()
    rows = mask(ids, starts, can_be_masked)
    budgets = np.minimum(20, np.round(0.15 * lengths))
    counts = rows.mask_weights.sum(axis=1)
    assert (counts <= budgets).all()
    assert counts.sum() / budgets.sum() > 0.99  # a row whose last words are all long may fall short


def test_labels_are_what_stood_there_and_positions_ascend() -> None:
    ids, starts, can_be_masked, _ = batch()
    rows = mask(ids, starts, can_be_masked)
    index, places = np.nonzero(rows.mask_weights)
    positions = rows.mask_positions[index, places]
    assert (rows.mask_ids[index, places] == ids[index, positions]).all()
    assert can_be_masked[index, positions].all()
    for row_positions, weights in zip(rows.mask_positions, rows.mask_weights):
        count = int(weights.sum())
        assert (weights[:count] == 1).all() and (np.diff(row_positions[:count]) > 0).all()
        assert not row_positions[count:].any()
    untouched = ~hidden_of(rows, ids.shape)
    assert (rows.token_ids[untouched] == ids[untouched]).all()


def test_words_are_hidden_whole() -> None:
    ids, starts, can_be_masked, _ = batch()
    hidden = hidden_of(mask(ids, starts, can_be_masked), ids.shape)
    goes_on = can_be_masked & ~starts & np.roll(can_be_masked, 1, axis=1)
    assert (hidden == np.roll(hidden, 1, axis=1))[goes_on].all()


def test_eighty_ten_ten() -> None:
    ids, starts, can_be_masked, _ = batch(rows=2000)
    rows = mask(ids, starts, can_be_masked)
    index, places = np.nonzero(rows.mask_weights)
    shown = rows.token_ids[index, rows.mask_positions[index, places]]
    kept = shown == rows.mask_ids[index, places]
    count = len(index)
    for share, expected in (((shown == MASK).mean(), 0.8), (kept.mean(), 0.1)):
        assert abs(share - expected) < 4 * np.sqrt(expected * (1 - expected) / count)
    random_pieces = shown[(shown != MASK) & ~kept]
    assert random_pieces.min() >= 5


def test_lengths_of_runs_follow_one_over_n() -> None:
    """In long rows with few hidden words runs seldom meet, and the budget shortens few."""
    ids = np.full((100, 8000), 50)
    ids[:, 0], ids[:, -1] = CLS, SEP
    words = ids > SEP
    hidden = hidden_of(mask(ids, words, words, max_predictions=60), ids.shape)
    starts = hidden & ~np.roll(hidden, 1, axis=1)
    index, places = np.nonzero(starts)
    lengths = [hidden[row, place : place + 4].argmin() for row, place in zip(index, places)]
    shares = np.bincount(lengths, minlength=4)[1:4] / len(lengths)
    assert np.abs(shares - np.array([6, 3, 2]) / 11).max() < 0.04


@pytest.mark.parametrize("max_ngram", [1, 2, 3])
def test_runs_are_no_longer_than_asked(max_ngram: int) -> None:
    """One run a row: the budget is as large as the longest run."""
    ids = np.full((500, 60), 50)
    ids[:, 0], ids[:, -1] = CLS, SEP
    words = ids > SEP
    rows = mask(ids, words, words, mask_rate=0.5, max_predictions=max_ngram, max_ngram=max_ngram)
    assert (rows.mask_weights.sum(axis=1) == max_ngram).all()


def test_a_seed_gives_the_same_masks_and_another_seed_others() -> None:
    first, again, other = (mask(*batch()[:3], seed=seed) for seed in (1, 1, 2))
    assert all((a == b).all() for a, b in zip(first, again))
    assert (first.token_ids != other.token_ids).any()


def test_a_row_of_one_word_hides_it() -> None:
    ids = np.array([[CLS, 50, 51, SEP, 0, 0], [CLS, 50, SEP, SEP, 0, 0]])
    can_be_masked = ids > SEP
    starts = np.array([[0, 1, 0, 0, 0, 0]] * 2, bool)
    rows = mask(ids, starts, can_be_masked)
    # Two pieces of one word do not fit a budget of one.
    assert rows.mask_weights.sum(axis=1).tolist() == [0, 1]


def test_arguments_are_checked() -> None:
    with pytest.raises(ValueError, match="`mask_rate` must be a fraction"):
        NgramMasking(100, MASK, mask_rate=1.5)
    with pytest.raises(ValueError, match="`max_ngram` must be above 0"):
        NgramMasking(100, MASK, max_ngram=0)


def test_only_letters_go_on_a_word(tiny_vocabulary: bytes) -> None:
    tokenizer = AlbertTokenizer(tiny_vocabulary)
    starts = starts_word(tokenizer)
    for token_id in range(5, tokenizer.vocabulary_size):
        piece = tokenizer.id_to_piece(token_id)
        goes_on = piece.strip("'.,").isalpha() and piece.isascii()
        assert starts[token_id] != goes_on, piece
