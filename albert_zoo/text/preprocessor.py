"""From texts, or pairs of texts, to the inputs of a model."""

from __future__ import annotations

import itertools
import sys
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from albert_zoo.text.normalization import check_strings
from albert_zoo.text.tokenizer import AlbertTokenizer
from albert_zoo.text.truncation import cut_rows, truncated_lengths
from albert_zoo.text.word_ids import ranges

_CHUNK = 16_384  # rows encoded at once, so that their words are not all in memory together


class PackedIds(NamedTuple):
    """Rows of ids laid end to end; what `AlbertPreprocessor.pack` returns.

    Attributes:
        token_ids: int32 array of shape `(num_tokens,)`, `[CLS]` and `[SEP]` included.
        lengths: int32 array of shape `(num_rows,)`, tokens in each row.
        first_lengths: int32 array of shape `(num_rows,)`, how many of them are segment 0.
        truncated: bool array of shape `(num_rows,)`, which rows lost tokens.
    """

    token_ids: np.ndarray
    lengths: np.ndarray
    first_lengths: np.ndarray
    truncated: np.ndarray


class AlbertPreprocessor:
    """Turns texts, or pairs of texts, into `token_ids`, `segment_ids` and `padding_mask`.

    A text becomes `[CLS] text [SEP]`, a pair `[CLS] first [SEP] second [SEP]`. What is too long
    loses tokens at the end: of a pair always the longer text, and the second of two equally long
    ones. A second text without tokens counts as none. Re-implements `convert_single_example` and
    `_truncate_seq_pair` of google-research/albert classifier_utils.py.

    Args:
        tokenizer: `AlbertTokenizer`.
        sequence_length: int, at least 3. Tokens a row is cut or padded to.

    Call arguments:
        x: Any of these.
            - A str: one row.
            - A list (or array) of str: one row each.
            - A list of pairs `[(first, second), ...]`: one row each.
            - A tuple of two lists, `(first_texts, second_texts)`: one row for each two.
            - A string tensor of shape `(batch_size,)`, or a tuple of two: the same result, as
              tensors, with TensorFlow ops (needs `tensorflow-text`).

    Output shape:
        A dict of three int32 arrays of shape `(batch_size, sequence_length)`. `segment_ids` is 1
        at the second text and its `[SEP]`; `padding_mask` is 1 at real tokens.

    Raises:
        TypeError: something is not a str; the message gives its index and value.

    Example:

    >>> from albert_zoo.text import AlbertTokenizer, train_vocabulary
    >>> model = train_vocabulary(["a cat sat on a mat, a cat ran, a cat is a cat."], 25)
    >>> preprocessor = AlbertPreprocessor(AlbertTokenizer(model), sequence_length=16)
    >>> inputs = preprocessor([("a cat", "a mat"), ("the cat sat", "")])
    >>> inputs["token_ids"].shape
    (2, 16)
    >>> inputs["segment_ids"].max(axis=1).tolist()
    [1, 0]
    """

    def __init__(self, tokenizer: AlbertTokenizer, sequence_length: int = 128):
        if sequence_length < 3:
            raise ValueError(
                f"`sequence_length` must be at least 3, for [CLS], one token and [SEP]. "
                f"Received: sequence_length={sequence_length}."
            )
        self.tokenizer = tokenizer
        self.sequence_length = sequence_length

    def __call__(self, x: Any) -> Dict[str, Any]:
        """Turns text into inputs of `sequence_length` tokens; see the class."""
        if _is_tensor(x) or (isinstance(x, tuple) and any(map(_is_tensor, x))):
            return self._graph_call(*(x if isinstance(x, tuple) else (x,)))
        return self.pad(*self.encode(*split_columns(x)))

    def encode_batch(self, x: Any) -> Dict[str, np.ndarray]:
        """Does what a call does for strings, but pads to the longest row only."""
        token_ids, segment_ids = self.encode(*split_columns(x))
        return self.pad(token_ids, segment_ids, max(map(len, token_ids), default=0))

    def encode(
        self,
        texts: Sequence[str],
        text_pairs: Optional[Sequence[str]] = None,
        return_truncated: bool = False,
    ) -> Tuple[Any, ...]:
        """Encodes without padding.

        Args:
            texts: Sequence of str.
            text_pairs: Sequence of str of the same length, or None.
            return_truncated: bool. Whether to return how many rows lost tokens.

        Returns:
            `(token_ids, segment_ids)`, two lists of int32 arrays of shape `(length_of_row,)`;
            with `return_truncated` the number of cut rows comes third.
        """
        packed = self.pack(texts, text_pairs)
        ends = np.cumsum(packed.lengths)
        starts = ends - packed.lengths
        positions = np.arange(len(packed.token_ids)) - np.repeat(starts, packed.lengths)
        segments = (positions >= np.repeat(packed.first_lengths, packed.lengths)).astype("int32")
        slices = [slice(start, end) for start, end in zip(starts.tolist(), ends.tolist())]
        rows = [packed.token_ids[row] for row in slices], [segments[row] for row in slices]
        return (*rows, int(packed.truncated.sum())) if return_truncated else rows

    def pack(self, texts: Sequence[str], text_pairs: Optional[Sequence[str]] = None) -> PackedIds:
        """Encodes into one flat array, the form for large data sets; see `encode`."""
        check_strings(texts, "texts")
        if text_pairs is not None:
            check_strings(text_pairs, "text_pairs")
            if len(texts) != len(text_pairs):
                raise ValueError(
                    f"`text_pairs` must be as long as `texts`. "
                    f"Received: {len(texts)} texts and {len(text_pairs)} text_pairs."
                )
        chunks = [
            self._pack_chunk(
                texts[start : start + _CHUNK],
                None if text_pairs is None else text_pairs[start : start + _CHUNK],
            )
            for start in range(0, max(len(texts), 1), _CHUNK)
        ]
        return PackedIds(*map(np.concatenate, zip(*chunks)))

    def _pack_chunk(self, texts: Sequence[str], text_pairs: Optional[Sequence[str]]) -> PackedIds:
        columns = [texts] if text_pairs is None else [texts, text_pairs]
        ids, counts = self.tokenizer.pack(list(itertools.chain.from_iterable(zip(*columns))))
        of_row = counts.reshape(-1, len(columns))
        first_counts, second_counts = of_row[:, 0], of_row[:, 1:].sum(axis=1)
        keep_first, keep_second = truncated_lengths(
            first_counts, second_counts, self.sequence_length
        )
        lengths = keep_first + 2 + keep_second + (keep_second > 0)
        ends = np.cumsum(lengths)
        starts = ends - lengths
        truncated = (keep_first < first_counts) | (keep_second < second_counts)
        if truncated.any():
            kept = np.stack((keep_first, keep_second), axis=1)[:, : len(columns)]
            ids = ids[ranges(np.cumsum(counts) - counts, kept.reshape(-1))]
        token_ids = np.empty(int(lengths.sum()), "int32")
        special = np.zeros(len(token_ids), "bool")
        special[starts] = special[starts + 1 + keep_first] = special[ends - 1] = True
        token_ids[special] = self.tokenizer.sep_id
        token_ids[starts] = self.tokenizer.cls_id
        token_ids[~special] = ids
        return PackedIds(
            token_ids=token_ids,
            lengths=lengths.astype("int32"),
            first_lengths=(keep_first + 2).astype("int32"),
            truncated=truncated,
        )

    def pad(
        self,
        token_ids: Sequence[np.ndarray],
        segment_ids: Sequence[np.ndarray],
        length: Optional[int] = None,
    ) -> Dict[str, np.ndarray]:
        """Pads what `encode` returns.

        Args:
            token_ids, segment_ids: Sequences of int arrays, a row each.
            length: int, tokens to pad to. Defaults to `sequence_length`.

        Returns:
            dict of three int32 arrays of shape `(num_rows, length)`.

        Raises:
            ValueError: a row is longer than `length`.
        """
        length = self.sequence_length if length is None else length
        lengths = np.array([len(row) for row in token_ids], "int64")
        if lengths.max(initial=0) > length:
            raise ValueError(
                f"`length` must not be less than the longest row. "
                f"Received: length={length}, with a row of {lengths.max()} tokens."
            )
        mask = np.arange(length) < lengths[:, None]  # (num_rows, length)
        padded = {
            "token_ids": np.full(mask.shape, self.tokenizer.pad_id, "int32"),
            "segment_ids": np.zeros(mask.shape, "int32"),
            "padding_mask": mask.astype("int32"),
        }
        if len(lengths):
            padded["token_ids"][mask] = np.concatenate(token_ids)
            padded["segment_ids"][mask] = np.concatenate(segment_ids)
        return padded

    def get_config(self) -> Dict[str, Any]:
        """Returns the arguments, without the tokenizer."""
        return {"sequence_length": self.sequence_length}

    def _graph_call(self, texts: Any, text_pairs: Any = None) -> Dict[str, Any]:
        import tensorflow as tf

        first = self.tokenizer.tokenize(texts)
        second = self.tokenizer.tokenize(
            tf.fill([first.nrows()], "") if text_pairs is None else text_pairs
        )
        first_length, second_length = truncated_lengths(
            tf.cast(first.row_lengths(), "int32"),
            tf.cast(second.row_lengths(), "int32"),
            self.sequence_length,
            tf,
        )
        has_second = tf.cast(second_length > 0, "int32")
        sep = tf.fill([first.nrows(), 1], self.tokenizer.sep_id)
        token_ids = tf.concat(
            [
                tf.fill([first.nrows(), 1], self.tokenizer.cls_id),
                cut_rows(first, first_length),
                sep,
                cut_rows(second, second_length),
                cut_rows(tf.RaggedTensor.from_tensor(sep), has_second),
            ],
            axis=1,
        )
        boundary = (first_length + 2)[:, None]
        positions = tf.range(self.sequence_length)[None]  # (1, sequence_length)
        padding_mask = positions < boundary + (second_length + has_second)[:, None]
        return {
            "token_ids": token_ids.to_tensor(
                self.tokenizer.pad_id, shape=(None, self.sequence_length)
            ),
            "segment_ids": tf.cast(padding_mask & (positions >= boundary), "int32"),
            "padding_mask": tf.cast(padding_mask, "int32"),
        }


