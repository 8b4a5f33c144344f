"""HDF5 files: the weights of a preset."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import List

import numpy as np
from harness import refused

INSTRUMENTED = ["albert_zoo.checkpoints.hdf5", "albert_zoo.checkpoints.lazy_arrays", "h5py"]


def seeds() -> List[bytes]:
    """Sound files: of our own writer, and compressed in chunks."""
    import h5py

    from albert_zoo.checkpoints.hdf5 import write_hdf5

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.weights.h5"
        write_hdf5(path, {"a/kernel": np.ones((2, 3), "float32"), "a/bias": np.zeros(4, "f4")})
        found = [path.read_bytes()]
        with h5py.File(path, "w") as file:
            file.create_dataset("x", data=np.ones((4, 4), "f2"), chunks=(2, 2), compression="gzip")
        found.append(path.read_bytes())
    return found


def check(data: bytes, folder: Path) -> None:
    """Reads a file that holds anything."""
    from albert_zoo.checkpoints.hdf5 import read_hdf5

    path = folder / "model.weights.h5"
    path.write_bytes(data)

    def read_all() -> None:
        arrays = read_hdf5(path)
        for name in arrays:
            _ = arrays[name]

    refused(read_all, path.name)
