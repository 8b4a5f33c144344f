"""ShardProgress: which shards of a record file are there, for a run that goes on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict, List

from albert_zoo.atomic import new_file
from albert_zoo.data.record_files import progress_path, shard_path


class ShardProgress:
    """A note beside a record file of how much of it has been written, and from what.

    Args:
        path: path of the record file, were it one.
        head: dict of what the rows are made from: settings, and the size and date of the source.

    Example:

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp(), "train.tf_record")
    >>> ShardProgress(path, {"sequence_length": 128}).rows
    []
    """

    def __init__(self, path: Path, head: Dict[str, Any]):
        self.path = path
        self.head = json.loads(json.dumps(head))
        found = _read(progress_path(path))
        self.is_another = bool(found) and found.get("head") != self.head
        """Whether the note is of other settings or another source, and its shards of no use."""
        if self.is_another:
            found = {}
        self.truncated: int = found.get("truncated", 0)
        self.is_complete: bool = found.get("complete", False) and self._all_there(found["rows"])
        """Whether every shard is there."""
        self.rows: List[int] = []
        """Rows of each shard that is there, the first ones without a gap."""
        for number, rows in enumerate(found.get("rows", [])):
            if not (self.is_complete or shard_path(path, number).is_file()):
                break
            self.rows.append(rows)

    @property
    def files(self) -> List[Path]:
        """The shards that are there."""
        if self.is_complete and len(self.rows) == 1:
            return [self.path]
        return [shard_path(self.path, number) for number in range(len(self.rows))]

    def note(self, complete: bool = False) -> None:
        """Writes what there is."""
        self.is_complete = complete
        content = {
            "head": self.head,
            "rows": self.rows,
            "truncated": self.truncated,
            "complete": complete,
        }
        with new_file(progress_path(self.path)) as unfinished:
            unfinished.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")

    def forget(self) -> None:
        """Deletes the note."""
        progress_path(self.path).unlink(missing_ok=True)

    def _all_there(self, rows: List[int]) -> bool:
        if len(rows) == 1:
            return self.path.is_file()
        return all(shard_path(self.path, number).is_file() for number in range(len(rows)))


def _read(path: Path) -> Dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