def _is_tensor(x: Any) -> bool:
    # Who holds a tensor has imported TensorFlow; who has not should not wait for it here.
    tensorflow = sys.modules.get("tensorflow")
    return tensorflow is not None and tensorflow.is_tensor(x)


def split_columns(x: Any) -> Tuple[List[str], Optional[List[str]]]:
    """Sorts the forms that `AlbertPreprocessor` accepts into `texts` and `text_pairs`."""
    if isinstance(x, str):
        return [x], None
    if isinstance(x, tuple) and len(x) == 2:
        if any(isinstance(column, str) for column in x):
            raise TypeError(
                f"A tuple of two must hold two lists, `(texts, text_pairs)`. Received: {x!r}. "
                f"Write `[(first, second)]` for one pair, `[first, second]` for two texts."
            )
        return list(x[0]), list(x[1])
    rows = list(x)
    pairs = [isinstance(row, (tuple, list, np.ndarray)) and len(row) == 2 for row in rows]
    if not any(pairs):
        return rows, None
    if not all(pairs):
        index = pairs.index(not pairs[0])
        raise TypeError(
            f"`x` must hold either texts or pairs of texts throughout. "
            f"Received: x[0]={rows[0]!r} and x[{index}]={rows[index]!r}."
        )
    return [row[0] for row in rows], [row[1] for row in rows]
