"""Where `albert-zoo predict` takes its texts from."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any, Dict, List, Optional

from albert_zoo.errors import DataError
from albert_zoo.tables import Columns, Examples

_LINE_ENDINGS = (".txt",)


def check_pairs(
    description: Dict[str, Any],
    task: Optional[str],
    texts: Optional[List[str]],
    pairs: Optional[List[str]],
) -> None:
    """Refuses single texts for a model of pairs, and the other way round.

    Args:
        description: what the preset says of its task; see `check_fine_tuned`.
        task: str, the GLUE task that was named in its place.
        texts: what `--text` gave.
        pairs: what `--text-pair` gave.
    """
    from albert_zoo.glue import get_task

    if not texts:
        if pairs:
            raise ValueError("`text_pair` needs `text`, the first text of the pair.")
        return
    name = task or description.get("glue")
    if name is not None:
        wants_pairs = get_task(name).text_pair is not None
    else:
        wants_pairs = description["columns"].get("text_pair") is not None
    if wants_pairs and len(pairs or ()) != len(texts):
        raise ValueError(
            "The model judges pairs: `text_pair` must be given once for each `text`. "
            f"Received: {len(texts)} and {len(pairs or ())}."
        )
    if pairs and not wants_pairs:
        raise ValueError("The model judges single texts. Leave `text_pair` out.")


def read_input(
    task_data: Any,
    texts: Optional[List[str]],
    pairs: Optional[List[str]],
    source: Optional[str],
    folder: Optional[Path],
) -> Examples:
    """Returns the rows to predict.

    Args:
        task_data: `GlueData` or `ColumnData` of the model.
        texts: list of str, given on the command line.
        pairs: list of str, their second texts.
        source: str, path of a file, or `-`.
        folder: path of a GLUE task's folder.

    Raises:
        DataError: a file is missing or has a fault.
    """
    if texts:
        return Examples.from_lists(texts, pairs or None)
    if folder is not None:
        return task_data.read_test(folder)
    if source is None:
        raise ValueError("`input` must name a file. Received: none.")
    if source == "-":
        return _from_standard_input(task_data)
    path = Path(source)
    if path.suffix.lower() in _LINE_ENDINGS:
        return _from_lines(path, task_data)
    if hasattr(task_data, "task") and path.suffix.lower() != ".tsv":
        task = task_data.task  # a GLUE task's columns in another format
        columns = Columns(text=task.text, text_pair=task.text_pair)
        return columns.read(path, require_labels=False)
    return task_data.read_test(path)


def takes_pairs(task_data: Any) -> bool:
    """Says whether a model judges pairs."""
    owner = getattr(task_data, "task", None) or task_data.columns
    return owner.text_pair is not None


def _from_lines(path: Path, task_data: Any) -> Examples:
    from albert_zoo.tables.formats import read_lines
    from albert_zoo.tables.reader import check_is_file

    check_is_file(path)
    texts: List[str] = []
    pairs: Optional[List[str]] = [] if takes_pairs(task_data) else None
    for line, text in read_lines(path):
        if pairs is None:
            texts.append(text)
            continue
        parts = text.split("\t")
        if len(parts) != 2:
            raise DataError(
                f"expected two texts with a tab between them, found {len(parts)}.", path, line
            )
        texts.append(parts[0])
        pairs.append(parts[1])
    if not texts:
        raise DataError("the file is empty.", path)
    return Examples.from_lists(texts, pairs)


def _from_standard_input(task_data: Any) -> Examples:
    # Through a file, so that the checks and the line numbers are those of files.
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "standard input"
        path.write_bytes(sys.stdin.buffer.read())
        try:
            return _from_lines(path, task_data)
        except DataError as error:
            message = str(error).replace(f"{folder}{os.sep}", "")
            raise DataError(message) from None
