"""Rows as the bytes of a TFRecord file, many at a time and without TensorFlow.

A TFRecord file is a series of records: the length (8 bytes, little endian), a checksum of the
length, the data, a checksum of the data (tensorflow/core/lib/io/record_writer.cc). The data are
`tf.train.Example` messages (tensorflow/core/example/example.proto).
"""

from __future__ import annotations

import functools
import itertools
import struct
from typing import Any, Dict, List, Optional, Sequence, Tuple

import numpy as np

from albert_zoo.text import PackedIds

_POLYNOMIAL = 0x82F63B78  # Castagnoli's, its bits reversed
_LARGEST_ID = 1 << 28  # four bytes of seven bits


def examples(
    packed: PackedIds,
    labels: Optional[Sequence[Any]],
    sequence_length: int,
    regression: bool = False,
    first_example_id: Optional[int] = None,
    weights: Optional[Sequence[Optional[float]]] = None,
    pad_id: int = 0,
) -> List[bytes]:
    """Turns rows into `tf.train.Example` messages, their features in alphabetical order.

    Args:
        packed: `PackedIds`; segment 1 begins at `first_lengths`.
        labels: classes or scores; None stands for 0 in all of them.
        sequence_length: int. Tokens each row is padded to.
        regression: bool. Whether labels are written as floats.
        first_example_id: int. Number of the first row in `example_id`, or None for no such feature.
        weights: floats or None, one a row. None for no such feature at all.
        pad_id: int. The id that fills a row.

    Returns:
        list of bytes, a message each.

    Raises:
        ValueError: a row is longer than `sequence_length`, or an id is negative or too large.
    """
    _check(packed, sequence_length)
    ids, id_ends = varints(np.asarray(packed.token_ids))
    ends = np.concatenate(([0], id_ends))[np.cumsum(packed.lengths)].tolist()
    pad, _ = varints(np.array([pad_id]))
    masks, segments_head = _flags(sequence_length)
    zeros, ones = bytes(sequence_length), b"\x01" * sequence_length
    numbers = [b""] * len(ends)
    if first_example_id is not None:
        numbers = _example_ids(first_example_id, len(ends))
    rows: List[bytes] = []
    start = 0
    label_of = [0] * len(ends) if labels is None else labels
    for number, (end, length, first, label) in enumerate(
        zip(ends, packed.lengths.tolist(), packed.first_lengths.tolist(), label_of)
    ):
        padding = pad * (sequence_length - length)
        parts = [
            numbers[number],
            _ids_head(end - start + len(padding)),
            ids[start:end],
            padding,
            masks[length],
            _label(label, regression),
            segments_head,
            zeros[:first],
            ones[first:length],
            zeros[length:],
        ]
        if weights is not None and weights[number] is not None:
            parts.append(_feature("weight", struct.pack("<f", weights[number]), 2))
        row = b"".join(parts)
        rows.append(_head(1, len(row)) + row)
        start = end
    return rows


def varints(values: np.ndarray) -> Tuple[bytes, np.ndarray]:
    """Writes numbers in protobuf's base 128.

    Args:
        values: int array `(num_values,)`, each in [0, 2^28).

    Returns:
        bytes, and an int64 array of where each number ends in them.

    Example:

    >>> varints(np.array([1, 300]))[0].hex(), varints(np.array([1, 300]))[1].tolist()
    ('01ac02', [1, 3])
    """
    values = values.astype("uint32")
    sizes = np.ones(len(values), "uint8")
    for bits in (7, 14, 21):
        sizes += values >= 1 << bits
    # Seven bits a byte, and the eighth where another byte follows; each number in four bytes, of
    # which it takes the first ones.
    spread = np.zeros(len(values), "<u4")
    for place in range(int(sizes.max(initial=1))):
        seven = values >> np.uint32(7 * place) & np.uint32(0x7F)
        more = (sizes > place + 1).astype("uint32") << np.uint32(7)
        spread |= (seven | more) << np.uint32(8 * place)
    first = np.array([0, 0x1, 0x101, 0x10101, 0x1010101], "<u4")[sizes].view("bool")
    written = spread.view("uint8").compress(first)
    return written.tobytes(), np.cumsum(sizes, dtype="int64")


def framed(messages: Sequence[bytes]) -> bytes:
    """Returns messages as they stand in a TFRecord file.

    Args:
        messages: sequence of bytes.

    Returns:
        bytes.

    Example:

    >>> framed([b"abc"]).hex()
    '0300000000000000b099490e6162636e57f121'
    """
    if not messages:
        return b""
    heads: Dict[int, bytes] = {}
    sizes = list(map(len, messages))
    for size in set(sizes):
        head = struct.pack("<Q", size)
        heads[size] = head + _masked(checksums([head])).tobytes()
    ends = _masked(checksums(messages)).tobytes()
    parts = zip(
        map(heads.__getitem__, sizes),
        messages,
        [ends[place : place + 4] for place in range(0, len(ends), 4)],
    )
    return b"".join(itertools.chain.from_iterable(parts))


