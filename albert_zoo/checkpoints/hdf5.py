"""HDF5 files of named arrays, read and written one dataset at a time."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, Mapping

import h5py
import numpy as np

from albert_zoo.checkpoints.lazy_array import LazyArray, new_array
from albert_zoo.checkpoints.lazy_arrays import LazyArrays
from albert_zoo.errors import ConversionError

_ERRORS = (OSError, RuntimeError, KeyError, ValueError, TypeError)


def read_hdf5(path: Path) -> LazyArrays:
    """Lists every dataset of a file, to be read when it is asked for.

    Args:
        path: path of the file.

    Returns:
        `LazyArrays`, each under its path in the file.

    Raises:
        ConversionError: the file is damaged, now or when an array is read.
    """
    arrays: Dict[str, LazyArray] = {}

    def visit(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset):
            if item.external or item.is_virtual:
                # A file from elsewhere must not bring in others of this machine.
                raise ValueError(f"`{name}` lies in another file")
            shape = tuple(item.shape)
            arrays[name] = LazyArray(shape, item.dtype.name, lambda: _read(path, name), is_new=True)

    try:
        with h5py.File(path, "r") as file:
            file.visititems(visit)
    except _ERRORS as error:
        raise _unreadable(path, error) from None
    return LazyArrays(arrays)


def _read(path: Path, name: str) -> np.ndarray:
    try:
        with h5py.File(path, "r") as file:
            dataset = file[name]
            if not dataset.shape or not dataset.size:
                return np.asarray(dataset[()])
            array = new_array(dataset.shape, dataset.dtype)
            dataset.read_direct(array)
            return array
    except _ERRORS as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: Exception) -> ConversionError:
    return ConversionError(f"{path}: not a readable HDF5 file ({error}). Restore the file.")


def write_hdf5(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Writes one dataset a name.

    Args:
        path: path of the file.
        arrays: mapping of name to array. Of lazy ones one at a time is in memory.
    """
    with h5py.File(path, "w") as file:
        for name in arrays:
            file.create_dataset(name, data=arrays[name], track_times=False)
