"""The safetensors file format: 8 bytes of header length, a JSON header, raw little-endian arrays.

The package of that name has no bfloat16 for NumPy and would be a dependency for two functions, so
they stand here: https://github.com/huggingface/safetensors, "Format".
"""

from __future__ import annotations

import json
import os
import struct
from pathlib import Path
from typing import Any, Dict, Mapping

import numpy as np

from albert_zoo.errors import ConversionError

_LONGEST_HEADER = 100_000_000  # bytes, the limit of the original
_DTYPES = {"F32": "<f4", "F16": "<f2", "BF16": "<u2"}


def _widened(bits: np.ndarray) -> np.ndarray:
    """bfloat16 is the upper half of a float32."""
    return (bits.astype("<u4") << 16).view("<f4")


def _array(name: str, entry: Any, data: memoryview) -> np.ndarray:
    dtype, shape, (start, end) = entry["dtype"], entry["shape"], entry["data_offsets"]
    numbers = [*shape, start, end]
    if any(isinstance(n, bool) or not isinstance(n, int) or n < 0 for n in numbers):
        raise ValueError(f"`{name}` has a shape or offset that is no whole number")
    if dtype not in _DTYPES:
        raise ValueError(f"`{name}` is of type {dtype}; F32, F16 and BF16 are read")
    size = np.dtype(_DTYPES[dtype]).itemsize
    for length in shape:
        size *= length
    if not start <= end <= len(data) or end - start != size:
        raise ValueError(f"`{name}` does not fit its place in the file")
    array = np.frombuffer(data[start:end], dtype=_DTYPES[dtype]).reshape(shape)
    return _widened(array) if dtype == "BF16" else array


def read_safetensors(path: Path) -> Dict[str, np.ndarray]:
    """Reads every array of a file.

    Args:
        path: path of the file.

    Returns:
        dict of name to float32 or float16 array; bfloat16 becomes float32, which holds all of it.

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
            data = memoryview(file.read())
        header.pop("__metadata__", None)
        arrays = {name: _array(name, entry, data) for name, entry in header.items()}
        end = 0
        for start, stop in sorted(entry["data_offsets"] for entry in header.values()):
            if start != end:
                raise ValueError("its arrays overlap or leave gaps")
            end = stop
        if end != len(data):
            raise ValueError(f"{len(data) - end} bytes belong to no array")
    except (
        OSError,
        struct.error,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        RecursionError,
    ) as error:
        raise ConversionError(
            f"{path}: not a readable safetensors file ({error}). Restore the file."
        ) from None
    return arrays


def write_safetensors(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Writes float32 arrays.

    Args:
        path: path of the file.
        arrays: mapping of name to float32 array.
    """
    header: Dict[str, Any] = {"__metadata__": {"format": "pt"}}  # transformers asks for it
    offset = 0
    for name in sorted(arrays):
        size = arrays[name].size * 4
        header[name] = {
            "dtype": "F32",
            "shape": list(arrays[name].shape),
            "data_offsets": [offset, offset + size],
        }
        offset += size
    text = json.dumps(header, separators=(",", ":")).encode("utf-8")
    text += b" " * (-len(text) % 8)  # the arrays start on a multiple of 8
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for name in sorted(arrays):
            file.write(np.ascontiguousarray(arrays[name], dtype="<f4").tobytes())
