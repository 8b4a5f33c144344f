"""TFRecord files for pre-training, in the layout of google-research/albert."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Dict, NamedTuple, Union

import numpy as np

from albert_zoo.atomic import new_file
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
        first = next((record.numpy() for record in records.take(1)), None)
        if first is None:
            raise DataError("holds no rows.", path=path)
        layout = _layout_of(first, Path(path))
        parsed = [tf.io.parse_example(batch, layout) for batch in records.batch(_READ_BATCH)]
    except tf.errors.DataLossError:
        raise DataError("a damaged TFRecord file. Write it again.", path=path) from None
    except tf.errors.InvalidArgumentError as error:
        raise DataError(f"its rows differ in shape ({error.message}).", path=path) from None
    columns = {
        ours: np.concatenate([batch[name].numpy() for batch in parsed])
        for name, ours in _FEATURES.items()
    }
    return PretrainingRows(
        **{
            name: column if column.dtype == np.float32 else column.astype("int32")
            for name, column in columns.items()
        }
    )


def _layout_of(record: bytes, path: Path) -> Dict[str, Any]:
    """Reads the lengths off the first row, so that nobody has to give them."""
    import tensorflow as tf

    features = tf.train.Example.FromString(record).features.feature
    missing = [name for name in _FEATURES if name not in features]
    if missing:
        raise DataError(
            f"lacks the features {', '.join(missing)}. "
            "Give records made by `albert-zoo pretrain-data` or create_pretraining_data.py.",
            path=path,
        )
    layout = {}
    for name in _FEATURES:
        is_float = name == "masked_lm_weights"
        values = features[name].float_list.value if is_float else features[name].int64_list.value
        shape = [] if name == "next_sentence_labels" else [len(values)]
        layout[name] = tf.io.FixedLenFeature(shape, tf.float32 if is_float else tf.int64)
    return layout
