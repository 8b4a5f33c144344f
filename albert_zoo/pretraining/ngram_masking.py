"""NgramMasking: chooses the words of a batch that the model must guess."""

from __future__ import annotations

from typing import Any, NamedTuple, Optional

import numpy as np

_SIGNS = frozenset('!"#$%&"()*+,-./:;?@[\\]^_`{|}~')
_INNER = _SIGNS | frozenset("abcdefghijklmnopqrstuvwxyz")


class MaskedRows(NamedTuple):
    """What `NgramMasking` makes of a batch.

    Attributes:
        token_ids: int32 array `(num_rows, sequence_length)`, the ids with words hidden.
        mask_positions: int32 array `(num_rows, max_predictions)`, ascending; 0 at spare places.
        mask_ids: int32 array of that shape, what stood there; 0 at spare places.
        mask_weights: float32 array of that shape, 1 at masked pieces and 0 at spare places.
    """

    token_ids: np.ndarray
    mask_positions: np.ndarray
    mask_ids: np.ndarray
    mask_weights: np.ndarray


def starts_word(tokenizer: Any) -> np.ndarray:
    """Says of every piece of a vocabulary whether a word starts with it.

    Only a piece of letters, and signs between them, can go on a word. Re-implements
    `_is_start_piece_sp` of google-research/albert create_pretraining_data.py.

    Args:
        tokenizer: `AlbertTokenizer`.

    Returns:
        bool array `(vocabulary_size,)`.
    """
    pieces = map(tokenizer.id_to_piece, range(tokenizer.vocabulary_size))
    return np.array(
        [
            piece[:1] in ("\u2581", "<") or piece in _SIGNS or not _INNER.issuperset(piece.lower())
            for piece in pieces
        ]
    )


