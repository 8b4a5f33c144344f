"""CRC-32C as TFRecord files and TensorFlow's tables have it, so that changed bytes get past it."""

from __future__ import annotations

import struct
from typing import Iterable, List, Tuple


def _table() -> List[int]:
    rows = []
    for number in range(256):
        for _ in range(8):
            number = number >> 1 ^ (0x82F63B78 if number & 1 else 0)
        rows.append(number)
    return rows


_TABLE = _table()


def masked_crc(data: bytes) -> int:
    """Returns the checksum, rotated and shifted as tensorflow/core/lib/hash/crc32c.h does."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _TABLE[(crc ^ byte) & 255] ^ crc >> 8
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def record(data: bytes) -> bytes:
    """Returns one record of a TFRecord file."""
    length = struct.pack("<Q", len(data))
    sums = struct.pack("<I", masked_crc(length)), struct.pack("<I", masked_crc(data))
    return length + sums[0] + data + sums[1]


def varint(value: int) -> bytes:
    """Returns a number as protocol buffers and tables write it."""
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes(out) + bytes([value])


def _block(entries: Iterable[Tuple[bytes, bytes]]) -> bytes:
    body, starts = b"", []
    for key, value in entries:
        starts.append(len(body))
        body += varint(0) + varint(len(key)) + varint(len(value)) + key + value
    return (
        body
        + b"".join(struct.pack("<I", start) for start in starts or [0])
        + struct.pack("<I", len(starts) or 1)
    )


def table(entries: Iterable[Tuple[bytes, bytes]]) -> bytes:
    """Returns a table of sorted entries, as the `.index` of a checkpoint is one."""
    entries = sorted(dict(entries).items())
    out = b""

    def add(block: bytes) -> bytes:
        nonlocal out
        handle = varint(len(out)) + varint(len(block))
        out += block + b"\0" + struct.pack("<I", masked_crc(block + b"\0"))
        return handle

    data = add(_block(entries))
    others = add(_block([]))
    index = add(_block([(entries[-1][0] + b"\xff" if entries else b"\xff", data)]))
    return out + (others + index).ljust(40, b"\0") + struct.pack("<Q", 0xDB4775248B80FB57)
