"""Reads the files of the GLUE tasks as GLUE ships them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Iterable, Iterator, List, Optional, Set, Tuple, Union

from albert_zoo.errors import DataError
from albert_zoo.glue.glue_task import GlueTask
from albert_zoo.glue.tasks import TASKS, get_task
from albert_zoo.tables import Columns, Examples, Table, open_table
from albert_zoo.tables.labels import shorten
from albert_zoo.tables.reader import folder_listing

PathLike = Union[str, "os.PathLike[str]"]
_Opened = Tuple[Columns, Table, bool]  # and whether labels are required
Faults = Optional[List[DataError]]

# MRPC as Microsoft distributes it: GLUE's dev set is cut out of the train file by a list of ids.
MRPC_TRAIN_FILE = "msr_paraphrase_train.txt"
MRPC_TEST_FILE = "msr_paraphrase_test.txt"
MRPC_DEV_IDS_FILES = ("mrpc_dev_ids.tsv", "dev_ids.tsv")


def read_split(
    task: Union[str, GlueTask],
    data: PathLike,
    split: str,
    file: Optional[str] = None,
    faults: Faults = None,
) -> Examples:
    """Reads one split of a GLUE task.

    Columns are found by their names, and the header is checked against the task's. QQP's short
    rows and MNLI's rows without a gold label are left out; their number is logged. MRPC is also
    read from Microsoft's own files.

    Args:
        task: str or `GlueTask`.
        data: Path of the task's folder, of a folder that holds it, or of the file itself.
        split: str. `"train"`, `"dev"` or `"test"`; for MNLI also `"dev_matched"` (or `"matched"`,
            or `"dev"`), `"dev_mismatched"`, `"test_matched"` and `"test_mismatched"`.
        file: str. Another file in the task's folder to read in the split's place.
        faults: list for the faults of single rows, as for `Columns.read`.

    Returns:
        `Examples`, in the order of the file. `labels` are int32 class ids in the order of
        `task.labels`, float32 scores for STS-B, or None for a test file without labels. `ids`
        are the file's index column, or row numbers from 0.

    Raises:
        DataError: a file is missing or has a fault; the message names file and line.
        ValueError: there is no such task or split.

    Example:

    ```python
    examples = read_split("mnli", "glue", "dev_mismatched")
    few = read_split("mnli", "glue/MNLI", "train", file="train.sample9k.tsv")
    ```
    """
    columns, table, require_labels = _opened(task, data, split, file)
    return columns.read_table(table, require_labels, faults)


def read_split_parts(
    task: Union[str, GlueTask], data: PathLike, split: str, sizes: Iterable[int]
) -> Iterator[Examples]:
    """Reads one split of a GLUE task a part at a time, for files of any size.

    Args:
        task: as for `read_split`, as are `data` and `split`.
        sizes: iterable of int, without an end. Rows of one part after another.

    Yields:
        `Examples`; see `read_split`.
    """
    columns, table, require_labels = _opened(task, data, split)
    return columns.read_parts(table, sizes, require_labels)


def split_path(task: Union[str, GlueTask], data: PathLike, split: str) -> Path:
    """Returns the path of the file that `read_split` reads."""
    return Path(_opened(task, data, split)[1].source)


def _opened(
    task: Union[str, GlueTask], data: PathLike, split: str, file: Optional[str] = None
) -> _Opened:
    task = get_task(task) if isinstance(task, str) else task
    split = task.split_name(split)
    kind = split.split("_")[0]
    if Path(data).is_file():
        if file is not None:
            raise ValueError(f"`file` must be None where `data` is a file. Received: {file!r}.")
        return _open_file(task, kind, Path(data))
    name = task.split_files[split] if file is None else file
    path = _find(task, Path(data), (name, task.other_files.get(name, name)))
    if path is not None:
        return _open_file(task, kind, path)
    raw = _find_raw_mrpc(task, Path(data), kind) if file is None else None
    if raw is not None:
        return _open_raw_mrpc(task, kind, raw)
    raise _missing(task, Path(data), split, name)


def splits(task: Union[str, GlueTask], data: PathLike) -> Tuple[str, ...]:
    """Returns the names of the splits whose files are there, in the order train, dev, test.

    Args:
        task: str or `GlueTask`.
        data: Path of the task's folder or of a folder that holds it.

    Returns:
        Tuple of split names, each of which `read_split` takes; empty if there are none.
    """
    task = get_task(task) if isinstance(task, str) else task
    return tuple(
        split
        for split, name in task.split_files.items()
        if _find(task, Path(data), (name, task.other_files.get(name, name)))
        or _find_raw_mrpc(task, Path(data), split)
    )


def _open_file(task: GlueTask, kind: str, path: Path) -> _Opened:
    has_header = task.has_header[kind]
    # Files may have any name here, train.sample9k.tsv or dev.txt: GLUE's are always tab-separated.
    table = open_table(
        path,
        format="tsv",
        header=True if has_header else task.columns[kind],
        skip_short_rows=task.skip_short_rows,
    )
    if has_header:
        _check_header(task, kind, table)
    return _columns(task, table), table, kind != "test"


def _columns(task: GlueTask, table: Table) -> Columns:
    return Columns(
        text=task.text,
        text_pair=task.text_pair,
        label=task.label,
        labels=task.labels or None,
        id=task.id if task.id in (table.columns or ()) else None,
        regression=task.is_regression,
        score_range=task.score_range,
        skip_labels=task.skipped_labels,
    )


def _check_header(task: GlueTask, kind: str, table: Table, also: Tuple[str, ...] = ()) -> None:
    needed = [*also, task.text] + ([task.text_pair] if task.text_pair else [])
    needed += [] if kind == "test" else [task.label]
    found = table.columns or ()
    if all(name in found for name in needed):
        return
    likely = [
        f"{other.title} {other_kind}"
        for other in TASKS.values()
        for other_kind in other.columns
        if other.has_header[other_kind] and other.columns[other_kind] == found
    ]
    hint = f" It looks like a file of {' or '.join(likely)}." if likely else ""
    raise DataError(
        f"not a {kind} file of {task.title}: the header must name the columns "
        f"{', '.join(needed)}. Found: {shorten(found)}.{hint}",
        table.source,
        line=1,
    )


def _folders(task: GlueTask, data: Path) -> List[Path]:
    """The task's own folder may be `data` itself or lie in it."""
    inner = [data / name for name in (task.folder,) + task.other_folders]
    return [folder for folder in inner + [data] if folder.is_dir()]


