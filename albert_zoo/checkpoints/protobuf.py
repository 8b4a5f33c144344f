"""Protocol buffers, read field by field.

For the few fields that are needed of files whose classes lie in private modules, or need a
`protobuf` of the right age: https://protobuf.dev/programming-guides/encoding.
"""

from __future__ import annotations

from typing import Any, Iterator, Tuple


def fields_of(data: bytes) -> Iterator[Tuple[int, Any]]:
    """Yields number and value of each field: int, or bytes for all that is no varint.

    Args:
        data: bytes of a message.

    Raises:
        ValueError: the bytes are no message, or cut short.
        IndexError: the bytes are cut short.
    """
    position = 0
    while position < len(data):
        tag, position = varint_at(data, position)
        kind = tag & 7
        if kind == 0:
            value, position = varint_at(data, position)
            yield tag >> 3, value
            continue
        if kind == 2:
            size, position = varint_at(data, position)
        elif kind in (1, 5):
            size = 8 if kind == 1 else 4
        else:
            raise ValueError("no protocol buffer")
        if position + size > len(data):
            raise ValueError("cut short")
        yield tag >> 3, data[position : position + size]
        position += size


def varint_at(data: bytes, position: int) -> Tuple[int, int]:
    """Reads a number of varying length.

    Args:
        data: bytes.
        position: int, where it begins.

    Returns:
        tuple of the number and the position behind it.

    Raises:
        ValueError: it is longer than any number.
        IndexError: the bytes are cut short.
    """
    value = shift = 0
    while True:
        byte = data[position]
        position += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, position
        shift += 7
        if shift > 63:
            raise ValueError("no protocol buffer")
