"""WordIds: texts to ids by way of their words, each of which is encoded once."""

from __future__ import annotations

import itertools
import re
import threading
from collections import defaultdict
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

import numpy as np

Encode = Callable[[Sequence[str]], List[List[int]]]

_MOST_WORDS = 1 << 18  # some 60 MB
_TEXTS = 64  # texts whose words are split at a time: they stay in the processor's cache
_TOGETHER = 16  # words that are encoded as one text: the call costs as much as the work
_SPACE = "\u2581"
# A word such as "!!!" splits into the same pieces in another order, at the same score. Which order
# wins depends on rounding, and so on what stands before the word. For words, a line each.
_NOT_ALONE = re.compile(rf"{_SPACE}|([^\n])\1\1|([^\n][^\n]+?)\2")


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
        pieces: every piece of the vocabulary, in the order of their ids. With them new words are
            encoded several at a time; `None` encodes each by itself.
        most_words: int. Words to remember; when there are more, all are forgotten.

    Example:

    >>> words = WordIds(lambda texts: [[len(word) for word in text.split()] for text in texts])
    >>> ids, lengths = words.pack(["a cat", "", "a mouse ran"])
    >>> ids.tolist(), lengths.tolist()
    ([1, 3, 1, 5, 3], [2, 0, 3])
    """

    def __init__(
        self,
        encode: Encode,
        pieces: Optional[Sequence[str]] = None,
        most_words: int = _MOST_WORDS,
    ):
        self._encode = encode
        self._begins: Any = None  # bool array, which pieces begin a word
        if pieces is not None:
            self._begins = np.array([piece.startswith(_SPACE) for piece in pieces])
        self._most_words = most_words
        self._lock = threading.Lock()
        self._forget()

    def _forget(self) -> None:
        # A word that is looked up for the first time gets the next number.
        self._numbers: Dict[str, int] = defaultdict(itertools.count(1).__next__)
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
        with self._lock:
            if len(self._numbers) > self._most_words:
                self._forget()
            counts, index = self._look_up(texts)
            ids, starts, lengths = self._ids, self._starts, self._lengths
            if not self._alone[index].all():
                index, ids, starts, lengths = self._with_whole_texts(texts, counts, index)
        word_lengths = lengths[index]
        sums = np.concatenate(([0], np.cumsum(word_lengths)))
        ends = np.cumsum(counts)
        return ids[ranges(starts[index], word_lengths)], sums[ends] - sums[ends - counts]

    def _look_up(self, texts: Sequence[str]) -> Tuple[np.ndarray, np.ndarray]:
        """Returns how many words each text has, and their numbers; encodes the new ones."""
        counts, numbers = [np.empty(0, "int64")], [np.empty(0, "int64")]
        number_of = self._numbers.__getitem__
        try:
            for first in range(0, len(texts), _TEXTS):
                words = [text.split() for text in texts[first : first + _TEXTS]]
                counts.append(np.fromiter(map(len, words), "int64", len(words)))
                each = itertools.chain.from_iterable(words)
                numbers.append(np.fromiter(map(number_of, each), "int64", int(counts[-1].sum())))
            new = len(self._numbers) + 1 - len(self._starts)
            if new:
                self._add(list(itertools.islice(reversed(self._numbers), new))[::-1])
        except BaseException:
            self._forget()  # numbers without ids
            raise
        return np.concatenate(counts), np.concatenate(numbers)

    def _add(self, words: List[str]) -> None:
        flat, lengths = self._encode_words(words)
        alone = np.ones(len(words), "bool")
        several = np.flatnonzero(lengths > 1)
        alone[several] = _may_be_alone([words[place] for place in several.tolist()])
        starts = np.cumsum(lengths) - lengths + len(self._ids)
        self._ids = np.concatenate((self._ids, flat))
        self._starts = np.concatenate((self._starts, starts))
        self._lengths = np.concatenate((self._lengths, lengths))
        self._alone = np.concatenate((self._alone, alone))

    def _encode_words(self, words: List[str]) -> Tuple[np.ndarray, np.ndarray]:
        """Returns the ids of all words end to end, and how many each has."""
        if self._begins is None:
            return self._encode_flat(words)
        # Of other than printable ASCII characters, cleaning may leave nothing, or spaces.
        plain = np.fromiter(map(str.isascii, words), "bool", len(words))
        plain &= np.fromiter(map(str.isprintable, words), "bool", len(words))
        lengths = np.empty(len(words), "int64")
        ids: List[np.ndarray] = []
        for encode, chosen in ((self._encode_together, plain), (self._encode_flat, ~plain)):
            flat, lengths[chosen] = encode(list(itertools.compress(words, chosen)))
            ids.append(flat)
        is_plain = np.repeat(plain, lengths)
        flat = np.empty(len(is_plain), "int32")
        flat[is_plain], flat[~is_plain] = ids
        return flat, lengths

    def _encode_flat(self, texts: Sequence[str]) -> Tuple[np.ndarray, np.ndarray]:
        return end_to_end(self._encode(texts))

    def _encode_together(self, words: List[str]) -> Tuple[np.ndarray, np.ndarray]:
        """Encodes words some at a time, and tells them apart by the pieces that begin a word."""
        texts = [
            " ".join(words[first : first + _TOGETHER]) for first in range(0, len(words), _TOGETHER)
        ]
        flat, lengths = self._encode_flat(texts)
        starts = np.flatnonzero(self._begins[flat])
        text_of = np.repeat(np.arange(len(texts)), lengths)[starts]
        found = np.bincount(text_of, minlength=len(texts))
        wanted = np.bincount(np.arange(len(words)) // _TOGETHER)
        if (found != wanted).any():  # a vocabulary that drops characters of these
            return self._encode_flat(words)
        return flat, np.diff(np.append(starts, len(flat)))

    def _with_whole_texts(
        self, texts: Sequence[str], counts: np.ndarray, index: np.ndarray
    ) -> Tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Puts each text that must be encoded whole in the place of its first word."""
        text_of = np.repeat(np.arange(len(texts)), counts)
        is_whole = np.zeros(len(texts), "bool")
        is_whole[text_of[~self._alone[index]]] = True
        whole = np.flatnonzero(is_whole)
        flat, row_lengths = self._encode_flat([texts[number] for number in whole.tolist()])
        index = np.where(is_whole[text_of], 0, index)
        index[(np.cumsum(counts) - counts)[whole]] = len(self._starts) + np.arange(len(whole))
        starts = np.cumsum(row_lengths) - row_lengths + len(self._ids)
        return (
            index,
            np.concatenate((self._ids, flat)),
            np.concatenate((self._starts, starts)),
            np.concatenate((self._lengths, row_lengths)),
        )


def _may_be_alone(words: List[str]) -> np.ndarray:
    """Says of each word whether its pieces are the same wherever it stands."""
    alone = np.ones(len(words), "bool")
    ends = np.cumsum(np.fromiter(map(len, words), "int64", len(words)) + 1)
    found = [match.start() for match in _NOT_ALONE.finditer("\n".join(words))]
    alone[np.searchsorted(ends, found, side="right")] = False
    return alone


def end_to_end(rows: Sequence[Sequence[int]]) -> Tuple[np.ndarray, np.ndarray]:
    """Returns the ids of all rows end to end, and how many each has."""
    lengths = np.fromiter(map(len, rows), "int64", len(rows))
    flat = np.fromiter(itertools.chain.from_iterable(rows), "int32", int(lengths.sum()))
    return flat, lengths


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
