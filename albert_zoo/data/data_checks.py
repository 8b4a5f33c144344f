"""What can be told of a data set before anything is trained on it."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Tuple

import numpy as np

from albert_zoo.data.data_facts import DataFacts
from albert_zoo.tables import Examples

TRUNCATED = 0.2
"""Share of rows that may lose tokens before a warning is due."""

UNKNOWN = 0.05
"""Share of pieces that may be `<unk>`: the vocabulary's own texts have under 0.001, texts with
capitals for a vocabulary of small letters, or in another alphabet, 0.1 and more."""

RARE = 0.01
"""Share of rows below which a class counts as rare."""


def check_examples(
    examples: Examples, labels: Optional[Tuple[str, ...]] = None, has_ids: bool = True
) -> DataFacts:
    """Looks at labels, empty texts, duplicates and ids.

    Args:
        examples: `Examples`.
        labels: names of the classes in their order; None for scores, and where there are none.
        has_ids: bool. Whether the ids are the file's, and so must differ.

    Returns:
        `DataFacts` with `classes` or `scores`, `empty_texts`, `duplicate_rows`,
        `contradicting_rows` and `duplicate_ids`.

    Example:

    >>> examples = Examples.from_lists(["so good", "so good", "bad"], labels=[1, 0, 0])
    >>> checked = check_examples(examples, ("bad", "good"))
    >>> checked.facts["classes"], checked.facts["contradicting_rows"]
    ({'bad': 2, 'good': 1}, 1)
    """
    found = DataFacts(len(examples))
    if examples.labels is not None:
        check_labels(found, examples.labels, labels)
    _check_texts(found, examples)
    _check_duplicates(found, examples)
    if has_ids:
        seen: Dict[str, int] = {}
        doubled = [row for row, one in enumerate(examples.ids) if seen.setdefault(one, row) != row]
        found.facts["duplicate_ids"] = len(doubled)
        if doubled:
            row = doubled[0]
            found.warn(
                f"{_rows(doubled)} the id of an earlier one; the first is {examples.ids[row]!r}, "
                f"that of {_place(examples, seen[examples.ids[row]])} too.",
                row,
            )
    return found


def check_labels(found: DataFacts, values: np.ndarray, labels: Optional[Tuple[str, ...]]) -> None:
    """Counts the rows of each class, or describes the scores.

    Args:
        found: `DataFacts` to add to.
        values: class ids, or scores.
        labels: names of the classes in their order, or None for scores.
    """
    if labels is None:
        spread = [float(value) for value in (values.min(), values.mean(), values.max())]
        found.facts["scores"] = dict(zip(("lowest", "mean", "highest"), spread))
        if spread[0] == spread[2]:
            found.refuse(f"all scores are {spread[0]:g}: there is nothing to learn.")
        return
    counts = np.bincount(values.astype("int64"), minlength=len(labels)).tolist()
    found.facts["classes"] = dict(zip(labels, counts))
    there = [name for name, count in zip(labels, counts) if count]
    if len(there) == 1:
        found.refuse(f"all rows are labelled {there[0]!r}: there is nothing to learn.")
        return
    for name, count in zip(labels, counts):
        if not count:
            found.warn(f"no row is labelled {name!r}.")
        elif count < RARE * len(values):
            found.warn(f"only {count} of {len(values)} rows are labelled {name!r}.")


def shared_rows(train: Examples, dev: Examples) -> List[Tuple[int, int]]:
    """Finds the rows of a development set whose texts stand in the training set too.

    Args:
        train: `Examples`.
        dev: `Examples`.

    Returns:
        list of tuples: the row in `dev`, and the first such row in `train`.

    Example:

    >>> train, dev = Examples.from_lists(["a", "b"]), Examples.from_lists(["c", "b"])
    >>> shared_rows(train, dev)
    [(1, 1)]
    """
    first: Dict[Any, int] = {}
    for row, key in enumerate(_keys(train)):
        first.setdefault(key, row)
    return [(row, first[key]) for row, key in enumerate(_keys(dev)) if key in first]


def check_shared(found: DataFacts, train: Examples, dev: Examples) -> None:
    """Adds how many rows of a development set stand in the training set.

    Args:
        found: `DataFacts` of the development set.
        train: `Examples`.
        dev: `Examples`.
    """
    shared = shared_rows(train, dev)
    found.facts["shared_with_train"] = len(shared)
    if shared:
        row, other = shared[0]
        verb = "stands" if len(shared) == 1 else "stand"
        found.warn(
            f"{len(shared)} of {len(dev)} rows {verb} in the training set too, so the score will "
            f"be too good; the first is {_place(train, other)} there.",
            row,
        )


def check_encoding(
    found: DataFacts, token_ids: Any, lengths: Any, truncated: Any, unk_id: int
) -> None:
    """Looks at lengths, rows that are cut and pieces that the vocabulary lacks.

    Args:
        found: `DataFacts` to add to.
        token_ids: int array of all tokens, end to end, as `AlbertPreprocessor.pack` gives them.
        lengths: int array of the tokens in each row, `[CLS]` and `[SEP]` included.
        truncated: bool array, which rows lost tokens.
        unk_id: int, the id of `<unk>`.
    """
    lengths, truncated = np.asarray(lengths), np.asarray(truncated)
    found.facts["tokens"] = {
        "mean": round(float(lengths.mean()), 1),
        "95 %": int(np.percentile(lengths, 95)),
        "longest": int(lengths.max()),
    }
    cut, rows = int(truncated.sum()), len(lengths)
    found.facts["truncated"] = {"rows": cut, "share": cut / rows}
    if cut > TRUNCATED * rows:
        found.warn(
            f"{cut} of {rows} rows ({cut / rows:.0%}) are longer than {int(lengths.max())} tokens "
            "and will be cut. Raise the `sequence_length` if the model can read more."
        )
    share = float((np.asarray(token_ids) == unk_id).mean()) if len(token_ids) else 0.0
    found.facts["unknown_pieces"] = share
    if share > UNKNOWN:
        found.warn(
            f"{share:.1%} of the pieces are unknown to the vocabulary (more than {UNKNOWN:.0%}). "
            "Is it another language, or are texts not lower-cased?"
        )


def _check_texts(found: DataFacts, examples: Examples) -> None:
    columns = [examples.texts] + ([examples.text_pairs] if examples.text_pairs else [])
    empty = [row for row, texts in enumerate(zip(*columns)) if not all(map(str.strip, texts))]
    found.facts["empty_texts"] = len(empty)
    if empty:
        found.warn(f"{_rows(empty)} an empty text.", empty[0])
    odd = [row for row, texts in enumerate(zip(*columns)) if any("\ufffd" in t for t in texts)]
    if odd:
        found.warn(
            f"{_rows(odd)} the sign \ufffd: the text was read in a wrong encoding before.", odd[0]
        )
    marked = [row for row, texts in enumerate(zip(*columns)) if any("\ufeff" in t for t in texts)]
    if marked:
        found.warn(f"{_rows(marked)} a byte order mark in the text.", marked[0])


def _check_duplicates(found: DataFacts, examples: Examples) -> None:
    first: Dict[Any, int] = {}
    same, contrary = [], []
    for row, key in enumerate(_keys(examples)):
        before = first.setdefault(key, row)
        if before == row:
            continue
        same.append((row, before))
        if examples.labels is not None and examples.labels[row] != examples.labels[before]:
            contrary.append((row, before))
    found.facts["duplicate_rows"] = len(same)
    found.facts["contradicting_rows"] = len(contrary)
    if contrary:
        row, before = contrary[0]
        found.warn(
            f"{_rows(contrary)} the texts of an earlier one and another label; the first is that "
            f"of {_place(examples, before)}.",
            row,
        )
    elif same:
        row, before = same[0]
        found.warn(
            f"{_rows(same)} the texts of an earlier one; the first is that of "
            f"{_place(examples, before)}.",
            row,
        )


def _keys(examples: Examples) -> Any:
    return zip(examples.texts, examples.text_pairs) if examples.text_pairs else examples.texts


def _rows(rows: List[Any]) -> str:
    return f"{len(rows)} row has" if len(rows) == 1 else f"{len(rows)} rows have"


def _place(examples: Examples, row: int) -> str:
    return f"row {row + 1}" if examples.lines is None else f"line {examples.lines[row]}"
