from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from albert_zoo import AlbertPretrainer
from albert_zoo.data import PretrainingRows, read_pretraining_records
from albert_zoo.models.pretrained import to_numpy
from albert_zoo.pretraining.word_statistics import (
    count_words,
    restored_ids,
    start_from_statistics,
    waves,
    word_vectors,
)
from tests.model_checks import tiny_backbone


def rows_of(*ids: list) -> PretrainingRows:
    token_ids = np.array(ids, "int32")
    return PretrainingRows(
        token_ids=token_ids,
        padding_mask=(token_ids > 0).astype("int32"),
        segment_ids=np.zeros_like(token_ids),
        word_starts=(token_ids > 0).astype("int32"),
        mask_positions=np.zeros((len(ids), 1), "int32"),
        mask_ids=np.zeros((len(ids), 1), "int32"),
        mask_weights=np.zeros((len(ids), 1), "float32"),
        is_swapped=np.zeros(len(ids), "int32"),
    )


def test_near_pieces_count_more_and_hidden_ones_count() -> None:
    rows = rows_of([2, 10, 4, 12, 3, 0, 0])
    rows.mask_positions[0, 0], rows.mask_ids[0, 0], rows.mask_weights[0, 0] = 2, 11, 1.0
    assert restored_ids(rows)[0, :5].tolist() == [2, 10, 11, 12, 3]
    counts, pairs = count_words([rows, rows], 20, first_piece=5)
    assert counts[[10, 11, 12]].tolist() == [2, 2, 2] and counts.sum() == 6
    assert pairs[10, 11] == pairs[11, 10] == 2
    assert pairs[10, 12] == 1
    assert pairs.sum() == 10


def test_segments_do_not_meet() -> None:
    rows = rows_of([2, 10, 3, 11, 3])
    rows.segment_ids[0, 3:] = 1
    _, pairs = count_words([rows], 20, first_piece=5)
    assert not pairs.any()


def test_pieces_of_like_surroundings_get_like_vectors() -> None:
    """Two topics: 10 to 19 stand together, and so do 20 to 29."""
    random = np.random.default_rng(0)
    topics = random.integers(0, 2, 400)
    ids = 10 + 10 * topics[:, None] + random.integers(0, 10, (400, 20))
    _, pairs = count_words([rows_of(*ids.tolist())], 32, first_piece=5)
    vectors = word_vectors(pairs, 8, random)
    assert np.allclose((vectors[10:30] ** 2).mean(axis=1), 1, atol=1e-4)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    alike = unit @ unit.T
    assert alike[10:20, 10:20].mean() > 0.8 > 0.3 > alike[10:20, 20:30].mean()


def test_waves_know_distance() -> None:
    table = waves(100, 32)
    products = table @ table.T
    assert np.allclose(np.diag(products, 3), products[0, 3], atol=1e-3)
    assert products[50, 50] > products[50, 52] > products[50, 60]


def test_a_model_starts_from_them(records: Path) -> None:
    model = AlbertPretrainer(tiny_backbone(initializer_range=0.1))
    before = model.get_named_arrays()
    rows = read_pretraining_records(records / "train-00000.tfrecord")
    start_from_statistics(model, [rows], first_piece=5, seed=0)
    after = model.get_named_arrays()
    changed = {name for name in after if not np.array_equal(before[name], after[name])}
    assert changed == {
        "embeddings/token_embeddings",
        "embeddings/position_embeddings",
        "mlm/output_bias",
    }
    for name in ("token_embeddings", "position_embeddings"):
        size = np.sqrt((after[f"embeddings/{name}"] ** 2).mean())
        assert size == pytest.approx(0.1, rel=0.05)
    counts = np.bincount(restored_ids(rows)[rows.padding_mask > 0], minlength=100)
    assert after["mlm/output_bias"].argmax() == 5 + counts[5:].argmax()
    again = AlbertPretrainer(tiny_backbone(initializer_range=0.1))
    start_from_statistics(again, [rows], first_piece=5, seed=0)
    table = to_numpy(again.backbone.embeddings.token_embedding.embeddings)
    assert np.allclose(table, after["embeddings/token_embeddings"], atol=1e-6)


def test_a_large_vocabulary_is_refused() -> None:
    with pytest.raises(ValueError, match="at most 16,384 pieces. Received: 30,000"):
        count_words([], 30_000, first_piece=5)
