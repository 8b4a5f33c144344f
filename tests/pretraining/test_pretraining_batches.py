from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from albert_zoo.data import read_pretraining_records
from albert_zoo.errors import DataError
from albert_zoo.pretraining import NgramMasking, PretrainingBatches
from albert_zoo.pretraining.pretraining_batches import as_batch, cut_to, mask_anew


@pytest.fixture(scope="module")
def shards(records: Path) -> list:
    return sorted(records.glob("train-*.tfrecord"))


@pytest.fixture(scope="module")
def masking(tokenizer) -> NgramMasking:
    return NgramMasking(tokenizer.vocabulary_size, tokenizer.mask_id)


def equal(first, second) -> bool:
    return all(np.array_equal(a[name], b[name]) for a, b in zip(first, second) for name in a)


def test_shapes_are_few_and_every_row_comes_once(shards: list) -> None:
    batches = PretrainingBatches(shards, batch_tokens=128, lengths=[16, 32], shards_at_once=2)
    rows = 0
    shapes = set()
    for inputs, labels, weights in batches.epoch(0):
        size, length = inputs["token_ids"].shape
        assert size * length == 128
        assert inputs["padding_mask"].sum(axis=1).max() <= length
        shapes.add((length, inputs["mask_positions"].shape[1]))
        assert labels["mlm"].shape == weights["mlm"].shape == inputs["mask_positions"].shape
        rows += size
    assert shapes == {(16, 3), (32, 5)}
    total = sum(len(read_pretraining_records(shard).token_ids) for shard in shards)
    assert total - 8 - 4 < rows <= total  # of each length less than a batch is left out


def test_nothing_hidden_is_cut_off(shards: list) -> None:
    rows = read_pretraining_records(shards[1])
    short = rows.take(np.nonzero(rows.padding_mask.sum(axis=1) <= 16)[0])
    assert len(short.token_ids)
    cut = cut_to(short, 16)
    assert cut.mask_weights.sum() == short.mask_weights.sum()
    assert cut.token_ids.shape[1] == 16


def test_the_order_is_a_function_of_seed_and_epoch(shards: list, masking: NgramMasking) -> None:
    def first(seed: int, epoch: int, skip: int = 0):
        batches = PretrainingBatches(shards, 128, [32], masking, seed)
        return next(iter(batches.epoch(epoch, skip)))

    assert equal(first(0, 0), first(0, 0))
    assert not equal(first(0, 0), first(0, 1))
    assert not equal(first(0, 0), first(1, 0))


def test_skipped_batches_are_the_first_ones(shards: list, masking: NgramMasking) -> None:
    batches = PretrainingBatches(shards, 128, [16, 32], masking)
    whole = list(batches.epoch(3))
    rest = list(batches.epoch(3, skip=5))
    assert len(rest) == len(whole) - 5 > 0
    assert all(equal(a, b) for a, b in zip(whole[5:], rest))


def test_dynamic_masking_hides_other_words_of_the_same_text(
    shards: list, masking: NgramMasking
) -> None:
    rows = read_pretraining_records(shards[0])
    others = mask_anew(rows, masking, np.random.default_rng(5))

    def restored(rows) -> np.ndarray:
        ids = rows.token_ids.copy()
        index, places = np.nonzero(rows.mask_weights)
        ids[index, rows.mask_positions[index, places]] = rows.mask_ids[index, places]
        return ids

    assert (restored(rows) == restored(others)).all()
    assert (rows.token_ids != others.token_ids).any(axis=1).mean() > 0.9
    assert others.mask_weights.sum() == pytest.approx(rows.mask_weights.sum(), rel=0.02)
    index, places = np.nonzero(others.mask_weights)
    specials = np.isin(restored(rows), (2, 3)) | (rows.padding_mask == 0)
    assert not specials[index, others.mask_positions[index, places]].any()
    # Whole words, as in the files.
    hidden = np.zeros_like(specials)
    hidden[index, others.mask_positions[index, places]] = True
    goes_on = (rows.word_starts == 0) & ~specials
    assert (hidden[:, 1:] == hidden[:, :-1])[goes_on[:, 1:] & ~specials[:, :-1]].all()


def test_without_masking_the_files_masks_are_used(shards: list) -> None:
    batches = PretrainingBatches(shards[:1], 128, [32])
    files = read_pretraining_records(shards[0]).token_ids
    known = {row.tobytes() for row in files}
    for inputs, _, _ in batches.epoch(0):
        assert {row.tobytes() for row in inputs["token_ids"]} <= known


def test_a_batch_filled_up_counts_its_own_rows_only(shards: list) -> None:
    rows = read_pretraining_records(shards[0]).take(slice(3))
    inputs, labels, weights = as_batch(rows, size=5)
    assert len(inputs["token_ids"]) == len(labels["sop"]) == 5
    assert weights["sop"].tolist() == [1, 1, 1, 0, 0]
    assert weights["mlm"].sum() == rows.mask_weights.sum()


def test_a_damaged_shard_is_named(tmp_path: Path, shards: list) -> None:
    bad = tmp_path / "train-00000.tfrecord"
    bad.write_bytes(shards[0].read_bytes()[:-20])
    with pytest.raises(DataError, match=r"train-00000\.tfrecord: a damaged TFRecord"):
        list(PretrainingBatches([bad], 128, [32]).epoch(0))


def test_arguments_are_checked(shards: list) -> None:
    with pytest.raises(ValueError, match="`shards` must not be empty"):
        PretrainingBatches([], 128, [32])
    with pytest.raises(ValueError, match="`lengths` must ascend"):
        PretrainingBatches(shards, 128, [32, 16])
    with pytest.raises(ValueError, match="`lengths` must end with the records' own"):
        list(PretrainingBatches(shards, 128, [16]).epoch(0))
