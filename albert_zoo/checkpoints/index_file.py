"""The `.index` of a TensorFlow checkpoint, checked before TensorFlow opens it.

TensorFlow ends the whole process at an entry that it cannot read, and takes memory for tensors of
any size that an entry states. So the table is gone through here first: tensorflow/core/lib/io
format.cc and table.cc, and the messages of tensorflow/core/protobuf/tensor_bundle.proto.
"""

from __future__ import annotations

import math
import struct
from pathlib import Path
from typing import Any, Iterator, List, Tuple

from albert_zoo.checkpoints.protobuf import varint_at
from albert_zoo.errors import ConversionError

_MAGIC = 0xDB4775248B80FB57
_FOOTER = 48  # bytes
_TRAILER = 5  # bytes behind a block: how it is compressed, and its checksum
_SIZES = {
    **{1: 4, 2: 8, 3: 4, 4: 1, 5: 2, 6: 1, 8: 8, 9: 8, 10: 1, 11: 1, 12: 1, 13: 4, 14: 2},
    **{15: 2, 16: 2, 17: 2, 18: 16, 19: 2, 22: 4, 23: 8},
}
"""Bytes of a number, by TensorFlow's `DataType`."""
_STRING, _VARIANT = 7, 21  # of any size

_MOST_SHARDS = 10_000
_MOST_AXES = 254


def check_index(prefix: Path) -> None:
    """Checks every entry of a checkpoint's index, and that its data files hold what it states.

    Args:
        prefix: of the checkpoint.

    Raises:
        ConversionError: the index is damaged, a data file is missing or too short.
    """
    path = prefix.with_name(prefix.name + ".index")
    try:
        entries = dict(_entries(path.read_bytes()))
        shards = _number_of_shards(entries.pop(b"", b""))
        sizes = _sizes(prefix, shards)
        for key, value in entries.items():
            _check_entry(key.decode("utf-8", "replace"), value, sizes)
    except ConversionError:
        raise
    except (ValueError, LookupError, TypeError, struct.error) as error:
        raise ConversionError(
            f"{path}: not a readable checkpoint ({error}). Restore the file."
        ) from None


def _entries(data: bytes) -> Iterator[Tuple[bytes, bytes]]:
    if len(data) < _FOOTER or struct.unpack("<Q", data[-8:])[0] != _MAGIC:
        raise ValueError("it does not end as one")
    place = _handle(data, len(data) - _FOOTER)[2]
    start, size, _ = _handle(data, place)
    for _, handle in _block(data, start, size):
        yield from _block(data, *_handle(handle, 0)[:2])


def _handle(data: bytes, place: int) -> Tuple[int, int, int]:
    start, place = varint_at(data, place)
    size, place = varint_at(data, place)
    return start, size, place


def _block(data: bytes, start: int, size: int) -> Iterator[Tuple[bytes, bytes]]:
    if size < 4 or start + size + _TRAILER > len(data) - _FOOTER:
        raise ValueError("a block leads out of the file")
    block = data[start : start + size]
    if data[start + size] != 0:
        raise ValueError("a block is compressed")
    end = size - 4 - 4 * struct.unpack("<I", block[-4:])[0]
    if end < 0:
        raise ValueError("a block has more restarts than bytes")
    place, key = 0, b""
    while place < end:
        shared, place = varint_at(block, place)
        own, place = varint_at(block, place)
        length, place = varint_at(block, place)
        if shared > len(key) or place + own + length > end:
            raise ValueError("an entry leads out of its block")
        key = key[:shared] + block[place : place + own]
        place += own
        yield key, block[place : place + length]
        place += length


def _number_of_shards(header: bytes) -> int:
    from tensorflow.core.protobuf import tensor_bundle_pb2

    shards = int(_parsed(tensor_bundle_pb2.BundleHeaderProto, header).num_shards)
    if not 1 <= shards <= _MOST_SHARDS:
        raise ValueError(f"its header states {shards} data files")
    return shards


def _parsed(message: Any, data: bytes) -> Any:
    try:
        return message.FromString(data)
    except Exception:  # protobuf's DecodeError, whose module TensorFlow does not pass on
        raise ValueError("an entry is damaged") from None


def _sizes(prefix: Path, shards: int) -> List[int]:
    sizes = []
    for number in range(shards):
        path = prefix.with_name(f"{prefix.name}.data-{number:05d}-of-{shards:05d}")
        if not path.is_file():
            raise ConversionError(
                f"{path}: no such file, and {prefix.name}.index names it. Restore the file."
            )
        sizes.append(path.stat().st_size)
    return sizes


def _check_entry(name: str, value: bytes, sizes: List[int]) -> None:
    from tensorflow.core.protobuf import tensor_bundle_pb2

    entry = _parsed(tensor_bundle_pb2.BundleEntryProto, value)
    shape = [axis.size for axis in entry.shape.dim]
    width = _SIZES.get(entry.dtype)
    if width is None and entry.dtype not in (_STRING, _VARIANT):
        raise ValueError(f"`{name}` is of type {entry.dtype}, which there is not")
    if len(shape) > _MOST_AXES or any(not 0 <= axis < 2**62 for axis in shape):
        raise ValueError(f"`{name}` has the shape {shape[:8]}")
    if entry.slices:
        return  # the parts have entries of their own
    if not 0 <= entry.shard_id < len(sizes):
        raise ValueError(f"`{name}` lies in data file {entry.shard_id} of {len(sizes)}")
    if entry.offset < 0 or entry.size < 0 or entry.offset + entry.size > sizes[entry.shard_id]:
        raise ValueError(f"`{name}` ends behind its data file, which is cut short or another's")
    count = math.prod(shape)
    if count > entry.size if width is None else count * width != entry.size:
        raise ValueError(f"`{name}` has the shape {shape[:8]} and {entry.size} bytes")
