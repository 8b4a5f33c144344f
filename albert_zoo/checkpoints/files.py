"""Folders of foreign checkpoints: what is in them, and writing one whole or not at all."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any, Dict, Iterable, Iterator, List, Mapping, Optional

from albert_zoo.atomic import new_folder
from albert_zoo.errors import ConversionError, OutputExistsError


def listing(folder: Path) -> str:
    """Names what a folder holds, for a message."""
    names = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    rest = f" and {len(names) - 10} more" if len(names) > 10 else ""
    return (", ".join(names[:10]) + rest) or "nothing"


def read_json(path: Path) -> Dict[str, Any]:
    """Reads a JSON object.

    Args:
        path: path of the file.

    Returns:
        dict.

    Raises:
        ConversionError: the file is missing, or holds something else.
    """
    if not path.is_file():
        raise ConversionError(
            f"{path.parent}: must hold {path.name}. Found: {listing(path.parent)}. "
            "Put the file that belongs to the weights there."
        )
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ConversionError(f"{path}: not a JSON file ({error}). Restore the file.") from None
    if not isinstance(value, dict):
        raise ConversionError(f"{path}: must hold a JSON object. Restore the file.")
    return value


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Writes a JSON object, indented."""
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def read_vocabulary(folder: Path, patterns: Iterable[str]) -> Optional[bytes]:
    """Reads the one SentencePiece model of a folder.

    Args:
        folder: path.
        patterns: file names or patterns; the first that matches anything counts.

    Returns:
        bytes, or `None` if there is none.

    Raises:
        ConversionError: several files match.
    """
    for pattern in patterns:
        found: List[Path] = sorted(path for path in folder.glob(pattern) if path.is_file())
        if len(found) > 1:
            raise ConversionError(
                f"{folder}: must hold one SentencePiece model. "
                f"Found: {', '.join(path.name for path in found)}. Leave the right one there."
            )
        if found:
            return found[0].read_bytes()
    return None


@contextlib.contextmanager
def empty_folder(folder: Path) -> Iterator[Path]:
    """Gives a temporary folder, which takes the name `folder` when the block ends without error.

    Args:
        folder: path of a new or empty folder.

    Yields:
        `pathlib.Path` to write into.

    Raises:
        OutputExistsError: the folder exists with something in it.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise OutputExistsError(
            f"`folder` must be new or empty. Received: {folder}. Choose another folder."
        )
    with new_folder(folder.absolute()) as temporary:
        yield temporary
