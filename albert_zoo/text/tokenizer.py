"""ALBERT's SentencePiece tokenizer."""

from __future__ import annotations

import functools
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Sequence, Tuple, Union, overload

import numpy as np
import sentencepiece

from albert_zoo.text.normalization import (
    check_strings,
    graph_normalize,
    import_tensorflow_text,
    normalize_all,
)
from albert_zoo.text.word_ids import WordIds, can_encode, end_to_end

if TYPE_CHECKING:
    import tensorflow as tf

_SPACE = "\u2581"  # SentencePiece writes a space as this sign
_THREADED_BATCH = 64  # fewer texts than this are encoded before the threads have started


class AlbertTokenizer:
    """Turns text into the ids of ALBERT's SentencePiece vocabulary, and back.

    Text is cleaned (see `normalize`), split by SentencePiece, and then pieces that end in a digit
    and a comma are split again, so that "9,000" does not depend on the comma. This is
    `preprocess_text` and `encode_pieces` of google-research/albert tokenization.py; where the
    two differ, the form of TensorFlow's Model Garden is followed (official/nlp/bert
    tokenization.py). `encode` works on Python strings, `tokenize` inside a TensorFlow graph,
    and both give the same ids.

    `[CLS]`, `[SEP]` and `[MASK]` written in a text are text: their ids never come out of it.

    Args:
        model: Path of a `.model` (or `.spm`) file, or its content as bytes. `None` leaves the
            tokenizer empty until `set_vocabulary` is called.
        lowercase: bool. Whether to lower-case the text. The published vocabularies have no
            capitals and need it.

    Raises:
        ValueError: `model` is no SentencePiece model, or lacks `<pad>`, `[CLS]` or `[SEP]`.

    Example:

    >>> from albert_zoo.text import train_vocabulary
    >>> model = train_vocabulary(["a cat sat on a mat, a cat ran, a cat is a cat."], 25)
    >>> tokenizer = AlbertTokenizer(model)
    >>> ids = tokenizer.encode("A  Cat sat")
    >>> tokenizer.decode(ids)
    'a cat sat'
    >>> len(tokenizer.encode(["a cat", "a mat", ""]))
    3

    References:
        - [ALBERT (Lan et al., 2019)](https://arxiv.org/abs/1909.11942)
        - [SentencePiece (Kudo and Richardson, 2018)](https://arxiv.org/abs/1808.06226)
    """

    def __init__(
        self, model: Optional[Union[str, os.PathLike, bytes]] = None, lowercase: bool = True
    ):
        self.lowercase = lowercase
        self._model_proto: Optional[bytes] = None
        if model is not None:
            self.set_vocabulary(model)

    def set_vocabulary(self, model: Union[str, os.PathLike, bytes]) -> None:
        """Loads a SentencePiece model from a path or from bytes."""
        if isinstance(model, bytes):
            source, proto = f"{len(model)} bytes", model
        else:
            source, proto = os.fspath(model), Path(model).read_bytes()
        processor = _load(proto, source)
        self.pad_id, self.cls_id, self.sep_id = (
            _special_id(processor, piece, source) for piece in ("<pad>", "[CLS]", "[SEP]")
        )
        self.unk_id = processor.unk_id()
        self.mask_id = processor.piece_to_id("[MASK]")  # the unknown id where there is none
        self._processor = processor
        self._model_proto = proto
        self._graph_tokenizer: Any = None
        pieces = processor.id_to_piece(list(range(len(processor))))
        self._replacements = _split_digit_commas(processor, pieces)
        split = functools.partial(processor.encode, out_type=str)
        self._words = WordIds(self._encode_whole, pieces) if can_encode(pieces, split) else None
        table = [self._replacements.get(old, [old]) for old in range(len(processor))]
        self._replacement_table = end_to_end(table)

    @property
    def model_proto(self) -> Optional[bytes]:
        """The SentencePiece model as bytes, as it was loaded; None before it is."""
        return self._model_proto

    @property
    def vocabulary_size(self) -> int:
        """Number of pieces."""
        return len(self._loaded())

    def id_to_piece(self, token_id: int) -> str:
        """Returns the piece of an id, `"▁the"` for instance."""
        return self._loaded().id_to_piece(int(token_id))

    def piece_to_id(self, piece: str) -> int:
        """Returns the id of a piece, or `unk_id` if the vocabulary lacks it."""
        return self._loaded().piece_to_id(piece)

    @overload
    def encode(self, texts: str) -> List[int]: ...  # type: ignore[overload-overlap]

    @overload
    def encode(self, texts: Sequence[str]) -> List[List[int]]: ...

    def encode(self, texts: Union[str, Sequence[str]]) -> Any:
        """Turns text into ids, without `[CLS]` and `[SEP]`.

        Args:
            texts: str, or a sequence of str. A long sequence is spread over the processors.

        Returns:
            list of int for one text; a list of such lists for a sequence.

        Raises:
            TypeError: an element is not a str.
        """
        if isinstance(texts, str):
            return self.encode([texts])[0]
        flat, lengths = self.pack(list(texts))
        ids, ends = flat.tolist(), np.cumsum(lengths).tolist()
        return [ids[start:end] for start, end in zip([0, *ends], ends)]

    def pack(self, texts: Sequence[str]) -> Tuple[np.ndarray, np.ndarray]:
        """Turns texts into ids that are laid end to end; the fast form of `encode`.

        Args:
            texts: sequence of str.

        Returns:
            int32 array `(num_ids,)`, and int64 array `(num_texts,)`, how many ids each text has.

        Raises:
            TypeError: an element is not a str.
        """
        check_strings(texts, "texts")
        self._loaded()
        if self._words is not None:
            return self._words.pack(texts)
        return end_to_end(self._encode_whole(texts))

    def _encode_whole(self, texts: Sequence[str]) -> List[List[int]]:
        num_threads = (os.cpu_count() or 1) if len(texts) >= _THREADED_BATCH else 1
        rows = self._processor.encode(normalize_all(texts, self.lowercase), num_threads=num_threads)
        replacements = self._replacements
        unaffected = replacements.keys().isdisjoint
        return [
            row
            if unaffected(row)
            else [new for old in row for new in replacements.get(old, (old,))]
            for row in rows
        ]

    def decode(self, token_ids: Any) -> Union[str, List[str]]:
        """Turns ids back into (cleaned) text; padding, `[CLS]` and the like are left out.

        Args:
            token_ids: Sequence of int, or a sequence of such sequences. Arrays do.

        Returns:
            str, or a list of str.
        """
        decode = self._loaded().decode
        rows = list(token_ids)
        if rows and np.ndim(rows[0]):
            return [decode([int(token_id) for token_id in row]) for row in rows]
        return decode([int(token_id) for token_id in rows])

    def tokenize(self, texts: tf.Tensor) -> tf.RaggedTensor:
        """Turns a string tensor into ids with TensorFlow ops; the same ids as `encode`.

        Args:
            texts: String tensor of shape `(batch_size,)`.

        Returns:
            `tf.RaggedTensor` of shape `(batch_size, None)`, int32.

        Raises:
            ImportError: `tensorflow-text` is not installed.
            ValueError: `texts` has another type or shape.
        """
        import tensorflow as tf

        texts = tf.convert_to_tensor(texts)
        if texts.dtype != tf.string or texts.shape.rank not in (1, None):
            raise ValueError(
                f"`texts` must be a string tensor of shape (batch_size,). "
                f"Received: shape {texts.shape} of type {texts.dtype.name}."
            )
        ids = self.graph_tokenizer.tokenize(graph_normalize(texts, self.lowercase))
        if not self._replacements:
            return ids
        # One row an id, itself or what replaces it: a lookup, where `encode` tests and loops.
        table = tf.RaggedTensor.from_row_lengths(*self._replacement_table, validate=False)
        return ids.with_values(tf.gather(table, ids.values)).merge_dims(1, 2)

    @property
    def graph_tokenizer(self) -> Any:
        """The `tensorflow_text.SentencepieceTokenizer` behind `tokenize`, made when first used.

        An exported module must hold it as an attribute, so that the vocabulary is saved with it.
        """
        import tensorflow as tf

        self._loaded()
        with tf.init_scope():  # it must outlive the function that is being traced
            if self._graph_tokenizer is not None:
                try:
                    self._graph_tokenizer.tokenize("")
                except tf.errors.NotFoundError:  # Keras' clear_session() has destroyed it
                    self._graph_tokenizer = None
            if self._graph_tokenizer is None:
                self._graph_tokenizer = import_tensorflow_text().SentencepieceTokenizer(
                    self._model_proto, out_type=tf.int32
                )
        return self._graph_tokenizer

    def get_config(self) -> Dict[str, Any]:
        """Returns the arguments, without the vocabulary."""
        return {"lowercase": self.lowercase}

    def __getstate__(self) -> Dict[str, Any]:
        return {"model": self._model_proto, "lowercase": self.lowercase}

    def __setstate__(self, state: Dict[str, Any]) -> None:
        AlbertTokenizer.__init__(self, **state)

    def _loaded(self) -> sentencepiece.SentencePieceProcessor:
        if self._model_proto is None:
            raise ValueError(
                "`AlbertTokenizer` must have a vocabulary before use. Received: none. "
                "Pass `model`, or call `set_vocabulary(model)`."
            )
        return self._processor


