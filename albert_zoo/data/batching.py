"""LengthBatches: which rows make up each batch."""

from __future__ import annotations

from typing import List, Optional

import numpy as np


class LengthBatches:
    """Batches in an order that is random, yet a function of seed and epoch alone.

    An epoch's rows are shuffled and cut into pools of `pool_batches` batches; each pool is sorted
    by length and cut into batches, and the batches of the whole epoch are shuffled. No state is
    needed to make an epoch's order again. Pools of one batch leave the order fully random. Larger
    ones save padding, but a batch of one length is a biased sample of the data, and can train
    visibly worse where length goes with structure.

    Without shuffling the rows are sorted by length once, the longest first, so that too large a
    batch shows at once.

    With `steps` an epoch has so many batches, all full, and goes on where the last one stopped, as
    a dataset that is repeated for ever does: the rows that a pass leaves over come in another one.

    Args:
        lengths: int array `(num_rows,)`, tokens of each row.
        batch_size: int, above 0. Rows in a batch; the last one may be smaller.
        shuffle: bool.
        seed: int. Of the shuffling.
        pool_batches: int, above 0. Batches in a pool.
        steps: int, above 0. Batches in an epoch. `None` for one pass over the rows.
        fill: bool. Whether the last batch of a pass is filled up with rows that came before.

    Raises:
        ValueError: an argument is out of range, or there are no rows.

    Example:

    >>> batches = LengthBatches(np.array([3, 9, 3, 9]), batch_size=2, shuffle=True, seed=0)
    >>> len(batches), sorted(sorted(batch.tolist()) for batch in batches.epoch(0))
    (2, [[0, 2], [1, 3]])
    """

    def __init__(
        self,
        lengths: np.ndarray,
        batch_size: int,
        shuffle: bool = False,
        seed: int = 0,
        pool_batches: int = 1,
        steps: Optional[int] = None,
        fill: bool = False,
    ):
        if batch_size < 1 or pool_batches < 1 or (steps is not None and steps < 1):
            raise ValueError(
                "`batch_size`, `pool_batches` and `steps` must be above 0. Received: "
                f"batch_size={batch_size}, pool_batches={pool_batches}, steps={steps}. "
                "Correct them."
            )
        if not len(lengths):
            raise ValueError("`lengths` must not be empty. Received: no rows. Give some data.")
        self.lengths = np.asarray(lengths)
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.seed = seed
        self.pool_batches = pool_batches
        self.steps = steps
        self.fill = fill

    def __len__(self) -> int:
        return self.steps or -(-len(self.lengths) // self.batch_size)

    def epoch(self, epoch: int) -> List[np.ndarray]:
        """Returns the batches of an epoch, each an int array of row numbers.

        Args:
            epoch: int, 0 or above.
        """
        if self.steps is None:
            return self._pass(epoch)
        per_pass = len(self._full_batches(0))
        number, skipped = divmod(epoch * self.steps, per_pass)
        batches = self._full_batches(number)[skipped:]
        while len(batches) < self.steps:
            number += 1
            batches += self._full_batches(number)
        return batches[: self.steps]

    def _full_batches(self, number: int) -> List[np.ndarray]:
        batches = self._pass(number)
        return [batch for batch in batches if len(batch) == self.batch_size] or batches

    def _pass(self, number: int) -> List[np.ndarray]:
        """Returns every row once, in batches."""
        if not self.shuffle:
            order = np.argsort(-self.lengths, kind="stable")
            return self._filled(self._cut(order), order)
        random = np.random.default_rng([self.seed, number])
        order = random.permutation(len(self.lengths))
        pool_rows = self.pool_batches * self.batch_size
        batches = []
        for start in range(0, len(order), pool_rows):
            pool = order[start : start + pool_rows]
            batches += self._cut(pool[np.argsort(self.lengths[pool], kind="stable")])
        batches = self._filled(batches, order)
        return [batches[i] for i in random.permutation(len(batches))]

    def _filled(self, batches: List[np.ndarray], order: np.ndarray) -> List[np.ndarray]:
        missing = self.batch_size - len(batches[-1])
        if self.fill and missing:
            batches[-1] = np.concatenate([batches[-1], np.resize(order, missing)])
        return batches

    def _cut(self, order: np.ndarray) -> List[np.ndarray]:
        return [order[i : i + self.batch_size] for i in range(0, len(order), self.batch_size)]


def batches_by_tokens(lengths: np.ndarray, most_tokens: int) -> List[np.ndarray]:
    """Cuts rows into batches of like length, for prediction, where the order is no matter.

    Args:
        lengths: int array `(num_rows,)`, tokens of each row.
        most_tokens: int. Tokens in a batch, padding included; a longer row is a batch by itself.

    Returns:
        list of int arrays of row numbers, the longest rows first, so that too large a batch shows
        at once.

    Example:

    >>> [batch.tolist() for batch in batches_by_tokens(np.array([3, 9, 4, 3, 9]), 16)]
    [[1], [4], [2, 0, 3]]
    """
    order = np.argsort(-np.asarray(lengths), kind="stable")
    batches = []
    start = 0
    while start < len(order):
        end = start + max(1, most_tokens // max(1, int(lengths[order[start]])))
        batches.append(order[start:end])
        start = end
    return batches
