"""TFRecord files and their meta data as what a `Task` trains on."""

from __future__ import annotations

from typing import Any, Dict, Optional

from albert_zoo.data import EncodedExamples, read_meta_data, read_records
from albert_zoo.errors import DataError
from albert_zoo.glue import TASKS
from albert_zoo.tables import Columns
from albert_zoo.training.task_data import ColumnData
from albert_zoo.training.task_inputs import encoded_from_arrays


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
        self.sequence_length = self._number("max_seq_length")
        self.is_regression = self.meta.get("task_type") == "bert_regression"
        self.num_classes = 1 if self.is_regression else self._number("num_labels")
        self.train_size = self._number("train_data_size")

    def _number(self, key: str) -> int:
        value = self.meta.get(key)
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise DataError(
                f"`{key}` must be a whole number above 0. Received: {value!r}. "
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

    def read(self, path: Any, limit: Optional[int] = None) -> EncodedExamples:
        """Reads a file of records.

        Args:
            path: path of the file.
            limit: int. Takes so many rows at the most.

        Returns:
            `EncodedExamples`.

        Raises:
            DataError: the file is missing or damaged, or a label is none of the classes.
        """
        arrays = read_records(path, self.sequence_length, self.is_regression)
        labels = arrays.pop("labels")
        arrays.pop("weights", None)
        if not self.is_regression and not 0 <= labels.min() <= labels.max() < self.num_classes:
            raise DataError(
                f"its labels must be below num_labels={self.num_classes} of the meta data. "
                f"Received: {labels.max()}. Prepare both files together.",
                path=path,
            )
        encoded = encoded_from_arrays(arrays, labels)
        return encoded if limit is None else encoded.take(slice(limit))
