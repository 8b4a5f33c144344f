"""TFRecord files in the layout of the reference implementations."""

from __future__ import annotations

import itertools
import os
from typing import Any, Dict, Iterable, Iterator, NamedTuple, Optional, Tuple, Union

import numpy as np

from albert_zoo.atomic import new_file
from albert_zoo.data.encoded import EncodedExamples
from albert_zoo.data.record_bytes import examples, framed
from albert_zoo.data.record_files import record_files
from albert_zoo.data.row_checks import bytes_of, check_lengths, check_rows, check_whole
from albert_zoo.errors import DataError
from albert_zoo.text import PackedIds

PathLike = Union[str, os.PathLike]
_READ_BATCH = 1024  # rows that are parsed at once
_WRITE_CHUNK = 4096  # rows that are written at once


class Record(NamedTuple):
    """One row of a record file.

    Attributes:
        token_ids: Sequence of int, unpadded, with `[CLS]` and `[SEP]`.
        segment_ids: Sequence of int, of the same length.
        label: int class, or float score. None, for a row of a test split, is written as 0, the
            label that the reference gives to such rows.
        weight: float, the row's weight in the loss, or None. The Model Garden's layout only.
    """

    token_ids: Any
    segment_ids: Any
    label: Optional[float] = None
    weight: Optional[float] = None


def write_records(
    path: PathLike,
    rows: Iterable[Any],
    sequence_length: int,
    regression: bool = False,
    layout: str = "google",
    pad_id: int = 0,
) -> int:
    """Writes a TFRecord file as the reference implementations do.

    The rows may come from an iterator: 4,096 are held in memory at a time. The same rows give the
    same bytes. The file appears under its name only when it is whole. Re-implements
    `file_based_convert_examples_to_features` of google-research/albert classifier_utils.py and of
    Model Garden classifier_data_lib.py.

    Args:
        path: str or path. A file of that name is replaced.
        rows: Iterable of `Record`, or of tuples in its order; an `EncodedExamples` is one.
        sequence_length: int. Tokens each row is padded to.
        regression: bool. Whether labels are float scores (STS-B) and not classes.
        layout: `"google"`, or `"garden"`, which adds `example_id` (the row's number) and,
            where a row has one, `weight`.
        pad_id: int. The id that fills a row.

    Returns:
        int. Number of rows written.

    Raises:
        ValueError: a row is longer than `sequence_length`, or `layout` is not known.

    Example:

    >>> import tempfile
    >>> from pathlib import Path
    >>> path = Path(tempfile.mkdtemp(), "train.tf_record")
    >>> write_records(path, [([2, 7, 3], [0, 0, 0], 1)], sequence_length=4)
    1
    >>> read_records(path, sequence_length=4)["padding_mask"].tolist()
    [[1, 1, 1, 0]]
    """
    if layout not in ("google", "garden"):
        raise ValueError(f"`layout` must be 'google' or 'garden'. Received: layout={layout!r}.")
    number = 0
    with new_file(path) as unfinished, open(unfinished, "wb") as file:
        for packed, labels, weights in _chunks(rows):
            messages = examples(
                packed,
                labels,
                sequence_length,
                regression,
                number if layout == "garden" else None,
                weights if layout == "garden" else None,
                pad_id,
            )
            file.write(framed(messages))
            number += len(messages)
    return number


