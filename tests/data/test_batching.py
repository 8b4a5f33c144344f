"""LengthBatches: every row once, an order that is a function of seed and epoch, little padding."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from albert_zoo.data import LengthBatches


def skewed_lengths(rows: int = 5000, seed: int = 0) -> np.ndarray:
    """Most texts short, a few long, as in GLUE."""
    random = np.random.default_rng(seed)
    return np.clip(random.lognormal(3.2, 0.6, rows), 3, 128).astype("int32")


def share_of_tokens(lengths: np.ndarray, batches: list) -> float:
    """Real tokens as a share of all, padding included."""
    padded = sum(len(rows) * lengths[rows].max() for rows in batches)
    return float(lengths.sum() / padded)


def as_lists(batches: list) -> list:
    return [rows.tolist() for rows in batches]


@given(
    rows=st.integers(1, 300),
    batch_size=st.integers(1, 50),
    pool_batches=st.integers(1, 9),
    shuffle=st.booleans(),
    seed=st.integers(0, 5),
    epoch=st.integers(0, 5),
)
def test_every_row_once_an_epoch(
    rows: int, batch_size: int, pool_batches: int, shuffle: bool, seed: int, epoch: int
) -> None:
    batches = LengthBatches(skewed_lengths(rows), batch_size, shuffle, seed, pool_batches)
    drawn = batches.epoch(epoch)
    assert sorted(np.concatenate(drawn).tolist()) == list(range(rows))
    assert len(drawn) == len(batches) == -(-rows // batch_size)
    sizes = sorted((len(batch) for batch in drawn), reverse=True)
    assert sizes == [batch_size] * (rows // batch_size) + [rows % batch_size] * (
        rows % batch_size > 0
    )


def test_order_is_a_function_of_seed_and_epoch() -> None:
    lengths = skewed_lengths(500)

    def order(seed: int, epoch: int) -> list:
        return as_lists(LengthBatches(lengths, 16, shuffle=True, seed=seed).epoch(epoch))

    assert order(0, 3) == order(0, 3)
    assert order(0, 3) != order(0, 4)
    assert order(0, 3) != order(1, 3)
    assert order(0, 1) != order(1, 0)


def test_keeps_no_state() -> None:
    """An epoch's order does not depend on what was asked before: a run can go on at any epoch."""
    batches = LengthBatches(skewed_lengths(500), 16, shuffle=True)
    second = as_lists(batches.epoch(2))
    for epoch in (0, 7, 2, 1):
        batches.epoch(epoch)
    assert as_lists(batches.epoch(2)) == second


def test_does_not_use_the_global_random_state() -> None:
    batches = LengthBatches(skewed_lengths(100), 8, shuffle=True)
    np.random.seed(0)
    before = np.random.get_state()[1].tolist()
    first = as_lists(batches.epoch(0))
    assert np.random.get_state()[1].tolist() == before
    np.random.seed(1)
    assert as_lists(batches.epoch(0)) == first


def test_rows_meet_others_in_every_epoch() -> None:
    batches = LengthBatches(skewed_lengths(2000), 20, shuffle=True)
    neighbours = [
        next(set(batch.tolist()) for batch in batches.epoch(epoch) if 0 in batch)
        for epoch in (0, 1)
    ]
    assert len(neighbours[0] & neighbours[1]) < 10


def test_batches_do_not_come_in_order_of_length() -> None:
    lengths = skewed_lengths()
    means = [lengths[rows].mean() for rows in LengthBatches(lengths, 16, shuffle=True).epoch(0)]
    positions = np.arange(len(means))
    assert abs(np.corrcoef(positions, means)[0, 1]) < 0.15


def test_unshuffled_rows_go_from_long_to_short() -> None:
    """Too large a batch shows at the first step. Rows of the same length keep their order."""
    batches = LengthBatches(np.array([3, 9, 3, 9, 5]), batch_size=2)
    assert as_lists(batches.epoch(0)) == [[1, 3], [4, 0], [2]]
    assert as_lists(batches.epoch(1)) == as_lists(batches.epoch(0))


@pytest.mark.parametrize("batch_size", [16, 32, 64])
def test_little_is_padding(batch_size: int) -> None:
    lengths = skewed_lengths()
    pooled = LengthBatches(lengths, batch_size, shuffle=True, pool_batches=50).epoch(0)
    order = np.random.default_rng(0).permutation(len(lengths))
    random = [order[i : i + batch_size] for i in range(0, len(order), batch_size)]
    assert share_of_tokens(lengths, random) < 0.6
    assert share_of_tokens(lengths, pooled) > 0.9
    assert share_of_tokens(lengths, LengthBatches(lengths, batch_size).epoch(0)) > 0.95


def test_a_pool_of_one_batch_keeps_any_row_beside_any_other() -> None:
    lengths = skewed_lengths()
    drawn = LengthBatches(lengths, 32, shuffle=True, pool_batches=1).epoch(0)
    assert share_of_tokens(lengths, drawn) < 0.6


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"batch_size": 0}, "must be above 0. Received: batch_size=0"),
        ({"batch_size": 2, "pool_batches": 0}, "pool_batches=0"),
    ],
)
def test_refuses_numbers_out_of_range(arguments: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        LengthBatches(np.array([3]), **arguments)


def test_refuses_no_rows() -> None:
    with pytest.raises(ValueError, match="`lengths` must not be empty"):
        LengthBatches(np.array([], "int32"), 2)


# === Epochs of a given number of steps ===


@given(rows=st.integers(1, 60), batch_size=st.integers(1, 20), steps=st.integers(1, 9))
def test_steps_go_on_from_pass_to_pass(rows: int, batch_size: int, steps: int) -> None:
    batches = LengthBatches(skewed_lengths(rows), batch_size, True, steps=steps)
    drawn = [batch for epoch in range(4) for batch in batches.epoch(epoch)]
    assert len(drawn) == 4 * steps == 4 * len(batches)
    full = max(1, rows // batch_size)
    assert {len(batch) for batch in drawn} == {min(rows, batch_size)}
    for start in range(0, len(drawn), full):  # no row twice in a pass
        numbers = np.concatenate(drawn[start : start + full])
        assert len(set(numbers.tolist())) == len(numbers)


def test_steps_of_one_pass_are_that_pass() -> None:
    lengths = skewed_lengths(40)
    whole = LengthBatches(lengths, 8, shuffle=True, seed=3)
    assert as_lists(LengthBatches(lengths, 8, True, 3, steps=5).epoch(2)) == as_lists(
        whole.epoch(2)
    )


@given(rows=st.integers(1, 60), batch_size=st.integers(1, 20), shuffle=st.booleans())
def test_filled_batches_are_full(rows: int, batch_size: int, shuffle: bool) -> None:
    batches = LengthBatches(skewed_lengths(rows), batch_size, shuffle, fill=True)
    drawn = batches.epoch(1)
    assert {len(batch) for batch in drawn} == {batch_size}
    assert len(drawn) == len(batches)
    assert set(np.concatenate(drawn).tolist()) == set(range(rows))
