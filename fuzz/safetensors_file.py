"""safetensors files: the header, and every array that it names."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import List

import numpy as np
from harness import refused

INSTRUMENTED = ["albert_zoo.checkpoints.safetensors", "albert_zoo.checkpoints.lazy_arrays", "json"]


def seeds() -> List[bytes]:
    """Sound files of two arrays, of one of every type, and of none."""
    import tempfile

    from albert_zoo.checkpoints.safetensors import write_safetensors

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.safetensors"
        write_safetensors(path, {"a": np.ones((2, 3), "float32"), "b": np.zeros(4, "float32")})
        two = path.read_bytes()
    header = json.dumps({
        "x": {"dtype": "F16", "shape": [2], "data_offsets": [0, 4]},
        "y": {"dtype": "BF16", "shape": [1, 2], "data_offsets": [4, 8]},
        "z": {"dtype": "F32", "shape": [], "data_offsets": [8, 12]},
    }).encode()  # fmt: skip
    return [two, struct.pack("<Q", len(header)) + header + bytes(12), struct.pack("<Q", 2) + b"{}"]


def check(data: bytes, folder: Path) -> None:
    """Reads a file that holds anything."""
    from albert_zoo.checkpoints.safetensors import read_safetensors

    path = folder / "model.safetensors"
    path.write_bytes(data)

    def read_all() -> None:
        arrays = read_safetensors(path)
        for name, shape in arrays.shapes.items():
            assert arrays[name].shape == shape

    refused(read_all, path.name)
