"""Plain text files as a stream of documents, however large they are."""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import Any, Iterable, Iterator, List, Optional

from albert_zoo.errors import DataError

LONGEST_LINE = 1 << 16  # characters; a longer line is cut at white space
LONGEST_DOCUMENT = 1 << 20  # characters; a longer document goes on as a new one
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark is its beginning
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def corpus_files(paths: Iterable[Any]) -> List[Path]:
    """Lists the text files that are meant: files as they are, of folders every `*.txt` below them.

    Args:
        paths: Iterable of paths.

    Returns:
        list of `pathlib.Path`, a folder's files sorted by their path.

    Raises:
        DataError: a path does not exist, or a folder holds no `*.txt` file.
    """
    files: List[Path] = []
    for path in map(Path, paths):
        if path.is_file():
            files.append(path)
            continue
        if not path.is_dir():
            raise DataError("no such file or folder.", path=path)
        found = sorted(file for file in path.rglob("*.txt") if file.is_file())
        if not found:
            raise DataError("holds no `*.txt` file. Name the files themselves.", path=path)
        files += found
    if not files:
        raise DataError("`data` must name a text file or a folder. Received: nothing.")
    return files


def read_documents(
    paths: Iterable[Any],
    encoding: Optional[str] = None,
    longest_document: int = LONGEST_DOCUMENT,
) -> Iterator[List[str]]:
    """Yields the documents of text files, one at a time; a blank line or a file's end closes one.

    Memory is bounded by `longest_document`, not by the files: a longer document is continued as
    another one, and a line of more than 65,536 characters is cut at white space.

    Args:
        paths: Iterable of paths, files and folders; see `corpus_files`.
        encoding: str. `None` for UTF-8, or UTF-16 or UTF-32 where the file begins with its mark.
        longest_document: int, characters.

    Yields:
        list of str: the lines of a document, stripped, none of them empty.

    Raises:
        DataError: a file is not text, or not in that encoding.

    Example:

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp(), "two.txt")
    >>> _ = path.write_text("A cat. It sat.\\nIt ran.\\n\\nA dog.\\n", encoding="utf-8")
    >>> list(read_documents([path]))
    [['A cat. It sat.', 'It ran.'], ['A dog.']]
    """
    if encoding is not None:
        try:
            codecs.lookup(encoding)
        except LookupError:
            raise ValueError(
                "`encoding` must be one that Python knows, such as 'latin-1' or 'cp1252'. "
                f"Received: {encoding!r}."
            ) from None
    for file in corpus_files(paths):
        document: List[str] = []
        length = 0
        for line in _read_lines(file, encoding):
            if line:
                document.append(line)
                length += len(line)
            if document and (not line or length >= longest_document):
                yield document
                document, length = [], 0
        if document:
            yield document


def _read_lines(path: Path, encoding: Optional[str]) -> Iterator[str]:
    """Yields stripped lines, a very long one in pieces; empty for a blank line alone."""
    rest = ""
    line_number = 1
    with open(path, encoding=encoding or _encoding_of(path), newline=None) as file:
        while True:
            try:
                piece = file.readline(LONGEST_LINE)
            except UnicodeError as error:
                raise DataError(
                    f"after line {line_number}: not {encoding or 'UTF-8'} ({error}). "
                    "Name the file's `encoding`, `latin-1` for instance, or save it as UTF-8.",
                    path,
                ) from None
            if "\0" in piece:
                raise DataError("a NUL: this is no text file. Leave it out.", path, line_number)
            text, rest = rest + piece, ""
            if len(piece) == LONGEST_LINE and piece[-1] != "\n" and len(text) < 2 * LONGEST_LINE:
                head, space, tail = text.rpartition(" ")  # cut where no word is cut
                text, rest = (head, tail) if space else ("", text)
            if piece.endswith("\n") or text:
                yield text.strip()
            if not piece:
                return
            line_number += piece.endswith("\n")


def _encoding_of(path: Path) -> str:
    with open(path, "rb") as file:
        start = file.read(4)
    return next((encoding for mark, encoding in _MARKS if start.startswith(mark)), "utf-8")