def _find(task: GlueTask, data: Path, names: Tuple[str, ...]) -> Optional[Path]:
    for folder in _folders(task, data):
        for name in names:
            if (folder / name).is_file():
                return folder / name
    return None


def _missing(task: GlueTask, data: Path, split: str, name: str) -> DataError:
    folders = _folders(task, data)
    if not folders:
        return DataError(f"no such file or folder. {folder_listing(data.parent)}", data)
    option = " (`--train-file` on the command line)" if split == "train" else ""
    return DataError(
        f"no such file, and the split {split!r} of {task.title} needs it. "
        f"{folder_listing(folders[0])} To read another file, name it in `file`{option}.",
        folders[0] / name,
    )


def _find_raw_mrpc(task: GlueTask, data: Path, kind: str) -> Optional[Path]:
    if task.name != "mrpc":
        return None
    return _find(task, data, (MRPC_TEST_FILE if kind == "test" else MRPC_TRAIN_FILE,))


def _open_raw_mrpc(task: GlueTask, kind: str, path: Path) -> _Opened:
    table = open_table(path, format="tsv")
    _check_header(task, "train", table, also=("#1 ID", "#2 ID"))
    if kind == "test":
        return _columns(task, table), table, True
    dev_ids = _read_mrpc_dev_ids(path.parent)
    names = list(table.columns or ())
    first, second = names.index("#1 ID"), names.index("#2 ID")

    def rows() -> Iterator[Tuple[int, list]]:
        for line, row in table.rows:
            if ((row[first], row[second]) in dev_ids) == (kind == "dev"):
                yield line, row

    chosen = Table(table.source, table.columns, table.num_columns, rows())
    return _columns(task, table), chosen, True


def _read_mrpc_dev_ids(folder: Path) -> Set[Tuple[str, str]]:
    for name in MRPC_DEV_IDS_FILES:
        if (folder / name).is_file():
            table = open_table(folder / name, format="tsv", header=("#1 ID", "#2 ID"))
            return {(row[0], row[1]) for _, row in table.rows}
    path = folder / MRPC_DEV_IDS_FILES[0]
    raise DataError(
        f"no such file, and cutting MRPC into train and dev needs it. {folder_listing(folder)}",
        path,
    )
