"""Opens TSV, CSV and JSON lines files and pandas frames as tables of numbered rows."""

from __future__ import annotations

import itertools
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Sequence, Tuple, Union

from albert_zoo.errors import DataError
from albert_zoo.tables.formats import READERS, NumberedRows

_FORMAT_OF_ENDING = {
    ".tsv": "tsv",
    ".txt": "tsv",
    ".csv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
}

logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Table:
    """An opened table: its header has been read, its rows are read as they are asked for.

    Args:
        source: str, the path, or `"DataFrame"`; stands in front of every error message.
        columns: The column names, or None if the table has none.
        num_columns: int, the number of columns, the same in every row.
        rows: Iterator of `(line, row)`, to be run through once. Lines count from 1 and name the
            one on which the row begins; for a frame they are row positions from 0.
        first_line: int, the line of the header; None for a frame.
    """

    source: str
    columns: Optional[Tuple[str, ...]]
    num_columns: int
    rows: NumberedRows
    first_line: Optional[int] = 1


def open_table(
    source: Any,
    format: Optional[str] = None,
    header: Union[bool, Sequence[str]] = True,
    skip_short_rows: bool = False,
) -> Table:
    r"""Opens a table and reads its header; a row is read and checked when it is asked for.

    Files must be UTF-8, with or without a byte order mark. Lines end with `\n` or `\r\n` only,
    and none may be empty except at the end.

    Args:
        source: Path of a file, or a pandas `DataFrame`.
        format: `"tsv"` (tabs; quotes are ordinary characters, nothing is escaped), `"csv"`
            (commas; quoted fields may hold commas and line breaks) or `"jsonl"` (one object a
            line). None takes it from the file's ending.
        header: True if the first line names the columns, False if it is data, or the names of
            the columns for a file without a header. JSON lines and frames bring their names.
        skip_short_rows: bool. Leave out rows with too few columns and log their number, instead
            of raising an error.

    Returns:
        `Table`. Its rows raise `DataError` when read: for a wrong number of columns, for every
        fault of the file format, and at the end if there was no row at all.

    Raises:
        DataError: the file is missing, empty, or its first line cannot be read.
        ValueError: `format` is unknown.

    Example:

    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "reviews.tsv"
    >>> _ = path.write_text('text\tlabel\nSo "good"\t1\n', encoding="utf-8")
    >>> table = open_table(path)
    >>> table.columns, list(table.rows)
    (('text', 'label'), [(2, ['So "good"', '1'])])
    """
    if hasattr(source, "itertuples") and hasattr(source, "columns"):
        columns = tuple(str(column) for column in source.columns)
        rows: NumberedRows = enumerate(map(list, source.itertuples(index=False, name=None)))
        return _named_table("DataFrame", columns, rows, skip_short_rows, first_line=None)

    path = Path(source)
    format = _format_of(path, format)
    check_is_file(path)
    rows = READERS[format](path)
    first = next(rows, None)
    if first is None:
        raise DataError("the file is empty.", path)
    if format == "jsonl" or header is True:
        return _named_table(str(path), tuple(first[1]), rows, skip_short_rows)
    rows = itertools.chain([first], rows)
    if header:
        return _named_table(str(path), tuple(header), rows, skip_short_rows)
    width = len(first[1])
    return Table(str(path), None, width, _checked(str(path), None, width, rows, skip_short_rows))


def read_rows(
    source: Any,
    format: Optional[str] = None,
    header: Union[bool, Sequence[str]] = True,
    skip_short_rows: bool = False,
) -> Iterator[Tuple[int, Union[Dict[str, Any], List[Any]]]]:
    """Yields `(line, row)`: the row as a dict by column name, or as a list without a header.

    Takes the arguments of `open_table` and raises what it raises.
    """
    table = open_table(source, format, header, skip_short_rows)
    for line, row in table.rows:
        yield line, row if table.columns is None else dict(zip(table.columns, row))


def check_is_file(path: Path) -> None:
    """Raises `DataError` with a list of what is there, unless `path` is a file."""
    if path.is_dir():
        raise DataError(f"this is a folder, and a file is needed. {folder_listing(path)}", path)
    if not path.is_file():
        raise DataError(f"no such file. {folder_listing(path.parent)}", path)


def folder_listing(folder: Path) -> str:
    """Words what a folder holds, for error messages: one sentence, at most a dozen names."""
    if not folder.is_dir():
        return f"There is no folder {folder} either."
    names = sorted(path.name + ("/" if path.is_dir() else "") for path in folder.iterdir())
    if not names:
        return f"The folder {folder} is empty."
    more = f" and {len(names) - 12} more" if len(names) > 12 else ""
    return f"The folder {folder} holds: {', '.join(names[:12])}{more}."


def _format_of(path: Path, format: Optional[str]) -> str:
    if format is None:
        format = _FORMAT_OF_ENDING.get(path.suffix.lower())
        if format is None:
            raise ValueError(
                f"`format` must be given, as the file's ending does not tell it: {path.name!r}. "
                f"Pass one of {', '.join(READERS)}, or give the file such an ending."
            )
    if format not in READERS:
        raise ValueError(f"`format` must be one of {', '.join(READERS)}. Received: {format!r}.")
    return format


def _named_table(
    source: str,
    columns: Tuple[str, ...],
    rows: NumberedRows,
    skip_short_rows: bool,
    first_line: Optional[int] = 1,
) -> Table:
    for name in columns:
        if columns.count(name) > 1:
            raise DataError(f"two columns are named {name!r}.", source, first_line)
    rows = _checked(source, columns, len(columns), rows, skip_short_rows)
    return Table(source, columns, len(columns), rows, first_line)


def _checked(
    source: str,
    columns: Optional[Tuple[str, ...]],
    width: int,
    rows: NumberedRows,
    skip_short_rows: bool,
) -> NumberedRows:
    num_rows = num_short = 0
    for line, row in rows:
        if len(row) != width:
            if skip_short_rows and len(row) < width:
                num_short += 1
                continue
            names = f" ({', '.join(columns)})" if columns else ""
            raise DataError(f"expected {width} columns{names}, found {len(row)}.", source, line)
        num_rows += 1
        yield line, row
    if num_short:
        logger.info("%s: skipped %d rows with too few columns.", source, num_short)
    if not num_rows:
        raise DataError("no row of data; the file holds a header only.", source)
