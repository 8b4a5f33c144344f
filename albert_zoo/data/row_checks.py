"""What the rows of a record file must be, checked when they are read."""

from __future__ import annotations

import os
from typing import Any, Dict, Optional, Sequence

import numpy as np

from albert_zoo.errors import DataError

_AROUND = 16  # bytes of a record's length and checksums
_GOES_ON = bytes(byte >> 7 for byte in range(256))  # 1 for a byte of a number that is not its last


def bytes_of(batch: Any) -> int:
    """Returns what records take in their file.

    Args:
        batch: string tensor of shape `(num_records,)`.
    """
    import tensorflow as tf

    lengths = tf.strings.length(batch).numpy()
    return int(lengths.sum(dtype="int64")) + _AROUND * len(lengths)


def check_lengths(path: Any, batch: Any) -> None:
    """Checks messages that may say to hold 256 MB or more, before TensorFlow makes room for it.

    Its parser of examples believes such a length before it looks at how long the message is.

    Args:
        path: path of the file, for messages.
        batch: string tensor of shape `(num_records,)`, `tf.train.Example` messages.

    Raises:
        DataError: a message is none.
    """
    import tensorflow as tf
    from google.protobuf.message import DecodeError

    messages = batch.numpy().tolist()
    # A length of 2**28 or more has four bytes that go on; ids and lengths of real rows do not.
    if b"\1\1\1\1" not in b"".join(messages).translate(_GOES_ON):
        return
    for message in messages:
        try:
            tf.train.Example.FromString(message)
        except (DecodeError, UnicodeDecodeError):
            raise DataError("its rows are damaged. Write it again.", path=path) from None


def check_whole(path: Any, files: Sequence[Any], size: int) -> None:
    """Sees that records fill their file: TensorFlow passes over a last one whose head is cut.

    Args:
        path: path of the file, for messages.
        files: paths of the file, or of the shards it was cut into.
        size: int, bytes of the records that were read.

    Raises:
        DataError: there are more bytes.
    """
    left = sum(map(os.path.getsize, files)) - size
    if left:
        raise DataError(
            f"damaged: its last {left} bytes are no record. Write the file again.", path=path
        )


def check_rows(path: Any, arrays: Dict[str, np.ndarray]) -> None:
    """Checks padded rows: tokens first and then padding, two segments, ids from 0 on.

    Args:
        path: path of the file, for messages.
        arrays: dict of `token_ids`, `segment_ids` and `padding_mask`, int arrays of shape
            `(num_rows, sequence_length)`.

    Raises:
        DataError: a row is something else; the message counts rows from 1.
    """
    mask, segments, token_ids = (
        arrays[name] for name in ("padding_mask", "segment_ids", "token_ids")
    )
    rules = (
        ("input_mask must hold 0 and 1", (mask != 0) & (mask != 1)),
        ("input_mask must begin with 1: every row has a token", mask[:, :1] == 0),
        ("input_mask must be 1 at the tokens and then 0 to the end", mask[:, 1:] > mask[:, :-1]),
        ("segment_ids must hold 0 and 1", (segments != 0) & (segments != 1)),
        ("input_ids must be 0 or above", token_ids < 0),
    )
    for rule, is_wrong in rules:
        rows = is_wrong.any(axis=1)
        if rows.any():
            row = int(rows.argmax())
            raise DataError(f"row {row + 1}: {rule}. Write the file again.", path=path)


def check_ids(path: Any, token_ids: np.ndarray, vocabulary_size: Optional[int]) -> None:
    """Checks that a model has all ids of a file.

    Args:
        path: path of the file, for messages.
        token_ids: int array of shape `(num_rows, sequence_length)`.
        vocabulary_size: int, or `None` where it is not known.

    Raises:
        DataError: an id is as large or larger.
    """
    if vocabulary_size is None or token_ids.size == 0 or token_ids.max() < vocabulary_size:
        return
    row = int((token_ids >= vocabulary_size).any(axis=1).argmax())
    raise DataError(
        f"row {row + 1}: input_ids must be below the model's vocabulary_size={vocabulary_size}. "
        f"Received: {token_ids[row].max()}. Prepare the data with the model's own vocabulary.",
        path=path,
    )
