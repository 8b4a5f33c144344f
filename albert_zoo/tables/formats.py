"""The file formats of tables: bytes to numbered rows, with every fault named by its line."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Tuple

from albert_zoo.errors import DataError

NumberedRows = Iterator[Tuple[int, List[Any]]]

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def read_lines(path: Path) -> Iterator[Tuple[int, str]]:
    r"""Yields each line of a UTF-8 file with its number from 1, without `\n` or `\r\n`.

    Nothing else ends a line: not the Unicode separators at which `str.splitlines` would cut.
    """
    with open(path, "rb") as file:
        for number, raw in enumerate(file, 1):
            if number == 1 and raw.startswith(_BYTE_ORDER_MARK):
                raw = raw[len(_BYTE_ORDER_MARK) :]
            try:
                line = raw.decode("utf-8")
            except UnicodeDecodeError as error:
                raise DataError(
                    f"not UTF-8: byte 0x{raw[error.start]:02x} at byte {error.start + 1} of the "
                    "line. Save the file as UTF-8.",
                    path,
                    number,
                ) from None
            if line.endswith("\n"):
                line = line[:-2] if line.endswith("\r\n") else line[:-1]
            if "\r" in line:
                raise DataError(
                    "a carriage return (\\r) stands inside the line. Lines must end with \\n or "
                    "\\r\\n, and texts must not hold \\r.",
                    path,
                    number,
                )
            if "\0" in line:
                raise DataError("a NUL byte stands in the line; remove it.", path, number)
            yield number, line


def tsv_rows(path: Path) -> NumberedRows:
    """Rows of a tab-separated file. Quotes are ordinary characters and nothing is escaped."""
    for number, line in _without_blank_end(path, read_lines(path)):
        yield number, line.split("\t")


def csv_rows(path: Path) -> NumberedRows:
    """Rows of a comma-separated file, numbered by the line on which the row begins."""
    return _without_blank_end(path, _csv_rows(path))


def json_rows(path: Path) -> NumberedRows:
    """Rows of a JSON lines file: first the keys of its first object, then values in that order.

    A key that a later object lacks gives None; a key that the first object lacks is left out.
    """
    columns = None
    for number, line in _without_blank_end(path, read_lines(path)):
        row = _json_object(path, number, line)
        if columns is None:
            columns = list(row)
            yield number, columns
        yield number, [row.get(column) for column in columns]


READERS: Dict[str, Callable[[Path], NumberedRows]] = {
    "tsv": tsv_rows,
    "csv": csv_rows,
    "jsonl": json_rows,
}


def _without_blank_end(path: Path, rows: Iterator[Tuple[int, Any]]) -> Iterator[Tuple[int, Any]]:
    blank = 0
    for number, row in rows:
        if not row:
            blank = blank or number
            continue
        if blank:
            raise DataError("the line is empty; only the end of a file may be.", path, blank)
        yield number, row


def _csv_rows(path: Path) -> NumberedRows:
    rows = csv.reader((line + "\n" for _, line in read_lines(path)), strict=True)
    while True:
        start = rows.line_num + 1
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            raise DataError(f"not valid CSV: {error}.", path, start) from None
        yield start, row


def _json_object(path: Path, number: int, line: str) -> Dict[str, Any]:
    try:
        row = json.loads(line)
        # A lone surrogate escape is legal JSON but no text: no tokenizer could encode it.
        if "\\u" in line:
            json.dumps(row, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        raise DataError("a \\u escape stands for half a character.", path, number) from None
    except (ValueError, RecursionError) as error:
        raise DataError(f"not JSON ({error}).", path, number) from None
    if not isinstance(row, dict):
        raise DataError(
            "expected one JSON object a line (JSON lines), found "
            f"{'the start of an array' if isinstance(row, list) else repr(row)}.",
            path,
            number,
        )
    return row
