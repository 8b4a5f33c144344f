"""Reading a JSON file that the user names, with the line of a fault in the error."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict, List, Tuple

from albert_zoo.errors import AscendError


def read_text(name: str, path: Any) -> str:
    """Reads a file.

    Args:
        name: str, the option that names it, for errors.
        path: str or path.

    Raises:
        AscendError: there is no such file, or it is no text.
    """
    path = Path(path)
    if not path.is_file():
        kind = "which is a folder" if path.is_dir() else "which does not exist"
        raise AscendError(f"`{name}` must name a file. Received: {path}, {kind}. Correct the path.")
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise AscendError(
            f"`{name}` must name a text file. Received: {path}, which cannot be read ({error}). "
            "Correct the path."
        ) from None


def read_json_object(name: str, path: Any) -> Dict[str, Any]:
    """Reads a file that holds one JSON object.

    Raises:
        AscendError: there is no such file, it is no JSON, or a name stands in it twice.
    """
    return parse_json_object(name, path, read_text(name, path))


def parse_json_object(name: str, path: Any, text: str) -> Dict[str, Any]:
    """Reads one JSON object from a text.

    Args:
        name: str, the option that names the file, for errors.
        path: str or path of the file, for errors.
        text: str.
    """
    repeated: List[str] = []

    def unique(pairs: List[Tuple[str, Any]]) -> Dict[str, Any]:
        names = [key for key, _ in pairs]
        repeated.extend(key for key in names if names.count(key) > 1)
        return dict(pairs)

    try:
        content = json.loads(text, object_pairs_hook=unique)
    except json.JSONDecodeError as error:
        raise AscendError(
            f"{path}:{error.lineno}: `{name}` must be a JSON file without comments. "
            f"Received: {error.msg.lower()} in column {error.colno}. Correct the file."
        ) from None
    if repeated:
        raise AscendError(
            f"{path}: `{name}` must hold each name once. Received: {repeated[0]!r} twice. "
            "Correct the file."
        )
    if not isinstance(content, dict):
        raise AscendError(
            f"{path}: `{name}` must hold a JSON object. Received: {type(content).__name__}. "
            "Correct the file."
        )
    return content
