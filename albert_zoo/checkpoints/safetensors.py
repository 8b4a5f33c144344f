"""The safetensors file format: 8 bytes of header length, a JSON header, raw little-endian arrays.

The package of that name has no bfloat16 for NumPy and would be a dependency for two functions, so
they stand here: https://github.com/huggingface/safetensors, "Format".
"""

from __future__ import annotations

import json
import os
import struct
from pathlib import Path
from typing import Any, BinaryIO, Dict, Mapping

import numpy as np

from albert_zoo.checkpoints.lazy_array import LazyArray, Shape, new_array, row_blocks
from albert_zoo.checkpoints.lazy_arrays import LazyArrays
from albert_zoo.errors import ConversionError

_LONGEST_HEADER = 100_000_000  # bytes, the limit of the original
_DTYPES = {"F32": "<f4", "F16": "<f2", "BF16": "<u2"}


def _widened(bits: np.ndarray) -> np.ndarray:
    """bfloat16 is the upper half of a float32."""
    wide = new_array(bits.shape, "<u4")
    wide[...] = bits
    wide <<= 16
    return wide.view("<f4")


def _lazy(path: Path, begin: int, name: str, entry: Any, size: int) -> LazyArray:
    """Checks an entry of the header; `begin` is where the data lie, `size` how long they are."""
    dtype, shape, (start, end) = entry["dtype"], entry["shape"], entry["data_offsets"]
    numbers = [*shape, start, end]
    if any(isinstance(n, bool) or not isinstance(n, int) or n < 0 for n in numbers):
        raise ValueError(f"`{name}` has a shape or offset that is no whole number")
    if dtype not in _DTYPES:
        raise ValueError(f"`{name}` is of type {dtype}; F32, F16 and BF16 are read")
    stored = np.dtype(_DTYPES[dtype])
    length = stored.itemsize
    for axis in shape:
        length *= axis
    if not start <= end <= size or end - start != length:
        raise ValueError(f"`{name}` does not fit its place in the file")
    shape = tuple(shape)
    row = length // shape[0] if shape and shape[0] else 0  # bytes

    def read_at(offset: int, shape: Shape) -> np.ndarray:
        bits = new_array(shape, stored)
        try:
            with open(path, "rb") as file:
                file.seek(begin + offset)
                if file.readinto(bits.reshape(-1).view("uint8")) != bits.nbytes:  # type: ignore[arg-type]
                    raise ValueError(f"`{name}` is cut short")
        except (OSError, ValueError) as error:
            raise _unreadable(path, error) from None
        return _widened(bits) if dtype == "BF16" else bits

    return LazyArray(
        shape,
        "float16" if dtype == "F16" else "float32",
        read=lambda: read_at(start, shape),
        read_rows=lambda first, last: read_at(start + first * row, (last - first, *shape[1:])),
        is_new=True,
    )


def read_safetensors(path: Path) -> LazyArrays:
    """Lists every array of a file, to be read when it is asked for.

    Args:
        path: path of the file.

    Returns:
        `LazyArrays` of float32 and float16; bfloat16 becomes float32, which holds all of it.

    Raises:
        ConversionError: the file is cut short or damaged, or holds another type.
    """
    try:
        whole = os.path.getsize(path)
        with open(path, "rb") as file:
            length = struct.unpack("<Q", file.read(8))[0]
            if length > min(_LONGEST_HEADER, whole - 8):
                raise ValueError(f"its header cannot be {length} bytes long")
            header = json.loads(file.read(length).decode("utf-8"))
        begin, size = 8 + length, whole - 8 - length
        header.pop("__metadata__", None)
        arrays = {name: _lazy(path, begin, name, entry, size) for name, entry in header.items()}
        end = 0
        for start, stop in sorted(entry["data_offsets"] for entry in header.values()):
            if start != end:
                raise ValueError("its arrays overlap or leave gaps")
            end = stop
        if end != size:
            raise ValueError(f"{size - end} bytes belong to no array")
    except (
        OSError,
        struct.error,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        RecursionError,
    ) as error:
        raise _unreadable(path, error) from None
    return LazyArrays(arrays)


def _unreadable(path: Path, error: Exception) -> ConversionError:
    return ConversionError(f"{path}: not a readable safetensors file ({error}). Restore the file.")


def write_safetensors(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Writes float32 arrays, one at a time.

    Args:
        path: path of the file.
        arrays: mapping of name to float32 array, lazy or not.
    """
    shapes = LazyArrays.of(arrays).shapes
    header: Dict[str, Any] = {"__metadata__": {"format": "pt"}}  # transformers asks for it
    offset = 0
    for name in sorted(shapes):
        size = int(np.prod(shapes[name], dtype="int64")) * 4
        header[name] = {
            "dtype": "F32",
            "shape": list(shapes[name]),
            "data_offsets": [offset, offset + size],
        }
        offset += size
    text = json.dumps(header, separators=(",", ":")).encode("utf-8")
    text += b" " * (-len(text) % 8)  # the arrays start on a multiple of 8
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for name in sorted(shapes):
            _write_array(file, arrays[name])


def _write_array(file: BinaryIO, array: np.ndarray) -> None:
    rows = array.reshape(1) if not array.shape else array
    for start, stop in row_blocks(rows.shape):  # a turned matrix is copied in parts
        file.write(np.ascontiguousarray(rows[start:stop], dtype="<f4").tobytes())
