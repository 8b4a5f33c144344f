"""The files of a model, with their sizes and checksums."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Dict, List

_BLOCK = 1 << 20  # bytes read at once


def files_of(path: Path) -> List[Path]:
    """Returns the files of a model, sorted; hidden ones are left out.

    Args:
        path: folder, or prefix of a TensorFlow checkpoint, to which its configuration and
            vocabulary belong.
    """
    if path.is_dir():
        inner = [file.relative_to(path) for file in path.rglob("*") if file.is_file()]
        seen = [file for file in inner if not any(part.startswith(".") for part in file.parts)]
        return [path / file for file in sorted(seen)]
    prefix = path.name[: -len(".index")] if path.name.endswith(".index") else path.name
    beside = [file for file in path.parent.iterdir() if file.is_file()]
    return sorted(
        file
        for file in beside
        if file.name.startswith(prefix + ".")
        or file.name == "albert_config.json"
        or file.suffix == ".model"
    )


def source_files(path: Path) -> Dict[str, Dict[str, Any]]:
    """Returns size and checksum of every file of a model.

    Args:
        path: folder, or prefix of a TensorFlow checkpoint.

    Returns:
        dict of the file's name in the folder to a dict with `bytes` and `sha256`.
    """
    folder = path if path.is_dir() else path.parent
    return {
        file.relative_to(folder).as_posix(): {
            "bytes": file.stat().st_size,
            "sha256": sha256_of(file),
        }
        for file in files_of(path)
    }


def sha256_of(file: Path) -> str:
    """Returns the SHA-256 of a file, as 64 hexadecimal digits."""
    digest = hashlib.sha256()
    with open(file, "rb") as stream:
        for block in iter(lambda: stream.read(_BLOCK), b""):
            digest.update(block)
    return digest.hexdigest()