def read_records(
    path: PathLike, sequence_length: int, regression: bool = False
) -> Dict[str, np.ndarray]:
    """Reads a TFRecord file of either layout into arrays.

    Rows marked `is_real_example` 0, which fill up the last batch on a TPU, are left out.

    Args:
        path: str or path. Where it was cut into shards, of the file that it would have been.
        sequence_length: int. Tokens a row, as the file was written.
        regression: bool. Whether labels are float scores and not classes.

    Returns:
        dict of `token_ids`, `segment_ids` and `padding_mask`, int32 arrays of shape
        `(num_rows, sequence_length)`; `labels`, int32 or float32 of shape `(num_rows,)`; and, if
        the file has them, `weights`, float32 of shape `(num_rows,)`.

    Raises:
        DataError: the file is missing, damaged, or has other features than these.
    """
    import tensorflow as tf

    files = [str(file) for file in record_files(path)]
    row = tf.io.FixedLenFeature([sequence_length], tf.int64)
    layout = {
        "input_ids": row,
        "segment_ids": row,
        "input_mask": row,
        "label_ids": tf.io.FixedLenFeature([], tf.float32 if regression else tf.int64),
        "is_real_example": tf.io.FixedLenFeature([], tf.int64, default_value=1),
        "weight": tf.io.FixedLenFeature([], tf.float32, default_value=np.nan),
    }
    batches = tf.data.TFRecordDataset(files).batch(_READ_BATCH)
    try:
        parsed, size = [], 0
        for batch in batches:
            check_lengths(path, batch)
            parsed.append(_narrowed(tf.io.parse_example(batch, layout), path))
            size += bytes_of(batch)
    except tf.errors.DataLossError:
        raise DataError(
            "not a TFRecord file, or a damaged one. Write it again.", path=path
        ) from None
    except UnicodeDecodeError:  # TensorFlow's own message, which quotes the file
        raise DataError("its rows are damaged. Write it again.", path=path) from None
    except tf.errors.InvalidArgumentError as error:
        raise DataError(
            f"its rows do not fit sequence_length={sequence_length}, regression={regression} "
            f"({error.message.split('<unknown>, ')[-1].split(' [Op:')[0]}). "
            f"Give the values it was written with.",
            path=path,
        ) from None
    check_whole(path, files, size)
    if not parsed:
        raise DataError("holds no rows.", path=path)

    columns = {name: np.concatenate([batch[name] for batch in parsed]) for name in layout}
    real = columns["is_real_example"] != 0
    arrays = {
        "token_ids": columns["input_ids"][real],
        "segment_ids": columns["segment_ids"][real],
        "padding_mask": columns["input_mask"][real],
        "labels": columns["label_ids"][real],
    }
    if not np.isnan(columns["weight"]).all():
        arrays["weights"] = columns["weight"][real]
    if not len(arrays["labels"]):
        raise DataError("holds no rows but those that fill up a batch.", path=path)
    if not np.isfinite(arrays["labels"]).all():
        row = int(np.isfinite(arrays["labels"]).argmin())
        raise DataError(f"row {row + 1}: the score must be finite. Write it again.", path=path)
    check_rows(path, arrays)
    return arrays


def _narrowed(batch: Dict[str, Any], path: PathLike) -> Dict[str, np.ndarray]:
    """Returns tensors as arrays, int64 as int32: half the bytes, and no id needs more."""
    arrays = {name: tensor.numpy() for name, tensor in batch.items()}
    for name, array in arrays.items():
        if array.dtype == "int64" and array.size and max(array.max(), -1 - array.min()) >= 2**31:
            raise DataError(f"`{name}` must hold 32-bit numbers. Write it again.", path=path)
    return {name: a.astype("int32") if a.dtype == "int64" else a for name, a in arrays.items()}


def _chunks(rows: Iterable[Any]) -> Iterator[Tuple[PackedIds, Any, Any]]:
    """Cuts rows into chunks of packed ids, labels and weights."""
    if isinstance(rows, EncodedExamples):
        for start in range(0, len(rows), _WRITE_CHUNK):
            part = rows.take(slice(start, start + _WRITE_CHUNK))
            yield part.packed(), None if part.labels is None else part.labels.tolist(), None
        return
    rows = iter(rows)
    for chunk in iter(lambda: [Record(*row) for row in itertools.islice(rows, _WRITE_CHUNK)], []):
        lengths = np.array([len(row.token_ids) for row in chunk])
        packed = PackedIds(
            np.concatenate([np.asarray(row.token_ids, "int64") for row in chunk]),
            lengths,
            np.array([_first_length(row) for row in chunk]),
            np.zeros(len(chunk), "bool"),
        )
        yield packed, [row.label for row in chunk], [row.weight for row in chunk]


def _first_length(row: Record) -> int:
    """Returns how many tokens are of segment 0, all of them before those of segment 1."""
    segments = np.asarray(row.segment_ids, "int64")
    first = int((segments == 0).sum())
    if len(segments) != len(row.token_ids) or (segments[first:] != 1).any():
        raise ValueError(
            "`rows` must hold as many segment ids as tokens, zeros and then ones. Received: "
            f"{len(row.token_ids)} token_ids and the segment_ids {segments.tolist()}."
        )
    return first
