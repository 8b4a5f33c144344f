"""TFRecord files and their meta data as what a `Task` trains on."""

from __future__ import annotations

from typing import Any, Dict, Optional

from albert_zoo.data import EncodedExamples, check_ids, read_meta_data, read_records
from albert_zoo.errors import DataError
from albert_zoo.glue import TASKS
from albert_zoo.tables import Columns
from albert_zoo.training.task_data import ColumnData
from albert_zoo.training.task_inputs import encoded_from_arrays

_LONGEST = 1 << 16  # tokens
_MOST_LABELS = 10**6
_MOST_ROWS = 2**31


class RecordData:
    """What the meta data beside TFRecord files says of them.

    Args:
        path: path of the meta data, a JSON file as create_finetuning_data.py of the Model Garden
            or `albert-zoo prepare` writes it.

    Raises:
        DataError: the file is missing, or a key is missing or has no such value.
    """

    def __init__(self, path: Any):
        self.path = path
        self.meta: Dict[str, Any] = read_meta_data(path)
        self.sequence_length = self._number("max_seq_length", _LONGEST)
        self.is_regression = self.meta.get("task_type") == "bert_regression"
        self.num_classes = 1 if self.is_regression else self._number("num_labels", _MOST_LABELS)
        self.train_size = self._number("train_data_size", _MOST_ROWS)

    def _number(self, key: str, most: int) -> int:
        value = self.meta.get(key)
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
            raise DataError(
                f"`{key}` must be a whole number from 1 to {most}. Received: {str(value)[:80]}. "
                "Write the file with `albert-zoo prepare`.",
                path=self.path,
            )
        return value

    def task_data(self) -> ColumnData:
        """Returns what the classes mean: GLUE's labels where the task is one of GLUE's."""
        name = str(self.meta.get("processor_type", "")).lower().replace("-", "").replace("_", "")
        known = TASKS.get(name)
        labels = [str(number) for number in range(self.num_classes)]
        if known is not None and len(known.labels) == len(labels):
            labels = list(known.labels)
        columns = Columns(
            text="text",
            label="label",
            labels=None if self.is_regression else labels,
            regression=self.is_regression,
        )
        return ColumnData(columns, None if self.is_regression else ["accuracy"], name)

    def read(
        self, path: Any, limit: Optional[int] = None, vocabulary_size: Optional[int] = None
    ) -> EncodedExamples:
        """Reads a file of records.

        Args:
            path: path of the file.
            limit: int. Takes so many rows at the most.
            vocabulary_size: int, of the model that is to read them; every id must be below.

        Returns:
            `EncodedExamples`.

        Raises:
            DataError: the file is missing or damaged, a label is none of the classes, or an id is
                none of the vocabulary.
        """
        arrays = read_records(path, self.sequence_length, self.is_regression)
        labels = arrays.pop("labels")
        arrays.pop("weights", None)
        check_ids(path, arrays["token_ids"], vocabulary_size)
        if not self.is_regression and not 0 <= labels.min() <= labels.max() < self.num_classes:
            raise DataError(
                f"its labels must be from 0 on and below num_labels={self.num_classes} of the meta "
                f"data. Received: {labels.min()} to {labels.max()}. Prepare both files together.",
                path=path,
            )
        encoded = encoded_from_arrays(arrays, labels)
        return encoded if limit is None else encoded.take(slice(limit))