def _load(proto: bytes, source: str) -> sentencepiece.SentencePieceProcessor:
    try:
        # Empty bytes would pass for a processor that is not loaded yet.
        processor = sentencepiece.SentencePieceProcessor(model_proto=proto or b"empty")
        processor.id_to_piece(list(range(len(processor))))  # fails if one is not UTF-8
        return processor
    except (RuntimeError, UnicodeDecodeError):
        raise _unreadable(source) from None


def _unreadable(source: str) -> ValueError:
    return ValueError(
        f"`model` must be a SentencePiece model. Received: {source}, which cannot be read as one. "
        "Pass the vocabulary's `.model` or `.spm` file."
    )


def _special_id(processor: sentencepiece.SentencePieceProcessor, piece: str, source: str) -> int:
    token_id = processor.piece_to_id(piece)
    if processor.id_to_piece(token_id) != piece:
        raise ValueError(
            f"`model` must hold the pieces `<pad>`, `[CLS]` and `[SEP]`. Received: {source}, "
            f"without `{piece}`. Train it with ALBERT's flags (see `train_vocabulary`)."
        )
    return token_id


def _split_digit_commas(
    processor: sentencepiece.SentencePieceProcessor, all_pieces: Sequence[str]
) -> Dict[int, List[int]]:
    """Maps each piece that ends in a digit and a comma to the ids that replace it.

    The original does this piece by piece while it encodes (`encode_pieces`). What comes out
    depends on the piece alone, so it is worked out once.
    """
    comma = processor.piece_to_id(",")
    replacements = {}
    for token_id, piece in enumerate(all_pieces):
        if len(piece) < 2 or piece[-1] != "," or not piece[-2].isdigit():
            continue
        pieces = processor.encode(piece[:-1].replace(_SPACE, ""), out_type=str)
        if not piece.startswith(_SPACE) and pieces[0].startswith(_SPACE):
            pieces[0] = pieces[0][1:]
        replacements[token_id] = [processor.piece_to_id(new) for new in pieces if new] + [comma]
    return replacements