def checksums(messages: Sequence[bytes]) -> np.ndarray:
    """Returns the CRC-32C of each message, uint32 `(num_messages,)`.

    All messages advance together, eight bytes a step. They are aligned at their ends: zeros in
    front of a message leave a register of zero as it is.

    Example:

    >>> [hex(value) for value in checksums([b"123456789", b""])]
    ['0xe3069283', '0x0']
    """
    sizes = np.fromiter(map(len, messages), "int64", len(messages))
    width = -(-max(int(sizes.max()), 4) // 8) * 8
    table = np.frombuffer(b"".join([m.rjust(width, b"\0") for m in messages]), "uint8")
    table = table.reshape(len(messages), width).copy()
    # Where the register begins with ones, the first four bytes turn round; of shorter messages,
    # the ones that are left over go into the register's end.
    for place in range(4):
        there = sizes > place
        table[there, (width - sizes[there]) + place] ^= 0xFF
    columns = np.ascontiguousarray(table.view("<u2").T)  # (width / 2, num_messages)
    tables = _tables()
    register = np.zeros(len(messages), "uint32")
    for step in range(0, len(columns), 4):
        register = (
            tables[3].take(columns[step] ^ (register & 0xFFFF))
            ^ tables[2].take(columns[step + 1] ^ (register >> 16))
            ^ tables[1].take(columns[step + 2])
            ^ tables[0].take(columns[step + 3])
        )
    left_over = np.array([0xFFFFFFFF, 0xFFFFFF, 0xFFFF, 0xFF, 0], "uint32")[np.minimum(sizes, 4)]
    return ~(register ^ left_over)


@functools.cache
def _tables() -> List[np.ndarray]:
    """Tables of 2^16 entries: two bytes followed by 0, 2, 4 and 6 zero bytes."""
    byte = np.arange(256, dtype="uint32")
    for _ in range(8):
        byte = (byte >> 1) ^ np.where(byte & 1, np.uint32(_POLYNOMIAL), np.uint32(0))
    register = np.arange(1 << 16, dtype="uint32")
    tables = []
    for _ in range(4):
        for _ in range(2):
            register = byte[register & 0xFF] ^ (register >> 8)
        tables.append(register)
    return tables


def _masked(values: np.ndarray) -> np.ndarray:
    return ((values >> 15 | values << 17) + np.uint32(0xA282EAD8)).astype("<u4")


def _field(number: int, content: bytes) -> bytes:
    return _head(number, len(content)) + content


@functools.lru_cache(maxsize=1 << 14)
def _head(number: int, size: int) -> bytes:
    """What stands in front of a field of bytes."""
    return bytes([number << 3 | 2]) + varints(np.array([size]))[0]


def _feature(name: str, values: bytes, kind: int = 3) -> bytes:
    """An entry of the map of features; kind 3 is a list of int64, 2 one of float."""
    key = _field(1, name.encode())
    return _field(1, key + _field(2, _field(kind, _field(1, values))))


@functools.lru_cache(maxsize=1 << 12)
def _ids_head(size: int) -> bytes:
    return _feature("input_ids", bytes(size))[:-size]


@functools.lru_cache(maxsize=4)
def _flags(sequence_length: int) -> Tuple[List[bytes], bytes]:
    """Returns the features of the mask and what follows it, by length, and the segments' head."""
    zeros, ones = bytes(sequence_length), b"\x01" * sequence_length
    real = _feature("is_real_example", b"\x01")
    masks = [
        _feature("input_mask", ones[:length] + zeros[length:]) + real
        for length in range(sequence_length + 1)
    ]
    return masks, _feature("segment_ids", zeros)[: -sequence_length or None]


@functools.lru_cache(maxsize=1 << 12)
def _label(label: Any, regression: bool) -> bytes:
    if regression:
        return _feature("label_ids", struct.pack("<f", float(label or 0.0)), 2)
    return _feature("label_ids", varints(np.array([int(label or 0)]))[0])


def _example_ids(first: int, count: int) -> List[bytes]:
    written, ends = varints(np.arange(first, first + count))
    places = ends.tolist()
    heads = [_feature("example_id", bytes(size))[:-size] for size in range(1, 5)]
    return [heads[end - start - 1] + written[start:end] for start, end in zip([0, *places], places)]


def _check(packed: PackedIds, sequence_length: int) -> None:
    longest = int(np.max(packed.lengths, initial=0))
    if longest > sequence_length:
        raise ValueError(
            "`rows` must hold at most `sequence_length` tokens. Received: a row of "
            f"{longest} tokens and sequence_length={sequence_length}."
        )
    low, high = np.min(packed.token_ids, initial=0), np.max(packed.token_ids, initial=0)
    if low < 0 or high >= _LARGEST_ID:
        raise ValueError(
            f"`token_ids` must lie in [0, {_LARGEST_ID}). Received: ids from {low} to {high}."
        )
