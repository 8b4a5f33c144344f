"""RowMaker: documents to padded rows with hidden words."""

from __future__ import annotations

from collections import Counter
from typing import Any, Dict, List, Sequence, Tuple

import numpy as np

from albert_zoo.data import PretrainingRows
from albert_zoo.pretraining.data_settings import DataSettings
from albert_zoo.pretraining.ngram_masking import NgramMasking, starts_word
from albert_zoo.pretraining.segment_pairs import SegmentPair, SegmentPairs
from albert_zoo.text.sentences import sentences_of

_ROWS_AT_ONCE = 1024


class RowMaker:
    """Turns a block of documents into the rows of a shard, and counts what it did.

    The rows depend on the documents, the settings and the block's number alone.

    Args:
        tokenizer: `AlbertTokenizer`.
        settings: `DataSettings`.

    Raises:
        ValueError: the vocabulary has no `[MASK]`.

    Example:

    >>> from albert_zoo.text import AlbertTokenizer, train_vocabulary
    >>> text = ["A cat sat on a mat. A cat ran, a cat is a cat.", "The cat ran."]
    >>> tokenizer = AlbertTokenizer(train_vocabulary([line.lower() for line in text], 26))
    >>> maker = RowMaker(tokenizer, DataSettings(sequence_length=32, copies=2))
    >>> rows, counts = maker([text], number=0)
    >>> rows.token_ids.shape[1], counts["documents"]
    (32, 1)
    """

    def __init__(self, tokenizer: Any, settings: DataSettings):
        if tokenizer.mask_id == tokenizer.unk_id:
            raise ValueError(
                "`vocabulary` must hold the piece [MASK]. Received: one without. "
                "Train one with `albert-zoo train-tokenizer`."
            )
        self.tokenizer = tokenizer
        self.settings = settings
        self.starts_word = starts_word(tokenizer)
        self.pairs = SegmentPairs(settings.sequence_length, settings.short_rate)
        self.masking = NgramMasking(
            tokenizer.vocabulary_size,
            tokenizer.mask_id,
            settings.mask_rate,
            settings.num_predictions,
            settings.max_ngram,
            first_piece=1 + max(tokenizer.mask_id, tokenizer.cls_id, tokenizer.sep_id),
        )

    def __call__(
        self, documents: Sequence[List[str]], number: int, copies: int = 0
    ) -> Tuple[PretrainingRows, Dict[str, int]]:
        """Makes the rows of a block.

        Args:
            documents: sequence of lists of lines, as `read_documents` yields them.
            number: int, 0 or above. The block's, from which its randomness comes.
            copies: int. How often to go through the documents; 0 for the settings'.

        Returns:
            `(rows, counts)`: `PretrainingRows` in random order, and a dict of int.
        """
        random = np.random.default_rng([self.settings.seed, number])
        encoded = self._encode(documents)
        counts: Counter = Counter(documents=len(documents))
        counts["tokens"] = sum(len(ids) for document in encoded for ids in document)
        counts["sentences"] = sum(map(len, encoded))
        pairs: List[SegmentPair] = []
        for _ in range(copies or self.settings.copies):
            for document in encoded:
                made = list(self.pairs(document, self.starts_word, random))
                counts["documents_without_a_pair"] += not made
                pairs += made
        order = random.permutation(len(pairs))
        parts = [
            self._rows([pairs[i] for i in order[start : start + _ROWS_AT_ONCE]], random)
            for start in range(0, max(len(pairs), 1), _ROWS_AT_ONCE)
        ]
        rows = PretrainingRows(*map(np.concatenate, zip(*parts)))
        counts["rows"] = len(pairs)
        counts["truncated_rows"] = sum(pair.is_truncated for pair in pairs)
        counts["swapped_rows"] = sum(pair.is_swapped for pair in pairs)
        counts["row_tokens"] = int(rows.padding_mask.sum())
        counts["masked_tokens"] = int(rows.mask_weights.sum())
        return rows, dict(counts)

    def _encode(self, documents: Sequence[List[str]]) -> List[List[List[int]]]:
        sentences = [sentences_of(document) for document in documents]
        flat = iter(self.tokenizer.encode([text for document in sentences for text in document]))
        encoded = [[next(flat) for _ in document] for document in sentences]
        return [[ids for ids in document if ids] for document in encoded]

    def _rows(self, pairs: Sequence[SegmentPair], random: np.random.Generator) -> PretrainingRows:
        shape = (len(pairs), self.settings.sequence_length)
        cls, sep = [self.tokenizer.cls_id], [self.tokenizer.sep_id]
        first_lengths = np.array([len(pair.first) + 2 for pair in pairs], "int64")
        lengths = first_lengths + [len(pair.second) + 1 for pair in pairs]
        places = np.arange(shape[1])
        real = places < lengths[:, None]
        token_ids = np.full(shape, self.tokenizer.pad_id, "int32")
        token_ids[real] = [
            token_id
            for pair in pairs
            for part in (cls, pair.first, sep, pair.second, sep)
            for token_id in part
        ]
        special = (places == 0) | (places == first_lengths[:, None] - 1)
        special |= places == lengths[:, None] - 1
        word_starts = self.starts_word[token_ids] & real
        can_be_masked = real & ~special
        masked = self.masking(token_ids, word_starts, can_be_masked, random)
        return PretrainingRows(
            token_ids=masked.token_ids,
            padding_mask=real.astype("int32"),
            segment_ids=(real & (places >= first_lengths[:, None])).astype("int32"),
            word_starts=(word_starts | (special & real)).astype("int32"),
            mask_positions=masked.mask_positions,
            mask_ids=masked.mask_ids,
            mask_weights=masked.mask_weights,
            is_swapped=np.array([pair.is_swapped for pair in pairs], "int32"),
        )
