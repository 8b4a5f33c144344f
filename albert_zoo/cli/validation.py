"""What `albert-zoo validate` looks at, set by set, and what it finds."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

from albert_zoo.data import DataFacts, check_encoding, check_examples, check_shared
from albert_zoo.errors import AlbertZooError, DataError
from albert_zoo.glue import GlueTask, read_split, splits
from albert_zoo.tables import Columns, Examples

DEV_NAMES = ("dev", "validation", "valid")
_MOST = 10  # faults of rows in one file that are listed


@dataclass(frozen=True)
class Problem:
    """Something wrong, or something odd.

    Args:
        level: `"error"` or `"warning"`.
        where: str, the file, with the line where it is known.
        message: str.
    """

    level: str
    where: str
    message: str


@dataclass
class Validation:
    """What was found.

    Args:
        data: str, what was looked at.
        sets: dict of set name, `"train"` for instance, to `{"file", "rows", "facts"}`.
        problems: list of `Problem`.
    """

    data: str
    sets: Dict[str, Dict[str, Any]] = field(default_factory=dict)
    problems: List[Problem] = field(default_factory=list)

    def count(self, level: str) -> int:
        """Returns how many problems are errors, or warnings."""
        return sum(problem.level == level for problem in self.problems)

    def as_json(self) -> Dict[str, Any]:
        """Returns all of it as JSON values."""
        return {
            "data": self.data,
            "errors": self.count("error"),
            "warnings": self.count("warning"),
            "sets": self.sets,
            "problems": [asdict(problem) for problem in self.problems],
        }

    def add_error(self, error: AlbertZooError) -> None:
        """Adds what a reader refused."""
        where = getattr(error, "path", None)
        line = getattr(error, "line", None)
        place = "" if where is None else f"{where}" + (f":{line}" if line is not None else "")
        message = str(error)
        if place and message.startswith(f"{place}: "):
            message = message[len(place) + 2 :]
        self.problems.append(Problem("error", place or self.data, message))

    def add(self, name: str, path: str, found: DataFacts, lines: Optional[List[int]]) -> None:
        """Adds a set's facts, and its findings with their lines."""
        self.sets[name] = {"file": path, "rows": found.rows, "facts": found.facts}
        for one in found.findings:
            where = path if one.row is None or lines is None else f"{path}:{lines[one.row]}"
            self.problems.append(
                Problem("error" if one.is_error else "warning", where, one.message)
            )


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
