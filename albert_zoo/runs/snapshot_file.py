"""A snapshot as one file that tells whether it is whole."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from pathlib import Path
from typing import IO, Any, Dict, Mapping, Tuple

import numpy as np

from albert_zoo.atomic import new_file
from albert_zoo.errors import CheckpointError

_PROGRESS = "progress.json"
_ARRAY = ".npy"
_MARK = b"\nalbert_zoo sha256 "
_FOOTER_BYTES = len(_MARK) + 64
_BLOCK = 1 << 20  # bytes read at once


def write_snapshot(
    path: Any, arrays: Mapping[str, np.ndarray], progress: Mapping[str, Any]
) -> None:
    """Writes arrays and what belongs to them: whole, or not at all.

    The file is one of NumPy's `.npz`, uncompressed, with the SHA-256 of all that behind it.

    Args:
        path: path of the file; one that is there is replaced. Its folder must exist.
        arrays: mapping of name to array of numbers.
        progress: mapping of JSON values.

    Raises:
        OSError: the file cannot be written. Nothing is left of it.
    """
    path = Path(path)
    if not path.parent.is_dir():
        # A folder that is gone is not to come back empty, in place of one that was moved, say.
        raise FileNotFoundError(2, "the folder is gone", str(path.parent))
    with new_file(path) as unfinished, open(unfinished, "wb") as file:
        hashed = _HashingFile(file)
        with zipfile.ZipFile(hashed, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
            archive.writestr(_PROGRESS, json.dumps(progress))
            for name, array in arrays.items():
                with archive.open(name + _ARRAY, "w", force_zip64=True) as member:
                    np.lib.format.write_array(member, np.asarray(array), allow_pickle=False)
        file.write(_MARK + hashed.hasher.hexdigest().encode())
        file.flush()
        os.fsync(file.fileno())  # or the name could reach the disk before the bytes


def read_snapshot(path: Any) -> Tuple[Dict[str, np.ndarray], Dict[str, Any]]:
    """Reads what `write_snapshot` wrote.

    Args:
        path: path of the file.

    Returns:
        the arrays by name, and the progress.

    Raises:
        CheckpointError: the file is damaged: cut off, or not as it was written.
        OSError: the file cannot be read.
    """
    path = Path(path)
    with open(path, "rb") as file:
        _check(file, path)
        file.seek(0)
        try:
            with zipfile.ZipFile(file) as archive:
                progress = json.loads(archive.read(_PROGRESS))
                arrays = {}
                for name in archive.namelist():
                    if name.endswith(_ARRAY):
                        with archive.open(name) as member:
                            arrays[name[: -len(_ARRAY)]] = np.lib.format.read_array(
                                member, allow_pickle=False
                            )
        except (zipfile.BadZipFile, ValueError, KeyError) as error:
            raise CheckpointError(f"{path}: not a checkpoint of ours ({error}).") from None
    return arrays, progress


def read_progress(path: Any) -> Dict[str, Any]:
    """Reads the progress alone, unchecked; an empty dict where that fails."""
    try:
        with zipfile.ZipFile(path) as archive:
            return dict(json.loads(archive.read(_PROGRESS)))
    except (OSError, zipfile.BadZipFile, ValueError, KeyError):
        return {}


def _check(file: IO[bytes], path: Path) -> None:
    size = os.fstat(file.fileno()).st_size - _FOOTER_BYTES
    hasher, left = hashlib.sha256(), max(0, size)
    while left:
        block = file.read(min(left, _BLOCK))
        if not block:
            break
        hasher.update(block)
        left -= len(block)
    footer = file.read(_FOOTER_BYTES)
    if not footer.startswith(_MARK):
        raise CheckpointError(f"{path}: damaged: its end is missing.")
    if footer[len(_MARK) :] != hasher.hexdigest().encode():
        raise CheckpointError(f"{path}: damaged: its SHA-256 is not what it was written with.")


class _HashingFile:
    """Hashes what goes through it; `zipfile` takes it for a stream, and never goes back in it."""

    def __init__(self, file: IO[bytes]):
        self._file = file
        self.hasher = hashlib.sha256()

    def write(self, content: Any) -> int:
        """Writes bytes."""
        self.hasher.update(content)
        return self._file.write(content)

    def flush(self) -> None:
        """Does nothing; the file is flushed when it is whole."""

    def close(self) -> None:
        """Does nothing."""
