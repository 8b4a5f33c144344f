"""What `albert-zoo validate` looks at, set by set, and what it finds."""

from __future__ import annotations

from pathlib import Path
from typing import Any, List, Optional, Tuple

from albert_zoo.cli.validation_problem import Problem
from albert_zoo.cli.validation_result import Validation
from albert_zoo.data import check_encoding, check_examples, check_shared
from albert_zoo.errors import AlbertZooError, DataError
from albert_zoo.glue import GlueTask, read_split, splits
from albert_zoo.tables import Columns, Examples

_MOST = 10  # faults of rows in one file that are listed


def validate_glue(task: GlueTask, data: Path, preprocessor: Any) -> Validation:
    """Checks a folder of a GLUE task's files, or one of them.

    Args:
        task: `GlueTask`.
        data: path.
        preprocessor: `AlbertPreprocessor`, for lengths and unknown pieces, or `None`.
    """
    found = Validation(str(data))
    names = ("dev",) if data.is_file() else splits(task, data) or ("train",)
    if not data.is_file() and not any(name.startswith("dev") for name in names):
        found.problems.append(
            Problem("warning", str(data), "there is no development set: nothing can be scored.")
        )
    if not data.is_file() and task.train_file is not None and "train" not in names:
        names = ("train", *names)  # its reader says what is missing
    train: Optional[Examples] = None
    for name in names:

        def read(faults: List[DataError], name: str = name) -> Examples:
            return read_split(task, data, name, faults=faults)

        file = data if data.is_file() else _file_of(task, data, name)
        examples = _check(found, name, str(file), read, task.labels or None, train, preprocessor)
        train = examples if name == "train" else train
    return found


def validate_tables(
    columns: Columns, train: Path, dev: Optional[Path], preprocessor: Any
) -> Validation:
    """Checks the user's own files.

    Args:
        columns: `Columns`. Labels that they do not list are those of `train`.
        train: path.
        dev: path, or `None`.
        preprocessor: as for `validate_glue`.
    """
    found = Validation(str(train))
    try:
        columns = columns.with_labels_from(train)
    except DataError as error:
        found.add_error(error)
        return found
    rows: Optional[Examples] = None
    for name, path in (("train", train), ("dev", dev)):
        if path is None:
            continue

        def read(faults: List[DataError], path: Path = path) -> Examples:
            return columns.read(path, faults=faults)

        labels = None if columns.labels is None else tuple(columns.labels)
        has_ids = columns.id is not None
        examples = _check(found, name, str(path), read, labels, rows, preprocessor, has_ids)
        rows = examples if name == "train" else rows
    return found


def _check(
    found: Validation,
    name: str,
    path: str,
    read: Any,
    labels: Optional[Tuple[str, ...]],
    train: Optional[Examples],
    preprocessor: Any,
    has_ids: bool = True,
) -> Optional[Examples]:
    faults: List[DataError] = []
    try:
        examples: Examples = read(faults)
    except AlbertZooError as error:
        for fault in [*faults[:_MOST], error]:
            found.add_error(fault)
        return None
    for fault in faults[:_MOST]:
        found.add_error(fault)
    if len(faults) > _MOST:
        more = f"and {len(faults) - _MOST} more rows with such faults."
        found.problems.append(Problem("error", path, more))
    facts = check_examples(examples, labels, has_ids)
    if name != "train" and train is not None:
        check_shared(facts, train, examples)
    if preprocessor is not None:
        packed = preprocessor.pack(examples.texts, examples.text_pairs)
        unk_id = preprocessor.tokenizer.unk_id
        check_encoding(facts, packed.token_ids, packed.lengths, packed.truncated, unk_id)
    found.add(name, path, facts, examples.lines)
    return examples


def _file_of(task: GlueTask, data: Path, split: str) -> Path:
    """Names a split's file for messages; the reader finds it, under its other names too."""
    file = task.split_files[split]
    for folder in (data / task.folder, data):
        for name in (file, task.other_files.get(file, file)):
            if (folder / name).is_file():
                return folder / name
    return data
