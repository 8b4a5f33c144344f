"""BatchPipeline: a data set in memory to a `tf.data.Dataset` of padded batches."""

from __future__ import annotations

from typing import Any, Dict, Iterator, Tuple

import numpy as np

from albert_zoo.data.batching import LengthBatches
from albert_zoo.data.encoded import EncodedExamples


class BatchPipeline:
    """Pads the batches of a `LengthBatches` each to its own longest row.

    The dataset serves every Keras backend. Its lengths are rounded up to a multiple, so that a
    backend that compiles for each shape compiles few.

    Args:
        encoded: `EncodedExamples`.
        batches: `LengthBatches` over the same rows.
        length_multiple: int, above 0. Tokens.
        max_length: int. Tokens that a padded row has at the most.

    Example:

    >>> from albert_zoo.text import PackedIds
    >>> packed = PackedIds(
    ...     token_ids=np.array([2, 7, 3, 2, 7, 8, 9, 3]), lengths=np.array([3, 5]),
    ...     first_lengths=np.array([3, 5]), truncated=np.array([False, False]))
    >>> encoded = EncodedExamples(packed, labels=np.array([0, 1]))
    >>> pipeline = BatchPipeline(encoded, LengthBatches(encoded.lengths, batch_size=2))
    >>> [inputs["token_ids"].shape for inputs, labels in pipeline]
    [(2, 8)]
    """

    def __init__(
        self,
        encoded: EncodedExamples,
        batches: LengthBatches,
        length_multiple: int = 8,
        max_length: int = 512,
    ):
        self.encoded = encoded
        self.batches = batches
        self.length_multiple = length_multiple
        self.max_length = max_length
        self.epoch = 0
        """Which epoch's order the next iteration gives; the training loop sets it."""

    def __len__(self) -> int:
        return len(self.batches)

    def __iter__(self) -> Iterator[Tuple[Dict[str, np.ndarray], np.ndarray]]:
        return self.from_batch(0)

    def from_batch(self, first: int) -> Iterator[Tuple[Dict[str, np.ndarray], np.ndarray]]:
        """Yields the batches of the epoch from one of them on, counted from 0."""
        encoded = self.encoded
        for rows in self.batches.epoch(self.epoch)[first:]:
            longest = int(encoded.lengths[rows].max())
            length = -(-longest // self.length_multiple) * self.length_multiple
            labels = (
                np.zeros(len(rows), "int32") if encoded.labels is None else encoded.labels[rows]
            )
            yield encoded.batch(rows, max(longest, min(length, self.max_length))), labels

    def dataset(self, first: int = 0) -> Any:
        """Returns a `tf.data.Dataset` of `(inputs, labels)`.

        `inputs` are int32 tensors `(batch_size, length)`, `labels` are `(batch_size,)`: int32
        classes, float32 scores, or zeros where there are none. Every pass asks for `epoch` anew.

        Args:
            first: int. Batches of each pass to leave out, as they were trained on before.
        """
        import tensorflow as tf

        labels = self.encoded.labels
        label_type = tf.int32 if labels is None else tf.as_dtype(labels.dtype)
        row = tf.TensorSpec((None, None), tf.int32)
        dataset = tf.data.Dataset.from_generator(
            lambda: self.from_batch(first),
            output_signature=(
                {"token_ids": row, "segment_ids": row, "padding_mask": row},
                tf.TensorSpec((None,), label_type),
            ),
        )
        dataset = dataset.apply(tf.data.experimental.assert_cardinality(len(self) - first))
        options = tf.data.Options()
        if hasattr(options, "autotune"):
            # There is nothing to tune in one generator, and the tuning thread holds up the end of
            # many an epoch by seconds.
            options.autotune.enabled = False
        return dataset.prefetch(4).with_options(options)
