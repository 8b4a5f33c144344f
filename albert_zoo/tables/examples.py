"""Examples: texts with their labels, however they were stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, Optional, Sequence

import numpy as np


@dataclass(frozen=True, eq=False)
class Examples:
    """Texts or text pairs, with a label and an id for each.

    The one form in which text examples leave a file. `Examples.from_lists` builds one from your
    own lists and checks them; the constructor itself checks nothing.

    Args:
        texts: list of str, one for each example. May be empty strings.
        text_pairs: list of str of the same length, or None for single texts.
        labels: array of shape `(num_examples,)`, int32 class ids in `[0, num_classes)` or float32
            scores, or None where the labels are not known.
        ids: list of str of the same length: the file's own index column, or the row number
            counted from 0.
        lines: list of int of the same length, the line of the file on which each begins, or None
            where they came from no file.

    Example:

    >>> examples = Examples.from_lists(["so good", "so bad", "so so"], labels=[1, 0, 0])
    >>> len(examples), examples.labels.dtype.name, examples.ids
    (3, 'int32', ['0', '1', '2'])
    >>> examples.take([2, 0]).texts
    ['so so', 'so good']
    """

    texts: List[str]
    text_pairs: Optional[List[str]]
    labels: Optional[np.ndarray]
    ids: List[str]
    lines: Optional[List[int]] = None

    def __len__(self) -> int:
        return len(self.texts)

    def __repr__(self) -> str:
        kind = "single texts" if self.text_pairs is None else "text pairs"
        labels = "no labels" if self.labels is None else f"{self.labels.dtype.name} labels"
        return f"Examples({len(self)} {kind}, {labels})"

    def take(self, indices: Sequence[int]) -> Examples:
        """Returns the examples at `indices`, in that order; an index may come twice."""
        indices = [int(index) for index in indices]
        return Examples(
            texts=[self.texts[index] for index in indices],
            text_pairs=None if self.text_pairs is None else [self.text_pairs[i] for i in indices],
            labels=None
            if self.labels is None
            else self.labels[np.asarray(indices, dtype=np.int64)],
            ids=[self.ids[index] for index in indices],
            lines=None if self.lines is None else [self.lines[index] for index in indices],
        )

    def head(self, count: int) -> Examples:
        """Returns the first `count` examples, or all of them if there are fewer."""
        return self.take(range(max(0, min(count, len(self)))))

    @classmethod
    def from_lists(
        cls,
        texts: Sequence[str],
        text_pairs: Optional[Sequence[str]] = None,
        labels: Optional[Sequence[float]] = None,
        ids: Optional[Sequence[object]] = None,
    ) -> Examples:
        """Builds examples from lists, arrays or pandas columns, and checks them.

        Args:
            texts: The texts, each a str.
            text_pairs: The second texts, each a str, or None.
            labels: Integers or booleans (class ids), floats (scores), or None.
            ids: Any values; stored as str. Row numbers from 0 if None.

        Returns:
            `Examples`.

        Raises:
            TypeError: a text is not a str, or the labels are not numbers.
            ValueError: the lengths differ, a class id is negative or a score is not finite.
        """
        examples = cls(
            texts=_list_of_str("texts", texts),
            text_pairs=None if text_pairs is None else _list_of_str("text_pairs", text_pairs),
            labels=None if labels is None else _label_array(labels),
            ids=[str(value) for value in (range(len(texts)) if ids is None else ids)],
        )
        for name in ("text_pairs", "labels", "ids"):
            values = getattr(examples, name)
            if values is not None and len(values) != len(examples):
                raise ValueError(
                    f"`{name}` must be as long as `texts`. "
                    f"Received: {len(values)} {name}, {len(examples)} texts."
                )
        return examples


def _list_of_str(name: str, values: Sequence[str]) -> List[str]:
    if isinstance(values, (str, bytes)):
        raise TypeError(f"`{name}` must be a list of str. Received one {type(values).__name__}.")
    values = list(values)
    for index, value in enumerate(values):
        if not isinstance(value, str):
            raise TypeError(f"`{name}` must hold str only. Received: {name}[{index}] = {value!r}.")
    return values


def _label_array(labels: Sequence[float]) -> np.ndarray:
    array = np.asarray(labels)
    if array.ndim != 1:
        raise ValueError(f"`labels` must be one-dimensional. Received shape: {array.shape}.")
    if array.size and array.dtype.kind not in "biuf":
        raise TypeError(
            f"`labels` must be class ids or scores. Received: {array.tolist()[0]!r}. "
            "Turn label names into ids first, or read the file with `Columns(labels=...)`."
        )
    if array.dtype.kind == "f" and array.size:
        if not np.isfinite(array).all():
            raise ValueError("`labels` must be finite. Received NaN or infinity.")
        return array.astype(np.float32)
    if array.size and array.min() < 0:
        raise ValueError(f"`labels` must be class ids from 0 on. Received: {array.min()}.")
    return array.astype(np.int32)
