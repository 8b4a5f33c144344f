"""Which tokens stay when a text, or a pair of texts, is too long."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import tensorflow as tf


def truncated_lengths(first: Any, second: Any, sequence_length: int, numpy: Any = np) -> Any:
    """Says how many tokens of each text are kept; `_truncate_seq_pair` without its loop.

    The loop takes a token from the longer text, or from the second if both are equally long,
    until both fit. So a text keeps what the other leaves over, and never less than its half; the
    odd token goes to the first.

    Args:
        first, second: int arrays, tokens of each text. A 0 in `second` means that there is none.
        sequence_length: int. Room for the tokens with `[CLS]` and `[SEP]`.
        numpy: The module that holds `where`, `minimum` and `maximum`: numpy or tensorflow.

    Returns:
        Two int arrays, the tokens kept.

    Example:

    >>> truncated_lengths(np.array([9, 9, 9]), np.array([2, 9, 0]), 10)
    (array([5, 4, 8]), array([2, 3, 0]))
    """
    room = sequence_length - numpy.where(second > 0, 3, 2)
    half = room // 2
    return (
        numpy.minimum(first, numpy.maximum(room - half, room - second)),
        numpy.minimum(second, numpy.maximum(half, room - first)),
    )


def cut_rows(rows: tf.RaggedTensor, lengths: tf.Tensor) -> tf.RaggedTensor:
    """Keeps the first values of each row.

    Args:
        rows: `tf.RaggedTensor` of shape `(batch_size, None)`.
        lengths: int32 tensor of shape `(batch_size,)`, values to keep; a shorter row stays whole.

    Returns:
        `tf.RaggedTensor` of shape `(batch_size, None)`.

    Example:

    >>> import tensorflow as tf
    >>> cut_rows(tf.ragged.constant([[1, 2, 3], [4]]), tf.constant([2, 2])).to_list()
    [[1, 2], [4]]
    """
    import tensorflow as tf

    positions = tf.ragged.range(rows.row_lengths())
    keep = positions.values < tf.repeat(tf.cast(lengths, positions.dtype), rows.row_lengths())
    return tf.ragged.boolean_mask(rows, rows.with_values(keep))
