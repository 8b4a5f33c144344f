"""PretrainingBatches: shards of records to batches of a few fixed shapes."""

from __future__ import annotations

import queue
import threading
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Sequence, Tuple

import numpy as np

from albert_zoo.data import PretrainingRows, read_pretraining_records
from albert_zoo.pretraining.ngram_masking import NgramMasking

Batch = Tuple[Dict[str, np.ndarray], Dict[str, np.ndarray], Dict[str, np.ndarray]]
"""`(inputs, labels, weights)` of `AlbertPretrainer`."""


class PretrainingBatches:
    """Batches in a random order that is a function of seed and epoch alone.

    Several shards are read at once and their rows are mixed. Rows no longer than one of `lengths`
    are cut to it, and a batch holds as many of them as make `batch_tokens` tokens: every batch
    costs about the same, and a backend that compiles for each shape compiles few. What is left over
    of a length goes into the next batches, and at the end of an epoch it is left out.

    Args:
        shards: sequence of paths.
        batch_tokens: int. Tokens of a batch, padding included.
        lengths: ascending sequence of int, in tokens; the last one is that of the records.
        masking: `NgramMasking` to hide other words in every epoch, or `None` for those hidden in
            the files.
        seed: int.
        shards_at_once: int above 0. Shards whose rows are mixed.

    Raises:
        ValueError: an argument is out of range.
        DataError: a shard cannot be read, or its rows are longer than `lengths`.
    """

    def __init__(
        self,
        shards: Sequence[Any],
        batch_tokens: int,
        lengths: Sequence[int],
        masking: Optional[NgramMasking] = None,
        seed: int = 0,
        shards_at_once: int = 4,
    ):
        if not shards:
            raise ValueError("`shards` must not be empty. Received: none.")
        if list(lengths) != sorted(set(lengths)) or batch_tokens < lengths[-1]:
            raise ValueError(
                "`lengths` must ascend, and `batch_tokens` be no less than the last of them. "
                f"Received: lengths={list(lengths)}, batch_tokens={batch_tokens}."
            )
        self.shards = [Path(shard) for shard in shards]
        self.batch_tokens = batch_tokens
        self.lengths = list(lengths)
        self.masking = masking
        self.seed = seed
        self.shards_at_once = shards_at_once

    def epoch(self, epoch: int, skip: int = 0) -> Iterator[Batch]:
        """Yields the batches of an epoch, made by a thread while the model trains.

        Args:
            epoch: int, 0 or above.
            skip: int. Batches at the beginning to leave out.

        Yields:
            `(inputs, labels, weights)`, each a dict of arrays.
        """
        ready: queue.Queue = queue.Queue(maxsize=8)
        stopped = threading.Event()

        def produce() -> None:
            last: Any = None
            try:
                for number, rows in enumerate(self._rows_of_batches(epoch)):
                    if number < skip:
                        continue
                    item = self._batch(rows, epoch, number)
                    while not stopped.is_set():
                        try:
                            ready.put(item, timeout=0.5)
                            break
                        except queue.Full:
                            continue
                    if stopped.is_set():
                        return
            except BaseException as error:  # raised again where the batches are used
                last = error
            ready.put((last,))

        thread = threading.Thread(target=produce, daemon=True)
        thread.start()
        try:
            while True:
                item = ready.get()
                if len(item) == 1:
                    if item[0] is not None:
                        raise item[0]
                    return
                yield item
        finally:
            stopped.set()

    def _rows_of_batches(self, epoch: int) -> Iterator[PretrainingRows]:
        random = np.random.default_rng([self.seed, epoch])
        order = random.permutation(len(self.shards))
        left: Dict[int, PretrainingRows] = {}
        for start in range(0, len(order), self.shards_at_once):
            parts = [
                read_pretraining_records(self.shards[i])
                for i in order[start : start + self.shards_at_once]
            ]
            rows = PretrainingRows(*map(np.concatenate, zip(*parts)))
            rows_lengths = rows.padding_mask.sum(axis=1)
            buckets = np.searchsorted(self.lengths, rows_lengths)
            if buckets.max(initial=0) >= len(self.lengths):
                raise ValueError(
                    f"`lengths` must end with the records' own. Received: {self.lengths}, where a "
                    f"row has {rows_lengths.max()} tokens."
                )
            batches: List[PretrainingRows] = []
            for bucket in np.unique(buckets).tolist():
                index = random.permutation(np.nonzero(buckets == bucket)[0])
                found = rows.take(index)
                if bucket in left:
                    found = PretrainingRows(*map(np.concatenate, zip(left.pop(bucket), found)))
                size = self.batch_tokens // self.lengths[bucket]
                whole = len(found.token_ids) // size * size
                batches += [
                    cut_to(found.take(slice(i, i + size)), self.lengths[bucket])
                    for i in range(0, whole, size)
                ]
                left[bucket] = found.take(slice(whole, None))
            yield from (batches[i] for i in random.permutation(len(batches)))

    def _batch(self, rows: PretrainingRows, epoch: int, number: int) -> Batch:
        if self.masking is not None:
            random = np.random.default_rng([self.seed, epoch, number])
            rows = mask_anew(rows, self.masking, random)
        return as_batch(rows)


