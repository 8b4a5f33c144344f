"""What tells two data sets, or two files, apart: their SHA-256."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Dict, Optional

import numpy as np

from albert_zoo.data import EncodedExamples
from albert_zoo.tables import Examples

_BLOCK = 1 << 20  # bytes read at once


def file_fingerprint(path: Any) -> Dict[str, Any]:
    """Returns a file's size in bytes and SHA-256.

    Args:
        path: str or path.

    Example:

    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     file_fingerprint(file.name)["bytes"]
    0
    """
    hasher, size = hashlib.sha256(), 0
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(_BLOCK), b""):
            hasher.update(block)
            size += len(block)
    return {"bytes": size, "sha256": hasher.hexdigest()}


def folder_fingerprint(folder: Any) -> Dict[str, Dict[str, Any]]:
    """Returns the fingerprint of every file below a folder, or of the one file, by its name.

    Args:
        folder: str or path. Files whose names begin with a dot are left out.

    Returns:
        dict of relative path to what `file_fingerprint` returns, in the order of the names.
    """
    folder = Path(folder)
    if folder.is_file():
        return {folder.name: file_fingerprint(folder)}
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    names = [path.relative_to(folder) for path in files]
    return {
        name.as_posix(): file_fingerprint(path)
        for name, path in zip(names, files)
        if not any(part.startswith(".") for part in name.parts)
    }


def rows_fingerprint(part: Any) -> Optional[Dict[str, Any]]:
    """Returns the number of rows of a data set and the SHA-256 of their texts or ids and labels.

    It depends on the rows and their order alone, not on the file or the form that they came in.

    Args:
        part: `Examples` or `EncodedExamples`.

    Returns:
        dict of `rows` and `sha256`. `None` for what cannot be read twice, such as a
        `tf.data.Dataset`.

    Example:

    >>> one = rows_fingerprint(Examples.from_lists(["a", "b"], labels=[0, 1]))
    >>> other = rows_fingerprint(Examples.from_lists(["a", "b"], labels=[0, 0]))
    >>> one["rows"], one == other
    (2, False)
    """
    hasher = hashlib.sha256()
    if isinstance(part, Examples):
        _add_texts(hasher, "texts", part.texts)
        _add_texts(hasher, "text_pairs", part.text_pairs or [])
    elif isinstance(part, EncodedExamples):
        for token_ids, segment_ids, _ in part:
            _add_array(hasher, "token_ids", token_ids)
            _add_array(hasher, "segment_ids", segment_ids)
    else:
        return None
    if part.labels is not None:
        _add_array(hasher, "labels", part.labels)
    return {"rows": len(part), "sha256": hasher.hexdigest()}


def _add_texts(hasher: Any, name: str, texts: Any) -> None:
    # With its length before each text, no two lists of texts are the same bytes.
    hasher.update(f"{name} {len(texts)}\n".encode())
    for text in texts:
        content = text.encode("utf-8", "surrogatepass")
        hasher.update(b"%d:" % len(content))
        hasher.update(content)


def _add_array(hasher: Any, name: str, array: Any) -> None:
    array = np.ascontiguousarray(array)
    array = array.astype(array.dtype.newbyteorder("<"))
    hasher.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
    hasher.update(array.tobytes())
