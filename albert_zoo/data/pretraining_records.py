"""TFRecord files for pre-training, in the layout of google-research/albert."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Dict, NamedTuple, Union

import numpy as np

from albert_zoo.atomic import new_file
from albert_zoo.data.row_checks import bytes_of, check_lengths, check_rows, check_whole
from albert_zoo.errors import DataError

PathLike = Union[str, os.PathLike]
_READ_BATCH = 1024  # rows that are parsed at once


class PretrainingRows(NamedTuple):
    """Rows of pre-training data, padded.

    Attributes:
        token_ids: int32 array `(num_rows, sequence_length)`, with words hidden.
        padding_mask: int32 array of that shape, 1 at real tokens.
        segment_ids: int32 array of that shape.
        word_starts: int32 array of that shape, 1 at `[CLS]`, `[SEP]` and where a word starts.
        mask_positions: int32 array `(num_rows, max_predictions)`.
        mask_ids: int32 array of that shape, the hidden pieces.
        mask_weights: float32 array of that shape, 1 at hidden pieces and 0 at spare places.
        is_swapped: int32 array `(num_rows,)`, 0 for segments in their order.
    """

    token_ids: np.ndarray
    padding_mask: np.ndarray
    segment_ids: np.ndarray
    word_starts: np.ndarray
    mask_positions: np.ndarray
    mask_ids: np.ndarray
    mask_weights: np.ndarray
    is_swapped: np.ndarray

    def take(self, index: Any) -> PretrainingRows:
        """Selects rows by a slice or an int array."""
        return PretrainingRows(*(column[index] for column in self))


_FEATURES = {
    "input_ids": "token_ids",
    "input_mask": "padding_mask",
    "segment_ids": "segment_ids",
    "token_boundary": "word_starts",
    "masked_lm_positions": "mask_positions",
    "masked_lm_ids": "mask_ids",
    "masked_lm_weights": "mask_weights",
    "next_sentence_labels": "is_swapped",
}
"""The original's names, and ours. Its `next_sentence_labels` are of the order of sentences."""


def write_pretraining_records(path: PathLike, rows: PretrainingRows) -> None:
    """Writes a TFRecord file as `write_instance_to_example_files` of the original does.

    The same rows give the same bytes. The file appears under its name only when it is whole.

    Args:
        path: str or path. A file of that name is replaced.
        rows: `PretrainingRows`.
    """
    import tensorflow as tf

    columns = [
        (name, column.tolist() if column.ndim > 1 else column[:, None].tolist())
        for name, column in zip(_FEATURES, rows)
    ]
    with new_file(path) as unfinished, tf.io.TFRecordWriter(str(unfinished)) as writer:
        for row in range(len(rows.token_ids)):
            example = tf.train.Example()
            feature = example.features.feature
            for name, values in columns:
                if name == "masked_lm_weights":
                    feature[name].float_list.value.extend(values[row])
                else:
                    feature[name].int64_list.value.extend(values[row])
            writer.write(example.SerializeToString(deterministic=True))


def read_pretraining_records(path: PathLike) -> PretrainingRows:
    """Reads a TFRecord file of this layout, ours or the original's, into arrays.

    Args:
        path: str or path.

    Returns:
        `PretrainingRows`.

    Raises:
        DataError: the file is missing, damaged or empty, or has other features than these.
    """
    import tensorflow as tf

    if not os.path.isfile(path):
        raise DataError("no such file. Write it with `albert-zoo pretrain-data`.", path=path)
    records = tf.data.TFRecordDataset(os.fspath(path))
    try:
        layout: Dict[str, Any] = {}
        parsed, size = [], 0
        for batch in records.batch(_READ_BATCH):
            check_lengths(path, batch)
            layout = layout or _layout_of(batch[0], Path(path))
            parsed.append(tf.io.parse_example(batch, layout))
            size += bytes_of(batch)
        check_whole(path, [path], size)
        if not parsed:
            raise DataError("holds no rows.", path=path)
    except tf.errors.DataLossError:
        raise DataError("a damaged TFRecord file. Write it again.", path=path) from None
    except UnicodeDecodeError:  # TensorFlow's own message, which quotes the file
        raise DataError("its rows are damaged. Write it again.", path=path) from None
    except tf.errors.InvalidArgumentError as error:
        reason = error.message.split("<unknown>, ")[-1].split(" [Op:")[0]
        raise DataError(f"its rows differ in shape or are damaged ({reason}).", path=path) from None
    columns = {
        ours: np.concatenate([batch[name].numpy() for batch in parsed])
        for name, ours in _FEATURES.items()
    }
    for name, column in columns.items():
        if column.dtype != np.float32 and not (column.min() >= 0 and column.max() < 2**31):
            raise DataError(f"its {name} must be 0 or above, and of 32 bits.", path=path)
    rows = PretrainingRows(
        **{
            name: column if column.dtype == np.float32 else column.astype("int32")
            for name, column in columns.items()
        }
    )
    if not rows.mask_positions.max() < rows.token_ids.shape[1]:
        raise DataError("its masked_lm_positions must lie in the row. Write it again.", path=path)
    if len({part.shape for part in rows[:4]}) > 1 or len({part.shape for part in rows[4:7]}) > 1:
        raise DataError("its features must be as long as each other. Write it again.", path=path)
    check_rows(path, rows._asdict())
    return rows


def _layout_of(record: Any, path: Path) -> Dict[str, Any]:
    """Reads the lengths off the first row, so that nobody has to give them."""
    import tensorflow as tf

    kinds = {n: tf.float32 if n == "masked_lm_weights" else tf.int64 for n in _FEATURES}
    row = tf.io.parse_single_example(
        record, {name: tf.io.VarLenFeature(kind) for name, kind in kinds.items()}
    )
    lengths = {name: int(row[name].values.shape[0]) for name in _FEATURES}
    missing = [name for name, length in lengths.items() if not length]
    if missing:
        raise DataError(
            f"lacks the features {', '.join(missing)}. "
            "Give records made by `albert-zoo pretrain-data` or create_pretraining_data.py.",
            path=path,
        )
    layout = {}
    for name, kind in kinds.items():
        shape = [] if name == "next_sentence_labels" else [lengths[name]]
        layout[name] = tf.io.FixedLenFeature(shape, kind)
    return layout