def cut_to(rows: PretrainingRows, length: int) -> PretrainingRows:
    """Cuts padding off: rows of `length` tokens, and as many places for hidden pieces as it takes.

    Args:
        rows: `PretrainingRows`, none of more than `length` tokens.
        length: int, tokens.
    """
    longest, most = rows.token_ids.shape[1], rows.mask_ids.shape[1]
    places = max(1, -(-most * length // longest))
    needed = int(rows.mask_weights.sum(axis=1).max(initial=0))
    by_token, by_prediction = slice(length), slice(max(places, needed))
    return PretrainingRows(
        token_ids=rows.token_ids[:, by_token],
        padding_mask=rows.padding_mask[:, by_token],
        segment_ids=rows.segment_ids[:, by_token],
        word_starts=rows.word_starts[:, by_token],
        mask_positions=rows.mask_positions[:, by_prediction],
        mask_ids=rows.mask_ids[:, by_prediction],
        mask_weights=rows.mask_weights[:, by_prediction],
        is_swapped=rows.is_swapped,
    )


def mask_anew(
    rows: PretrainingRows, masking: NgramMasking, random: np.random.Generator
) -> PretrainingRows:
    """Puts back what was hidden, and hides other words.

    Args:
        rows: `PretrainingRows`.
        masking: `NgramMasking`, whose `max_predictions` is set by the rows.
        random: `numpy.random.Generator`.
    """
    token_ids = rows.token_ids.copy()
    hidden_rows, places = np.nonzero(rows.mask_weights)
    token_ids[hidden_rows, rows.mask_positions[hidden_rows, places]] = rows.mask_ids[
        hidden_rows, places
    ]
    real = rows.padding_mask.astype(bool)
    special = np.zeros_like(real)
    special[:, 0] = True
    # [SEP] stands where the segment changes: last of segment 0, and last of segment 1.
    lengths = real.sum(axis=1)
    first_lengths = lengths - rows.segment_ids.sum(axis=1)
    index = np.arange(len(token_ids))
    special[index, lengths - 1] = True
    special[index, first_lengths - 1] = True
    masked = masking(
        token_ids, rows.word_starts, real & ~special, random, max_predictions=rows.mask_ids.shape[1]
    )
    return rows._replace(
        token_ids=masked.token_ids,
        mask_positions=masked.mask_positions,
        mask_ids=masked.mask_ids,
        mask_weights=masked.mask_weights,
    )


def as_batch(rows: PretrainingRows, size: Optional[int] = None) -> Batch:
    """Returns rows as `AlbertPretrainer` takes them.

    Args:
        rows: `PretrainingRows`.
        size: int. Rows to fill the batch up to, with copies of the first row of weight 0.
    """
    count = len(rows.token_ids)
    order_weights = np.ones(count, "float32")
    if size is not None and size > count:
        rows = rows.take(np.r_[np.arange(count), np.zeros(size - count, "int64")])
        order_weights = (np.arange(size) < count).astype("float32")
    inputs = {
        "token_ids": rows.token_ids,
        "segment_ids": rows.segment_ids,
        "padding_mask": rows.padding_mask,
        "mask_positions": rows.mask_positions,
    }
    labels = {"mlm": rows.mask_ids, "sop": rows.is_swapped}
    return inputs, labels, {"mlm": rows.mask_weights * order_weights[:, None], "sop": order_weights}
