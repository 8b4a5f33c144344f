"""The records of a GLUE task: which files, and what goes into them."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional, Tuple

from albert_zoo.data import write_meta_data
from albert_zoo.data.record_files import progress_path, shard_path
from albert_zoo.data.shard_progress import ShardProgress
from albert_zoo.data.sharded_records import RecordFormat, part_sizes, write_sharded_records
from albert_zoo.errors import OutputExistsError
from albert_zoo.glue import GlueTask, read_split_parts, split_path, splits

_GOOGLE_NAMES = {"sst2": "sst-2", "stsb": "sts-b"}


@dataclass(frozen=True)
class RecordFiles:
    """Where the records of each split and the meta data go; `None` for what is not wanted."""

    train: Optional[Path] = None
    eval: Optional[Path] = None
    test: Optional[Path] = None
    meta_data: Optional[Path] = None

    @property
    def is_empty(self) -> bool:
        """Whether no file is wanted."""
        return not any(vars(self).values())

    @classmethod
    def in_folder(cls, folder: Path, task: GlueTask, layout: str, mnli_type: str) -> RecordFiles:
        """Names the files as the original scripts name them.

        Example:

        >>> from albert_zoo.glue import get_task
        >>> str(RecordFiles.in_folder(Path("x"), get_task("stsb"), "google", "matched").train)
        'x/sts-b_train.tf_record'
        """
        name = task.title.upper()
        if layout == "google":
            name = _GOOGLE_NAMES.get(task.name, task.name)
            if task.name == "mnli" and mnli_type == "mismatched":
                name = "mismnli"
        train, evaluation, test = (
            folder / f"{name}_{kind}.tf_record" for kind in ("train", "eval", "test")
        )
        return cls(train, evaluation, test, folder / f"{name}_meta_data")

    def check_new(self, overwrite: bool) -> None:
        """Refuses to replace files, unless told to, or unless they are of a run to go on with."""
        if any(path is not None and progress_path(path).exists() for path in self.records):
            return
        there = [path for path in vars(self).values() if path is not None and path.exists()]
        there += [shard_path(p, 0) for p in self.records if p and shard_path(p, 0).exists()]
        if there and not overwrite:
            raise OutputExistsError(
                f"{there[0]} exists. Choose another `output`, or pass `overwrite=True`."
            )

    @property
    def records(self) -> Tuple[Optional[Path], ...]:
        """The record files."""
        return self.train, self.eval, self.test


def check_reference_flags(task_type: str, tokenization: str, vocab_file: Optional[Path]) -> None:
    """Refuses what the original script can do and ALBERT's GLUE tasks do not need."""
    if task_type != "classification":
        raise ValueError(
            "`fine_tuning_task_type` must be classification (regression is known from the task). "
            f"Received: {task_type!r}."
        )
    if tokenization.lower() != "sentencepiece":
        raise ValueError(
            f"`tokenization` must be SentencePiece, which ALBERT uses. Received: {tokenization!r}."
        )
    if vocab_file is not None:
        raise ValueError(
            "`vocab_file` is for BERT's WordPiece vocabularies. ALBERT uses SentencePiece: name "
            "its model in --sp_model_file (or --vocabulary)."
        )


def write_task_records(
    task: GlueTask,
    data: Path,
    files: RecordFiles,
    format: RecordFormat,
    mnli_type: str,
    skip_missing: bool,
    rows_per_shard: int,
    workers: int,
    overwrite: bool = False,
    on_rows: Callable[[str, int], None] = lambda kind, rows: None,
) -> Dict[Path, str]:
    """Writes the records of the splits that are wanted, and the meta data.

    Args:
        task: `GlueTask`.
        data: path of its folder.
        files: `RecordFiles`.
        format: `RecordFormat`.
        mnli_type: `"matched"` or `"mismatched"`.
        skip_missing: bool. Whether a test file may be missing.
        rows_per_shard: int. Rows in a file.
        workers: int. Processes.
        overwrite: bool. Whether what an interrupted run of other settings left may be replaced.
        on_rows: called with `"train"`, `"eval"` or `"test"` and the rows so far.

    Returns:
        dict of path to what was written there, in words.
    """
    if task.train_file is None:
        raise ValueError(
            f"`task` must have training data. Received: {task.title}, a test set for models "
            "trained on MNLI."
        )
    suffix = f"_{mnli_type}" if task.name == "mnli" else ""
    sizes: Dict[str, int] = {}
    written: Dict[Path, str] = {}
    notes: List[ShardProgress] = []
    for kind, split in (("train", "train"), ("eval", f"dev{suffix}"), ("test", f"test{suffix}")):
        path: Any = getattr(files, kind)
        optional = skip_missing and kind == "test" and split not in splits(task, data)
        if optional or (path is None and (kind == "test" or files.meta_data is None)):
            continue
        parts = read_split_parts(task, data, split, part_sizes(rows_per_shard))
        if path is None:
            sizes[kind] = sum(map(len, parts))  # only counted, for the meta data
            continue
        progress = _progress(path, split_path(task, data, split), format, rows_per_shard, overwrite)
        notes.append(progress)
        if not progress.is_complete:
            report = functools.partial(on_rows, kind)
            write_sharded_records(progress, parts, format, rows_per_shard, workers, report)
        sizes[kind] = sum(progress.rows)
        written.update(_described(progress, format.sequence_length))
    if files.meta_data is not None:
        write_meta_data(
            files.meta_data,
            task.title.upper(),
            format.sequence_length,
            train_data_size=sizes["train"],
            eval_data_size=sizes["eval"],
            test_data_size=sizes.get("test"),
            num_labels=None if task.is_regression else len(task.labels),
        )
        written[files.meta_data] = "sizes, task type and labels"
    for progress in notes:
        progress.forget()
    return written


def _progress(
    path: Path, source: Path, format: RecordFormat, rows_per_shard: int, overwrite: bool
) -> ShardProgress:
    """Returns what an earlier run has written of the same rows in the same way."""
    facts = source.stat()
    head = {
        **vars(format),
        "model": hashlib.sha256(format.model).hexdigest(),
        "rows_per_shard": rows_per_shard,
        "source": [str(source), facts.st_size, facts.st_mtime_ns],
    }
    progress = ShardProgress(path, head)
    if progress.is_another and not overwrite:
        raise OutputExistsError(
            f"{path} was begun with other settings or other data. Choose another `output`, "
            "or pass `overwrite=True`."
        )
    return progress


def _described(progress: ShardProgress, sequence_length: int) -> Dict[Path, str]:
    rows = f"{sum(progress.rows):,} rows of {sequence_length} tokens"
    cut = f", {progress.truncated:,} cut" if progress.truncated else ""
    shards = progress.files
    more = f", in {len(shards)} shards up to {shards[-1].name}" if len(shards) > 1 else ""
    return {shards[0]: rows + cut + more}
