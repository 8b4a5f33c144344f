"""What a SentencePiece model file holds: its pieces, and how it cleans text. Read and written.

The file is a protocol buffer, google/sentencepiece src/sentencepiece_model.proto. The few fields
that are needed are handled here, since the classes that the package brings for them need a
`protobuf` of the right age.
"""

from __future__ import annotations

import struct
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from albert_zoo.checkpoints.protobuf import fields_of

NORMAL, UNKNOWN, CONTROL, USER_DEFINED = 1, 2, 3, 4
"""Types of a piece."""

_UNIGRAM = 1


class SentencePieceModel(NamedTuple):
    """The parts of a model that other tokenizers need; a piece's id is its place in the lists.

    Args:
        texts: list of str, the pieces.
        scores: list of float, their log probabilities.
        types: list of int, such as `USER_DEFINED`.
        character_map: bytes, the table by which text is normalized first.
    """

    texts: List[str]
    scores: List[float]
    types: List[int]
    character_map: bytes


def parse_sentencepiece(serialized: bytes) -> Optional[SentencePieceModel]:
    """Reads a unigram model.

    Args:
        serialized: bytes of the file.

    Returns:
        `SentencePieceModel`, or `None` if the bytes are none, or of another kind such as BPE.
    """
    try:
        whole = list(fields_of(serialized))
        parts = {number: dict(fields_of(value)) for number, value in whole if number in (2, 3)}
        pieces = [_piece(dict(fields_of(value))) for number, value in whole if number == 1]
        character_map = parts.get(3, {}).get(2, b"")
        if not isinstance(character_map, bytes):
            return None
    except (ValueError, IndexError, KeyError, TypeError, struct.error):
        return None
    if not pieces or parts.get(2, {}).get(3, _UNIGRAM) != _UNIGRAM:
        return None
    texts, scores, types = (list(column) for column in zip(*pieces))
    return SentencePieceModel(texts, scores, types, character_map)


def serialize_sentencepiece(model: SentencePieceModel) -> bytes:
    """Writes a unigram model, the inverse of `parse_sentencepiece`.

    Args:
        model: `SentencePieceModel`.

    Returns:
        bytes that the package `sentencepiece` loads, with ALBERT's flags for spaces.
    """
    parts = []
    for text, score, kind in zip(model.texts, model.scores, model.types):
        content = _bytes_field(1, text.encode("utf-8")) + b"\x15" + struct.pack("<f", score)
        parts.append(_bytes_field(1, content + _int_field(3, kind)))
    trainer = _int_field(3, _UNIGRAM) + _int_field(4, len(model.texts))
    spaces = b"".join(_int_field(number, 1) for number in (3, 4, 5))
    normalizer = _bytes_field(1, b"nmt_nfkc") + _bytes_field(2, model.character_map) + spaces
    return b"".join(parts) + _bytes_field(2, trainer) + _bytes_field(3, normalizer)


def vocabulary_text(model: SentencePieceModel) -> str:
    """Returns what SentencePiece writes as `.vocab` beside a model: pieces and scores."""
    return "".join(f"{text}\t{score:g}\n" for text, score in zip(model.texts, model.scores))


def _bytes_field(number: int, value: bytes) -> bytes:
    return _as_varint(number << 3 | 2) + _as_varint(len(value)) + value


def _int_field(number: int, value: int) -> bytes:
    return _as_varint(number << 3) + _as_varint(value)


def _as_varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def _piece(fields: Dict[int, Any]) -> Tuple[str, float, int]:
    (score,) = struct.unpack("<f", fields.get(2, b"\0\0\0\0"))
    text, kind = fields[1], fields.get(3, NORMAL)
    if not isinstance(text, bytes) or not isinstance(kind, int):
        raise ValueError("no piece")  # bytes() of a number would take that much memory
    return text.decode("utf-8"), score, kind
