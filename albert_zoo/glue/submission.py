"""Writes predictions in the form that GLUE's site takes."""

from __future__ import annotations

import math
import os
from collections import Counter
from pathlib import Path
from typing import Sequence, Union

from albert_zoo.atomic import new_file
from albert_zoo.errors import did_you_mean
from albert_zoo.glue.glue_task import GlueTask
from albert_zoo.glue.tasks import get_task


def submission_name(task: Union[str, GlueTask], split: str = "test") -> str:
    """Returns the file name that GLUE asks for.

    Example:

    >>> submission_name("mnli", "test_mismatched"), submission_name("sst2")
    ('MNLI-mm.tsv', 'SST-2.tsv')
    """
    task = get_task(task) if isinstance(task, str) else task
    name = task.split_name(split)
    key = name[len("test_") :] if name.startswith("test_") else name
    if key not in task.submission_files:
        raise ValueError(
            f"`split` must be a test split of {task.title}. Received: {split!r}. "
            "GLUE takes predictions on test sets only."
        )
    return task.submission_files[key]


def write_submission(
    task: Union[str, GlueTask],
    ids: Sequence[str],
    predictions: Sequence[Union[str, float]],
    path: Union[str, os.PathLike[str]],
    split: str = "test",
) -> Path:
    """Writes `index<TAB>prediction` lines, as GLUE's site takes them.

    The file appears whole or not at all.

    Args:
        task: str or `GlueTask`.
        ids: The examples' ids: `Examples.ids` of the test split.
        predictions: One label of `task.labels` for each id, or one finite score for STS-B, which
            is clipped to [0, 5] and written with three decimals.
        path: File to write, replacing one that is there; or a folder, in which the file gets the
            name GLUE asks for. A path without an ending is taken for a folder and made.
        split: str. For MNLI `"test_matched"` or `"test_mismatched"`.

    Returns:
        `Path` of the file.

    Raises:
        ValueError: the lengths differ, an id comes twice, a label is unknown, a score is not
            finite, or the split is no test split.
    """
    task = get_task(task) if isinstance(task, str) else task
    name = submission_name(task, split)
    ids = [str(value) for value in ids]
    if len(ids) != len(predictions):
        raise ValueError(
            "`predictions` must be as long as `ids`. "
            f"Received: {len(predictions)} predictions, {len(ids)} ids."
        )
    if len(set(ids)) != len(ids):
        ((twice, count),) = Counter(ids).most_common(1)
        raise ValueError(f"`ids` must all be different. Received {twice!r} {count} times.")
    to_text = _score_text if task.is_regression else _label_text
    lines = ["index\tprediction"]
    lines += [f"{row_id}\t{to_text(task, value)}" for row_id, value in zip(ids, predictions)]

    path = Path(path)
    if path.is_dir() or not path.suffix:
        path = path / name
    with new_file(path) as unfinished:
        unfinished.write_bytes(("\n".join(lines) + "\n").encode("utf-8"))
    return path


def _label_text(task: GlueTask, value: Union[str, float]) -> str:
    if str(value) not in task.labels:
        raise ValueError(
            f"`predictions` must be labels of {task.title}: {', '.join(task.labels)}. "
            f"Received: {value!r}.{did_you_mean(str(value), task.labels)}"
        )
    return str(value)


def _score_text(task: GlueTask, value: Union[str, float]) -> str:
    score = float(value)
    if not math.isfinite(score):
        raise ValueError(f"`predictions` must be finite scores. Received: {value!r}.")
    low, high = task.score_range or (-math.inf, math.inf)
    return f"{min(max(score, low), high) + 0.0:.3f}"  # + 0.0 turns -0.0 into 0.0