class NgramMasking:
    """Hides runs of one to three whole words until a share of a row's pieces is hidden.

    The words of a row are tried in random order. At each a run of `n` words is drawn with
    probability proportional to `1 / n`, shortened while it goes beyond the row's budget of
    `min(max_predictions, round(mask_rate * length))` pieces, and left alone where it meets a hidden
    word. Of the hidden pieces 80 % become `[MASK]`, 10 % a random piece, 10 % stay. Re-implements
    `create_masked_lm_predictions` of google-research/albert create_pretraining_data.py, all rows
    of a batch at once.

    Args:
        vocabulary_size: int. Number of ids.
        mask_id: int. The id of `[MASK]`.
        mask_rate: float in (0, 1). Share of a row's pieces to hide.
        max_predictions: int above 0. Pieces of a row that are hidden at the most.
        max_ngram: int above 0. Words in a run at the most.
        first_piece: int. Random pieces are drawn from this id on; those below are control symbols.

    Call arguments:
        token_ids: int array `(num_rows, sequence_length)`.
        word_starts: bool array of that shape, true at the first piece of each word.
        can_be_masked: bool array of that shape; false at `[CLS]`, `[SEP]` and padding.
        random: `numpy.random.Generator`.

    Raises:
        ValueError: an argument is out of range.

    Example:

    >>> masking = NgramMasking(vocabulary_size=50, mask_id=4, max_predictions=2)
    >>> ids = np.array([[2, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 3]])
    >>> words = np.isin(ids, (2, 3), invert=True)
    >>> rows = masking(ids, words, words, np.random.default_rng(0))
    >>> int(rows.mask_weights.sum()), (rows.mask_ids == ids[0][rows.mask_positions]).all()
    (2, np.True_)
    """

    def __init__(
        self,
        vocabulary_size: int,
        mask_id: int,
        mask_rate: float = 0.15,
        max_predictions: int = 20,
        max_ngram: int = 3,
        first_piece: int = 5,
    ):
        if not 0 < mask_rate < 1:
            raise ValueError(
                f"`mask_rate` must be a fraction in (0, 1). Received: {mask_rate}. Give 0.15."
            )
        for name, value in (("max_predictions", max_predictions), ("max_ngram", max_ngram)):
            if value < 1:
                raise ValueError(f"`{name}` must be above 0. Received: {name}={value}.")
        self.vocabulary_size = vocabulary_size
        self.mask_id = mask_id
        self.mask_rate = mask_rate
        self.max_predictions = max_predictions
        self.max_ngram = max_ngram
        self.first_piece = first_piece
        chances = 1.0 / np.arange(1, max_ngram + 1)
        # Row k: the distribution of n where k words are left, summed up for a lookup.
        self._cumulative = np.array(
            [
                np.cumsum(chances[:k]).tolist() + [np.inf] * (max_ngram - k)
                for k in range(1, 1 + max_ngram)
            ]
        )
        self._totals = np.cumsum(chances)

    def __call__(
        self,
        token_ids: Any,
        word_starts: Any,
        can_be_masked: Any,
        random: np.random.Generator,
        max_predictions: Optional[int] = None,
    ) -> MaskedRows:
        """Hides words; see the class. `max_predictions` overrides the class' for this batch."""
        most = self.max_predictions if max_predictions is None else max_predictions
        token_ids = np.asarray(token_ids, "int32")
        can_be_masked = np.asarray(can_be_masked, bool)
        lengths = can_be_masked.sum(axis=1) + _specials_of(token_ids, can_be_masked)
        budgets = np.minimum(
            most, np.maximum(1, np.round(lengths * self.mask_rate).astype("int64"))
        )
        # The first piece that can be masked starts a word, whatever was cut off before it.
        starts = np.asarray(word_starts, bool) & can_be_masked
        starts |= can_be_masked & (np.cumsum(can_be_masked, axis=1) == 1)
        words = np.where(can_be_masked, np.cumsum(starts, axis=1) - 1, -1)  # (rows, length)
        chosen = self._choose(words, budgets, random)
        hidden = can_be_masked & np.take_along_axis(chosen, np.maximum(words, 0), axis=1)
        return self._hide(token_ids, hidden, most, random)

    def _choose(self, words: np.ndarray, budgets: np.ndarray, random: Any) -> np.ndarray:
        """Returns which words are hidden, bool `(num_rows, most words in a row + max_ngram)`."""
        num_rows = len(words)
        counts = words.max(axis=1, initial=-1) + 1  # words of each row
        width = int(counts.max(initial=0)) + self.max_ngram
        sizes = np.zeros((num_rows, width), "int64")  # pieces of each word
        rows, places = np.nonzero(words >= 0)
        np.add.at(sizes, (rows, words[rows, places]), 1)
        # Pieces before each word, so that a run's size is a difference.
        before = np.concatenate(
            [np.zeros((num_rows, 1), "int64"), np.cumsum(sizes, axis=1)], axis=1
        )
        keys = random.random((num_rows, width))
        keys[np.arange(width) >= counts[:, None]] = 2.0  # no word: last in the order
        order = np.argsort(keys, axis=1)
        draws = random.random((num_rows, width))

        chosen = np.zeros((num_rows, width), bool)
        left = budgets.copy()
        active = np.nonzero((counts > 0) & (left > 0))[0]
        steps = np.arange(1, self.max_ngram + 1)
        for turn in range(width):
            active = active[(left[active] > 0) & (turn < counts[active])]
            if not len(active):
                break
            word = order[active, turn]
            reach = np.minimum(self.max_ngram, counts[active] - word)
            draw = draws[active, turn] * self._totals[reach - 1]
            n = 1 + (draw[:, None] >= self._cumulative[reach - 1]).sum(axis=1)
            ends = np.minimum(word[:, None] + steps, width)  # (active, max_ngram)
            run_sizes = before[active[:, None], ends] - before[active, word][:, None]
            fits = (run_sizes <= left[active][:, None]) & (steps <= n[:, None])
            n = fits.sum(axis=1)
            within = steps <= n[:, None]
            meets = (chosen[active[:, None], ends - 1] & within).any(axis=1)
            takes = (n > 0) & ~meets
            taken_rows, n, word = active[takes], n[takes], word[takes]
            for step in range(self.max_ngram):
                long_enough = n > step
                chosen[taken_rows[long_enough], word[long_enough] + step] = True
            left[taken_rows] -= run_sizes[takes, n - 1]
        return chosen

    def _hide(
        self, token_ids: np.ndarray, hidden: np.ndarray, most: int, random: Any
    ) -> MaskedRows:
        shape = (len(token_ids), most)
        rows, places = np.nonzero(hidden)
        originals = token_ids[rows, places]
        kinds = random.random(len(rows))
        pieces = random.integers(self.first_piece, self.vocabulary_size, len(rows))
        hidden_ids = np.where(kinds < 0.8, self.mask_id, np.where(kinds < 0.9, originals, pieces))
        masked = token_ids.copy()
        masked[rows, places] = hidden_ids
        spots = np.cumsum(hidden, axis=1)[rows, places] - 1
        positions, ids = np.zeros(shape, "int32"), np.zeros(shape, "int32")
        weights = np.zeros(shape, "float32")
        positions[rows, spots] = places
        ids[rows, spots] = originals
        weights[rows, spots] = 1.0
        return MaskedRows(masked, positions, ids, weights)


def _specials_of(token_ids: np.ndarray, can_be_masked: np.ndarray) -> np.ndarray:
    """Counts `[CLS]` and `[SEP]` of each row: what cannot be masked up to the last real token."""
    last = token_ids.shape[1] - np.argmax(can_be_masked[:, ::-1], axis=1)
    inner = np.arange(token_ids.shape[1]) < last[:, None]
    return (inner & ~can_be_masked).sum(axis=1) + 1  # the last [SEP] stands after it
