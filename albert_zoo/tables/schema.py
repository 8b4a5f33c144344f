"""Columns: which column of a table is which, and how its values become class ids or scores."""

from __future__ import annotations

import itertools
import logging
import sys
from dataclasses import dataclass, replace
from typing import Any, Dict, Iterable, Iterator, List, Optional, Sequence, Tuple, Union

import numpy as np

from albert_zoo.errors import DataError, did_you_mean
from albert_zoo.tables.examples import Examples
from albert_zoo.tables.labels import (
    ReadLabel,
    class_reader,
    is_missing,
    label_name,
    score_reader,
    shorten,
    sorted_labels,
)
from albert_zoo.tables.reader import Table, open_table

Column = Union[str, int]

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Columns:
    """Says which columns of a table hold the texts and the label, and reads them as examples.

    Args:
        text: str or int. Name of the column of the first text, or its number from 0.
        label: str or int. Column of the label, or None for a table without labels.
        text_pair: str or int. Column of the second text, or None for single texts.
        labels: The known label values in the order of their class ids; `1` stands for `"1"`,
            `True` for `"True"`, `"true"` and `"TRUE"`. None if they are to be discovered, by
            `with_labels_from`, and for regression.
        id: str or int. Column of the row's id; None numbers the rows from 0.
        regression: bool. The label column holds scores: finite numbers.
        score_range: Lowest and highest legal score, or None for any.
        skip_labels: Label values of rows to leave out, such as `"-"` in MNLI.
        header: As for `open_table`: True, False, or the names of the columns.
        format: str, as for `open_table`. None takes it from the file's ending.

    Example:

    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "reviews.csv"
    >>> _ = path.write_text("review,stars\\nLovely!,good\\nNever again.,bad\\n")
    >>> columns = Columns(text="review", label="stars").with_labels_from(path)
    >>> columns.labels
    ('bad', 'good')
    >>> columns.read(path).labels
    array([1, 0], dtype=int32)
    """

    text: Column
    label: Optional[Column] = None
    text_pair: Optional[Column] = None
    labels: Optional[Sequence[Any]] = None
    id: Optional[Column] = None
    regression: bool = False
    score_range: Optional[Tuple[float, float]] = None
    skip_labels: Tuple[str, ...] = ()
    header: Union[bool, Sequence[str]] = True
    format: Optional[str] = None

    def __post_init__(self) -> None:
        if self.regression and self.labels is not None:
            raise ValueError(
                "`labels` must be None with `regression=True`: scores have no classes. "
                f"Received: labels={self.labels!r}."
            )
        if self.labels is None:
            return
        if isinstance(self.labels, str):
            raise ValueError(f"`labels` must be a list. Received: {self.labels!r}.")
        labels = tuple(label_name(label) for label in self.labels)
        if len(set(labels)) != len(labels) or len(labels) < 2:
            raise ValueError(
                f"`labels` must be two or more different values. Received: {self.labels!r}."
            )
        object.__setattr__(self, "labels", labels)

    def read(
        self,
        source: Any,
        require_labels: bool = True,
        faults: Optional[List[DataError]] = None,
    ) -> Examples:
        """Reads all rows of a file or pandas frame.

        Args:
            source: Path of a `.tsv`, `.csv` or `.jsonl` file, or a pandas `DataFrame`.
            require_labels: bool. If False, the label column may be absent, and then `labels` of
                the result is None; where it is there it must be right all the same.
            faults: list to which the faults of single rows are added, such as an unknown label,
                and these rows are left out. None raises the first one.

        Returns:
            `Examples` in the order of the rows.

        Raises:
            DataError: a column is missing, a text is not text, a label is unknown, a score is
                not a finite number in range, or no row is left.
            ValueError: labels are needed but not known yet.
        """
        return self.read_table(self.open(source), require_labels, faults)

    def open(self, source: Any) -> Table:
        """Opens a file or frame with the `format` and `header` of these columns."""
        return open_table(source, format=self.format, header=self.header)

    def read_table(
        self,
        table: Table,
        require_labels: bool = True,
        faults: Optional[List[DataError]] = None,
    ) -> Examples:
        """Reads the rows of an opened table; as `read`."""
        return next(self.read_parts(table, itertools.repeat(sys.maxsize), require_labels, faults))

    def read_parts(
        self,
        table: Table,
        sizes: Iterable[int],
        require_labels: bool = True,
        faults: Optional[List[DataError]] = None,
    ) -> Iterator[Examples]:
        """Reads the rows of an opened table a part at a time, for tables of any size.

        Args:
            table: `Table`.
            sizes: iterable of int, without an end. Rows of one part after another.
            require_labels: as for `read`.
            faults: as for `read`.

        Yields:
            `Examples`. Rows without an id are numbered through all parts.

        Raises:
            DataError: as for `read`, when the row is reached.
        """
        text = _position(table, "text", self.text)
        pair = None if self.text_pair is None else _position(table, "text_pair", self.text_pair)
        row_id = None if self.id is None else _position(table, "id", self.id)
        label, to_label = self._label_reader(table, require_labels)
        dtype = np.float32 if self.regression else np.int32
        next_size = iter(sizes).__next__
        num_rows, num_before, num_skipped = next_size(), 0, 0
        texts: List[str] = []
        pairs: List[str] = []
        labels: List[float] = []
        ids: List[str] = []
        lines: List[int] = []
        place = 0 if label is None else label

        def part() -> Examples:
            return Examples(
                texts=texts,
                text_pairs=None if pair is None else pairs,
                labels=None if label is None else np.array(labels, dtype=dtype),
                ids=ids,
                lines=None if table.first_line is None else lines,
            )

        for line, row in table.rows:
            if len(texts) == num_rows:
                yield part()
                num_before, num_rows = num_before + num_rows, next_size()
                texts, pairs, labels, ids, lines = [], [], [], [], []
            if to_label is not None and self._is_skipped(row[place]):
                num_skipped += 1
                continue
            try:
                value = None if to_label is None else to_label(row[place], line)
                if not isinstance(row[text], str):
                    raise _not_a_text(table, line, self.text, row[text])
                if pair is not None and not isinstance(row[pair], str):
                    raise _not_a_text(table, line, self.text_pair, row[pair])
            except DataError as error:
                if faults is None:
                    raise
                faults.append(error)
                continue
            if value is not None:
                labels.append(value)
            texts.append(row[text])
            if pair is not None:
                pairs.append(row[pair])
            ids.append(str(num_before + len(ids) if row_id is None else row[row_id]))
            lines.append(line)
        if num_skipped:
            names = " or ".join(self.skip_labels)
            logger.info("%s: skipped %d rows labelled %s.", table.source, num_skipped, names)
        if not texts and not num_before:
            if faults:
                raise faults.pop()
            raise DataError(f"no row is left; {num_skipped} were skipped.", table.source)
        if texts:
            yield part()

    def with_labels_from(self, source: Any) -> Columns:
        """Returns these columns with `labels` set to the values found in a file or frame.

        The values are sorted, numbers by their size. Columns for regression, and columns whose
        labels are known, are returned as they are.

        Raises:
            DataError: a label is empty, all are the same, or they look like scores.
            ValueError: there is no `label` column.
        """
        if self.regression or self.labels is not None:
            return self
        if self.label is None:
            raise ValueError("`label` must name the column of the labels. Received: label=None.")
        table = self.open(source)
        position = _position(table, "label", self.label)
        found: Dict[str, int] = {}
        for line, row in table.rows:
            if not self._is_skipped(row[position]):
                name = label_name(row[position])
                if not name:
                    raise DataError("the label is empty.", table.source, line)
                found.setdefault(name, line)
        return replace(self, labels=sorted_labels(table.source, found))

    def _is_skipped(self, value: Any) -> bool:
        return bool(self.skip_labels) and isinstance(value, str) and value in self.skip_labels

    def _label_reader(
        self, table: Table, require_labels: bool
    ) -> Tuple[Optional[int], Optional[ReadLabel]]:
        """Position and reader of the label column, or two None if labels are not to be read."""
        if not require_labels and (self.label is None or not _has_column(table, self.label)):
            return None, None
        if self.label is None:
            raise ValueError(
                "`label` must name the column of the labels. Received: label=None. "
                "Pass `require_labels=False` to read the texts alone."
            )
        position = _position(table, "label", self.label)
        if self.regression:
            return position, score_reader(table.source, self.score_range)
        if self.labels is not None:
            return position, class_reader(table.source, self.labels)
        if require_labels:
            raise ValueError(
                "`labels` must be known before reading. Received: labels=None. List them, call "
                "`with_labels_from` with the training data, or pass `regression=True`."
            )
        return None, None


def _has_column(table: Table, column: Column) -> bool:
    if isinstance(column, int):
        return 0 <= column < table.num_columns
    return table.columns is not None and column in table.columns


def _position(table: Table, argument: str, column: Column) -> int:
    if isinstance(column, int):
        if not 0 <= column < table.num_columns:
            raise DataError(
                f"no column {column} for `{argument}`: columns are numbered from 0, and there are "
                f"{table.num_columns}.",
                table.source,
                table.first_line,
            )
        return column
    if table.columns is None:
        raise ValueError(
            f"`{argument}` must be a column number, as the file is read without a header. "
            f"Received: {column!r}."
        )
    if column not in table.columns:
        raise DataError(
            f"no column {column!r} for `{argument}`.{did_you_mean(column, table.columns)} "
            f"The columns are: {shorten(table.columns)}.",
            table.source,
            table.first_line,
        )
    return table.columns.index(column)


def _not_a_text(table: Table, line: int, column: Optional[Column], value: Any) -> DataError:
    found = "nothing" if is_missing(value) else f"{value!r} ({type(value).__name__})"
    return DataError(f"column {column!r} must hold text, found {found}.", table.source, line)
