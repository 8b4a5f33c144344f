"""WordIds: texts to ids by way of their words, each of which is encoded once."""

from __future__ import annotations

import itertools
import re
import threading
from typing import Callable, Dict, List, Sequence, Tuple

import numpy as np

Encode = Callable[[Sequence[str]], List[List[int]]]

_MOST_WORDS = 1 << 18  # some 60 MB
_SPACE = "\u2581"
# A word such as "!!!" splits into the same pieces in another order, at the same score. Which order
# wins depends on rounding, and so on what stands before the word.
_REPEATS = re.compile(r"(.)\1\1|(..+?)\2", re.DOTALL)


class WordIds:
    """Encodes texts word by word and remembers every word.

    No piece of a vocabulary trained with ALBERT's flags reaches over a space, so the best pieces of
    a text are the best pieces of its words, one after another. Language repeats itself: most words
    of a chunk were met before, and looking one up takes a fraction of the time of encoding it.

    Words whose pieces could depend on their neighbours (they repeat themselves, or hold U+2581,
    SentencePiece's own sign for a space) are left to the whole text's encoding. `can_encode` says
    which vocabularies are of this kind.

    Args:
        encode: function of a list of str that returns a list of lists of ids, with the text
            cleaned and everything else done.
        most_words: int. Words to remember; when there are more, all are forgotten.

    Example:

    >>> words = WordIds(lambda texts: [[len(word) for word in text.split()] for text in texts])
    >>> ids, lengths = words.pack(["a cat", "", "a mouse ran"])
    >>> ids.tolist(), lengths.tolist()
    ([1, 3, 1, 5, 3], [2, 0, 3])
    """

    def __init__(self, encode: Encode, most_words: int = _MOST_WORDS):
        self._encode = encode
        self._most_words = most_words
        self._lock = threading.Lock()
        self._forget()

    def _forget(self) -> None:
        self._index: Dict[str, int] = {}
        self._ids = np.empty(0, "int32")
        self._starts = np.zeros(1, "int64")  # word 0 has no ids
        self._lengths = np.zeros(1, "int64")
        self._alone = np.ones(1, "bool")  # whether the word may be encoded alone

    def pack(self, texts: Sequence[str]) -> Tuple[np.ndarray, np.ndarray]:
        """Encodes texts.

        Args:
            texts: sequence of str.

        Returns:
            int32 array `(num_ids,)`, the ids of all texts end to end, and int64 array
            `(num_texts,)`, how many each text has.
        """
        words_of = [text.split() for text in texts]
        counts = np.fromiter(map(len, words_of), "int64", len(words_of))
        words = list(itertools.chain.from_iterable(words_of))
        with self._lock:
            if len(self._index) > self._most_words:
                self._forget()
            index = self._look_up(words)
            ids, starts, lengths, alone = self._ids, self._starts, self._lengths, self._alone
        if not alone[index].all():
            index, ids, starts, lengths = self._with_whole_texts(texts, counts, index)
        word_lengths = lengths[index]
        sums = np.concatenate(([0], np.cumsum(word_lengths)))
        ends = np.cumsum(counts)
        return ids[ranges(starts[index], word_lengths)], sums[ends] - sums[ends - counts]

    def _look_up(self, words: List[str]) -> np.ndarray:
        known = self._index
        index = np.fromiter(map(known.get, words, itertools.repeat(-1)), "int64", len(words))
        missing = np.flatnonzero(index < 0).tolist()
        if missing:
            self._add(list(dict.fromkeys([words[place] for place in missing])))
            index[missing] = [known[words[place]] for place in missing]
        return index

    def _add(self, words: List[str]) -> None:
        rows = self._encode(words)
        lengths = np.fromiter(map(len, rows), "int64", len(rows))
        flat = np.fromiter(itertools.chain.from_iterable(rows), "int32", int(lengths.sum()))
        alone = np.ones(len(words), "bool")
        for place in np.flatnonzero(lengths > 1).tolist():
            word = words[place]
            alone[place] = _SPACE not in word and not _REPEATS.search(word)
        self._index.update(zip(words, itertools.count(len(self._starts))))
        starts = np.cumsum(lengths) - lengths + len(self._ids)
        self._ids = np.concatenate((self._ids, flat))
        self._starts = np.concatenate((self._starts, starts))
        self._lengths = np.concatenate((self._lengths, lengths))
        self._alone = np.concatenate((self._alone, alone))

    def _with_whole_texts(
        self, texts: Sequence[str], counts: np.ndarray, index: np.ndarray
    ) -> Tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Puts each text that must be encoded whole in the place of its first word."""
        text_of = np.repeat(np.arange(len(texts)), counts)
        whole = np.unique(text_of[~self._alone[index]])
        rows = self._encode([texts[number] for number in whole.tolist()])
        row_lengths = np.fromiter(map(len, rows), "int64", len(rows))
        flat = np.fromiter(itertools.chain.from_iterable(rows), "int32", int(row_lengths.sum()))
        index = np.where(np.isin(text_of, whole), 0, index)
        index[(np.cumsum(counts) - counts)[whole]] = len(self._starts) + np.arange(len(whole))
        starts = np.cumsum(row_lengths) - row_lengths + len(self._ids)
        return (
            index,
            np.concatenate((self._ids, flat)),
            np.concatenate((self._starts, starts)),
            np.concatenate((self._lengths, row_lengths)),
        )


def ranges(starts: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Returns `start, start + 1, ...` for each start, `length` numbers of each, end to end.

    Example:

    >>> ranges(np.array([5, 0]), np.array([2, 3])).tolist()
    [5, 6, 0, 1, 2]
    """
    before = np.cumsum(lengths) - lengths
    return np.repeat(starts - before, lengths) + np.arange(int(lengths.sum()))


def can_encode(pieces: Sequence[str], split: Callable[[str], Sequence[str]]) -> bool:
    """Says whether a vocabulary's pieces never depend on what stands before a space.

    Args:
        pieces: every piece of the vocabulary.
        split: function from a text to its pieces.
    """
    if _SPACE not in pieces or any(_SPACE in piece[1:] for piece in pieces):
        return False
    # The normalizer must drop superfluous spaces and put one in front.
    return "".join(split(" a  a ")) == f"{_SPACE}a{_SPACE}a"
