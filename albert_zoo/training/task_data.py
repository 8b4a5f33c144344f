"""What a task means: which columns, which labels, which scores. Of GLUE, or of the user's own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Dict, Optional, Sequence, Tuple

import numpy as np

from albert_zoo.errors import DataError
from albert_zoo.glue import get_task, read_split, splits
from albert_zoo.tables import Columns, Examples
from albert_zoo.training.scores import SCORES

DEV_NAMES = ("dev", "validation", "valid")
TABLE_ENDINGS = (".tsv", ".csv", ".jsonl", ".json")


class GlueData:
    """A GLUE task's table row, read through the benchmark's own files.

    Args:
        name: str, any spelling that `albert_zoo.glue.get_task` knows.
    """

    def __init__(self, name: str):
        self.task = get_task(name)
        self.name = self.task.name
        self.metrics: Tuple[str, ...] = tuple(self.task.metrics)
        self.main_metric: str = self.task.main_metric

    @property
    def labels(self) -> Optional[Tuple[str, ...]]:
        """Label names in the order of their classes; `None` for regression."""
        return self.task.labels or None

    @property
    def is_regression(self) -> bool:
        return self.task.is_regression

    @property
    def score_range(self) -> Optional[Tuple[float, float]]:
        return self.task.score_range

    def read_train(self, data: Any, file: Optional[str] = None) -> Examples:
        # The diagnostic set has no training rows: its model is trained on MNLI.
        task = get_task("mnli") if self.name == "ax" else self.task
        return read_split(task, data, "train", file=file)

    def read_dev(self, data: Any) -> Dict[str, Examples]:
        """Returns the labelled development sets: one, or MNLI's two where both are there."""
        if Path(data).is_file():
            return {"dev": read_split(self.task, data, "dev")}
        task = get_task("mnli") if self.name == "ax" else self.task
        names = [name for name in splits(task, data) if name.startswith("dev")]
        if not names:
            read_split(task, data, "dev")  # raises, saying what is missing
        return {name: read_split(task, data, name) for name in names}

    def has_dev(self, folder: Any) -> bool:
        task = get_task("mnli") if self.name == "ax" else self.task
        return any(name.startswith("dev") for name in splits(task, folder))

    def read_test(self, data: Any, split: str = "test") -> Examples:
        return read_split(self.task, data, split)

    def describe(self) -> Dict[str, Any]:
        """Returns JSON values from which `task_data_from` makes the same again."""
        return {"glue": self.name}


class ColumnData:
    """The user's own table: named columns of a TSV, CSV or JSON lines file, or a pandas frame.

    Args:
        columns: `Columns`.
        metrics: names of scores. By default accuracy, with F1 for two classes, or the correlations
            for regression.
        name: str.
    """

    def __init__(self, columns: Columns, metrics: Optional[Sequence[str]] = None, name: str = ""):
        self.columns = columns
        self.name = name or "user data"
        self._metrics = None if metrics is None else tuple(metrics)
        for metric in self._metrics or ():
            if metric not in SCORES:
                raise ValueError(
                    f"`metrics` must be among {', '.join(SCORES)}. Received: {metric!r}."
                )

    @property
    def labels(self) -> Optional[Tuple[str, ...]]:
        """Label names in the order of their classes; `None` for regression, or not yet known."""
        return None if self.columns.labels is None else tuple(self.columns.labels)

    @property
    def is_regression(self) -> bool:
        return self.columns.regression

    @property
    def score_range(self) -> Optional[Tuple[float, float]]:
        return self.columns.score_range

    @property
    def metrics(self) -> Tuple[str, ...]:
        if self._metrics is not None:
            return self._metrics
        if self.is_regression:
            return ("pearson", "spearman")
        return ("accuracy", "f1") if len(self.labels or ()) == 2 else ("accuracy",)

    @property
    def main_metric(self) -> str:
        return self.metrics[0]

    def read_train(self, data: Any, file: Optional[str] = None) -> Examples:
        source = _file_in(data, (file,) if file else ("train",))
        self.columns = self.columns.with_labels_from(source)
        return self.columns.read(source)

    def read_dev(self, data: Any) -> Dict[str, Examples]:
        return {"dev": self.columns.read(_file_in(data, DEV_NAMES))}

    def has_dev(self, folder: Any) -> bool:
        return _find_split(Path(folder), DEV_NAMES) is not None

    def read_test(self, data: Any, split: str = "test") -> Examples:
        return self.columns.read(_file_in(data, (split,)), require_labels=False)

    def describe(self) -> Dict[str, Any]:
        """Returns JSON values from which `task_data_from` makes the same again."""
        columns = {
            name: getattr(self.columns, name)
            for name in ("text", "label", "text_pair", "id", "regression", "score_range", "header")
        }
        columns["labels"] = None if self.labels is None else list(self.labels)
        return {"columns": columns, "metrics": self._metrics, "name": self.name}


def task_data_from(description: Dict[str, Any]) -> Any:
    """Makes a `GlueData` or a `ColumnData` from what `describe` returned."""
    if "glue" in description:
        return GlueData(description["glue"])
    columns = dict(description["columns"])
    if columns.get("score_range") is not None:
        columns["score_range"] = tuple(columns["score_range"])
    return ColumnData(Columns(**columns), description.get("metrics"), description.get("name", ""))


def hold_out(examples: Examples, share: float, seed: int) -> Tuple[Examples, Examples]:
    """Splits examples at random into those to train on and a share to score on."""
    if not 0 < share < 1:
        raise ValueError(
            f"`validation_data` as a share must be in (0, 1). Received: {share}. Give 0.1, say."
        )
    order = np.random.default_rng(seed).permutation(len(examples))
    held = max(1, round(len(examples) * share))
    if held >= len(examples):
        raise ValueError(f"Too few rows to hold out a share: {len(examples)}. Give more data.")
    return examples.take(sorted(order[held:])), examples.take(sorted(order[:held]))


def with_label_ids(examples: Examples, labels: Sequence[Any], names: Sequence[str]) -> Examples:
    """Returns examples with classes from label names, such as a user's list may hold."""
    known = {name: index for index, name in enumerate(names)}
    unknown = [label for label in labels if str(label) not in known]
    if unknown:
        raise ValueError(
            f"`labels` must hold known labels: {', '.join(names)}. Received: {unknown[0]!r}."
        )
    return replace(examples, labels=np.array([known[str(label)] for label in labels], "int32"))


def _find_split(folder: Path, stems: Sequence[str]) -> Optional[Path]:
    names = [stem + ending for stem in stems for ending in ("", *TABLE_ENDINGS)]
    return next((folder / name for name in names if (folder / name).is_file()), None)


def _file_in(data: Any, stems: Sequence[str]) -> Any:
    """Finds the file of a split where `data` is a folder; anything else is the source itself."""
    if not isinstance(data, (str, Path)) or not Path(data).is_dir():
        return data
    path = _find_split(Path(data), stems)
    if path is None:
        found = ", ".join(sorted(p.name for p in Path(data).iterdir())[:10]) or "nothing"
        raise DataError(
            f"no file named {' or '.join(stems)}, with the ending {', '.join(TABLE_ENDINGS)}. "
            f"Found: {found}. Name the file itself.",
            data,
        )
    return path
