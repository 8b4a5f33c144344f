"""What `albert-zoo validate` looks at in TFRecord files and their meta data."""

from __future__ import annotations

import glob
from pathlib import Path
from typing import Any, Dict, List, Optional

import numpy as np

from albert_zoo.cli.validation_problem import Problem
from albert_zoo.cli.validation_result import Validation
from albert_zoo.data import DataFacts, check_labels
from albert_zoo.errors import DataError

_KINDS = {"train": "train_data_size", "eval": "eval_data_size", "test": "test_data_size"}
META_DATA = "*_meta_data"


def holds_records(data: Path) -> bool:
    """Says whether a path is a folder with the meta data of TFRecord files."""
    return data.is_dir() and any(data.glob(META_DATA))


def validate_records(data: Path, tokenizer: Any, vocabulary_size: Optional[int]) -> Validation:
    """Checks a folder of TFRecord files beside their meta data.

    Args:
        data: path.
        tokenizer: `AlbertTokenizer` of the model, or `None`.
        vocabulary_size: int, pieces that the model has, or `None`.
    """
    from albert_zoo.training.record_data import RecordData

    found = Validation(str(data))
    for path in sorted(data.glob(META_DATA)):
        try:
            meta = RecordData(path)
        except DataError as error:
            found.add_error(error)
            continue
        stem = path.name[: -len("meta_data")]
        train: Dict[bytes, int] = {}
        for kind, key in _KINDS.items():
            file = data / f"{stem}{kind}.tf_record"
            if not list(data.glob(f"{glob.escape(file.stem)}*{file.suffix}")):
                if kind != "test" or key in meta.meta:
                    message = f"no such file, and {path.name} states its size."
                    found.problems.append(Problem("error", str(file), message))
                continue
            try:
                rows = meta.read(file, vocabulary_size=vocabulary_size)  # its shards, where cut
            except DataError as error:
                found.add_error(error)
                continue
            facts = DataFacts(len(rows))
            if meta.meta.get(key) != len(rows):
                facts.refuse(f"`{key}` of {path.name} must be {len(rows)}, the rows of this file. "
                             f"It is {meta.meta.get(key)!r}.")  # fmt: skip
            _describe(facts, rows, meta, tokenizer, kind)
            _compare(facts, rows, train, kind)
            found.add(f"{stem}{kind}", str(file), facts, None)
    return found


def _describe(facts: DataFacts, rows: Any, meta: Any, tokenizer: Any, kind: str) -> None:
    from albert_zoo.data import check_encoding

    if kind != "test":  # a test file's labels mean nothing
        labels = meta.task_data().labels
        check_labels(facts, rows.labels, labels)
    # Which rows were cut is not stored: a full row is taken for one.
    full = rows.lengths == meta.sequence_length
    if tokenizer is not None:
        check_encoding(facts, rows.token_ids, rows.lengths, full, tokenizer.unk_id)


def _compare(facts: DataFacts, rows: Any, train: Dict[bytes, int], kind: str) -> None:
    ends = np.cumsum(rows.lengths, dtype="int64")
    keys: List[bytes] = [
        rows.token_ids[end - length : end].tobytes() for end, length in zip(ends, rows.lengths)
    ]
    facts.facts["duplicate_rows"] = len(keys) - len(set(keys))
    if len(set(keys)) < len(keys):
        facts.warn(f"{len(keys) - len(set(keys))} rows have the tokens of an earlier one.")
    if kind == "train":
        train.update(dict.fromkeys(keys, 1))
        return
    shared = sum(key in train for key in keys)
    facts.facts["shared_with_train"] = shared
    if shared:
        facts.warn(f"{shared} of {len(keys)} rows stand in the training file too.")
