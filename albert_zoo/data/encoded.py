"""A whole data set as ids, packed."""

from __future__ import annotations

import copy
from typing import Any, Dict, Iterator, Optional, Tuple

import numpy as np

from albert_zoo.text import AlbertPreprocessor, PackedIds
from albert_zoo.text.word_ids import ranges


class EncodedExamples:
    """A data set's ids in one flat array, from which padded batches are cut.

    Nothing is padded until a batch is asked for, and a selection shares the ids of the whole.
    A row takes 4 bytes a token and about 20 bytes besides: 400,000 pairs of 40 tokens take 70 MB.

    Args:
        packed: `PackedIds`, as `AlbertPreprocessor.pack` returns it.
        labels: Array of shape `(num_rows,)`, int32 classes or float32 scores, or None.
        pad_id: int. The id that fills a row.

    Raises:
        ValueError: the arrays do not fit each other.

    Example:

    >>> packed = PackedIds(  # two rows: a pair of texts, and a single text
    ...     token_ids=[2, 14, 3, 15, 3, 2, 16, 3],
    ...     lengths=[5, 3],
    ...     first_lengths=[3, 3],
    ...     truncated=[False, False],
    ... )
    >>> encoded = EncodedExamples(packed, labels=np.array([0, 1]))
    >>> encoded.batch([1, 0])["token_ids"].tolist()
    [[2, 16, 3, 0, 0], [2, 14, 3, 15, 3]]
    >>> encoded.batch([0], length=6)["segment_ids"].tolist()
    [[0, 0, 0, 1, 1, 0]]
    """

    def __init__(self, packed: PackedIds, labels: Optional[np.ndarray] = None, pad_id: int = 0):
        self.token_ids = np.asarray(packed.token_ids, "int32")
        self.lengths = np.asarray(packed.lengths, "int32")
        self.first_lengths = np.asarray(packed.first_lengths, "int32")
        self.labels = labels
        self.pad_id = pad_id
        self._truncated = np.asarray(packed.truncated, "bool")
        self._starts = np.cumsum(self.lengths, dtype="int64") - self.lengths
        if self.lengths.sum() != len(self.token_ids):
            raise ValueError(
                f"`packed.lengths` must sum to the number of tokens. Received: lengths that sum "
                f"to {self.lengths.sum()}, and {len(self.token_ids)} token_ids."
            )
        if labels is not None and len(labels) != len(self):
            raise ValueError(
                f"`labels` must hold one label a row. "
                f"Received: {len(labels)} labels for {len(self)} rows."
            )

    @classmethod
    def from_examples(cls, examples: Any, preprocessor: AlbertPreprocessor) -> EncodedExamples:
        """Encodes a table of texts.

        Args:
            examples: Object with `texts` (list of str), `text_pairs` (the same, or None) and
                `labels` (array, or None); what the readers of `albert_zoo.tables` return.
            preprocessor: `AlbertPreprocessor`. Rows are cut to its `sequence_length`.
        """
        packed = preprocessor.pack(examples.texts, examples.text_pairs)
        return cls(packed, examples.labels, preprocessor.tokenizer.pad_id)

    @property
    def num_truncated(self) -> int:
        """Number of rows that lost tokens to fit the preprocessor's `sequence_length`."""
        return int(self._truncated.sum())

    def __len__(self) -> int:
        return len(self.lengths)

    def __iter__(self) -> Iterator[Tuple[np.ndarray, np.ndarray, Any]]:
        """Yields `(token_ids, segment_ids, label)` row by row, unpadded; for `write_records`."""
        for row, (start, length, first_length) in enumerate(
            zip(self._starts, self.lengths, self.first_lengths)
        ):
            yield (
                self.token_ids[start : start + length],
                (np.arange(length) >= first_length).astype("int32"),
                None if self.labels is None else self.labels[row],
            )

    def packed(self) -> PackedIds:
        """Returns the rows' ids laid end to end, in the order of the rows."""
        token_ids = self.token_ids[ranges(self._starts, self.lengths)]
        return PackedIds(token_ids, self.lengths, self.first_lengths, self._truncated)

    def take(self, indices: Any) -> EncodedExamples:
        """Selects rows, in the order given.

        Args:
            indices: A slice, or a sequence of int.

        Returns:
            `EncodedExamples` that shares this one's ids.
        """
        taken = copy.copy(self)
        for name in ("lengths", "first_lengths", "_starts", "_truncated", "labels"):
            column = getattr(self, name)
            setattr(taken, name, None if column is None else column[_as_index(indices)])
        return taken

    def batch(self, indices: Any, length: Optional[int] = None) -> Dict[str, np.ndarray]:
        """Pads the chosen rows.

        Args:
            indices: A slice, or a sequence of int.
            length: int, tokens to pad to. Defaults to the longest row chosen.

        Returns:
            dict of `token_ids`, `segment_ids` and `padding_mask`, each an int32 array of shape
            `(len(indices), length)`.

        Raises:
            ValueError: a chosen row is longer than `length`.
        """
        index = _as_index(indices)
        lengths, starts = self.lengths[index], self._starts[index]
        longest = int(lengths.max(initial=0))
        length = longest if length is None else length
        if longest > length:
            raise ValueError(
                f"`length` must not be less than the longest row of the batch. "
                f"Received: length={length}, with a row of {longest} tokens."
            )
        positions = np.arange(length)
        mask = positions < lengths[:, None]  # (len(indices), length)
        token_ids = np.full(mask.shape, self.pad_id, "int32")
        token_ids[mask] = self.token_ids[(starts[:, None] + positions)[mask]]
        return {
            "token_ids": token_ids,
            "segment_ids": (mask & (positions >= self.first_lengths[index, None])).astype("int32"),
            "padding_mask": mask.astype("int32"),
        }


def _as_index(indices: Any) -> Any:
    return indices if isinstance(indices, slice) else np.asarray(indices, "int64")
