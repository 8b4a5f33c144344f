"""Cuts documents into pairs of consecutive segments, half of them swapped."""

from __future__ import annotations

from typing import Any, Dict, Iterator, List, NamedTuple, Sequence, Tuple

import numpy as np

Ids = List[int]


class SegmentPair(NamedTuple):
    """Two segments of one document.

    Attributes:
        first, second: lists of int, ids without `[CLS]` and `[SEP]`, neither empty.
        is_swapped: bool. Whether the second one comes first in the document.
        is_truncated: bool. Whether pieces were cut off to fit.
    """

    first: Ids
    second: Ids
    is_swapped: bool
    is_truncated: bool


class SegmentPairs:
    """Makes the pairs on which sentence order is learned.

    Sentences are gathered until they fill the sequence; the gathered chunk is cut between two of
    them at random, and in half of all cases the halves are swapped. In `short_rate` of all
    documents a shorter length is aimed at. Re-implements `create_instances_from_document` of
    google-research/albert create_pretraining_data.py, with one difference: a chunk that is a single
    sentence is cut between two of its words. The original puts text of another document after it
    and calls that swapped, which makes more swapped pairs than ordered ones and asks about topics.

    Args:
        sequence_length: int, at least 5. Tokens of a row, `[CLS]` and two `[SEP]` included.
        short_rate: float in [0, 1]. Share of passes over a document that aim at a shorter length.

    Raises:
        ValueError: an argument is out of range.

    Example:

    >>> pairs = SegmentPairs(sequence_length=9, short_rate=0.0)
    >>> starts = np.ones(20, bool)
    >>> document = [[5, 6], [7, 8, 9, 10]]
    >>> (pair,) = pairs(document, starts, np.random.default_rng(0))
    >>> sorted([pair.first, pair.second]), pair.is_truncated
    ([[5, 6], [7, 8, 9, 10]], False)
    """

    def __init__(self, sequence_length: int = 128, short_rate: float = 0.1):
        if sequence_length < 5:
            raise ValueError(
                "`sequence_length` must be at least 5, for [CLS], two [SEP] and a token in each "
                f"segment. Received: {sequence_length}."
            )
        if not 0 <= short_rate <= 1:
            raise ValueError(f"`short_rate` must be in [0, 1]. Received: {short_rate}. Give 0.1.")
        self.sequence_length = sequence_length
        self.short_rate = short_rate

    def __call__(
        self, document: Sequence[Ids], starts_word: Any, random: np.random.Generator
    ) -> Iterator[SegmentPair]:
        """Yields the pairs of a document.

        Args:
            document: sequence of sentences, each a list of ids.
            starts_word: bool array `(vocabulary_size,)`, whether a word starts with a piece.
            random: `numpy.random.Generator`.
        """
        longest = self.sequence_length - 3
        target = longest
        if random.random() < self.short_rate:
            target = int(random.integers(2, longest + 1))
        chunk: List[Ids] = []
        length = 0
        for number, sentence in enumerate(document, 1):
            chunk.append(sentence)
            length += len(sentence)
            if length < target and number < len(document):
                continue
            halves = _halves(chunk, starts_word, random)
            if halves[0] and halves[1]:
                is_swapped = bool(random.random() < 0.5)
                first, second = halves[::-1] if is_swapped else halves
                yield SegmentPair(
                    *_fit(first, second, longest, random), is_swapped, length > longest
                )
            chunk, length = [], 0

    def get_config(self) -> Dict[str, Any]:
        """Returns the arguments."""
        return {"sequence_length": self.sequence_length, "short_rate": self.short_rate}


def _halves(chunk: List[Ids], starts_word: Any, random: Any) -> Tuple[Ids, Ids]:
    if len(chunk) > 1:
        cut = int(random.integers(1, len(chunk)))
        return sum(chunk[:cut], []), sum(chunk[cut:], [])
    (sentence,) = chunk
    cuts = np.nonzero(starts_word[sentence[1:]])[0] + 1
    if not len(cuts):
        return sentence, []  # a single word: no pair
    cut = int(cuts[random.integers(len(cuts))])
    return sentence[:cut], sentence[cut:]


def _fit(first: Ids, second: Ids, longest: int, random: Any) -> Tuple[Ids, Ids]:
    """Takes pieces off the longer segment, at its front or its end, until both fit.

    As `truncate_seq_pair` of the original, without its loop: what is left of each is certain, and
    the number taken off the front is a sum of coin tosses.
    """
    excess = len(first) + len(second) - longest
    if excess <= 0:
        return first, second
    # The original takes from the second one where both are equally long.
    keep_first = min(len(first), max(longest - longest // 2, longest - len(second)))
    keep_second = longest - keep_first
    fitted = []
    for ids, keep in ((first, keep_first), (second, keep_second)):
        front = int(random.binomial(len(ids) - keep, 0.5))
        fitted.append(ids[front : front + keep])
    return fitted[0], fitted[1]
