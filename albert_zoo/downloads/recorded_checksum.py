"""RecordedChecksum: what a file was when it was last checked, kept beside it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

import pooch

from albert_zoo.atomic import new_file
from albert_zoo.errors import DownloadError


@dataclass(frozen=True)
class RecordedChecksum:
    """The checksum in `<file>.sha256`, with the file's size and time when it was taken.

    `sha256sum -c` reads the record as well: size and time stand in a comment. While both are
    unchanged the file is not read again, which takes seconds for the larger weights.

    Args:
        sha256: str, 64 hexadecimal digits.
        size: int, bytes; -1 if not known, as in a record that `sha256sum` wrote.
        modified: int, nanoseconds since 1970; -1 if not known.

    Example:

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "vocabulary.txt"
    >>> _ = path.write_text("the")
    >>> RecordedChecksum.of(path).write(path)
    >>> RecordedChecksum.read(path).describes(path)
    True
    """

    sha256: str
    size: int = -1
    modified: int = -1

    @staticmethod
    def place(path: Path) -> Path:
        """Returns where the record of a file lies."""
        return path.with_name(path.name + ".sha256")

    @classmethod
    def of(cls, path: Path, sha256: Optional[str] = None) -> RecordedChecksum:
        """Describes a file as it is; reads it, unless its checksum is told."""
        status = path.stat()  # before the reading: a change during it makes the record outdated
        sha256 = pooch.file_hash(str(path)) if sha256 is None else sha256
        return cls(sha256, status.st_size, status.st_mtime_ns)

    @classmethod
    def read(cls, path: Path) -> Optional[RecordedChecksum]:
        """Returns the record of a file, or None if there is none.

        Raises:
            DownloadError: there is something else in its place.
        """
        place = cls.place(path)
        try:
            text = place.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return None
        checksum = re.search(r"^([0-9a-fA-F]{64})\b", text, re.MULTILINE)
        if checksum is None:
            raise DownloadError(
                f"{place} must hold the sha256 of {path.name}. Received: {text[:40]!r}. Delete it."
            )
        state = re.search(r"^# size (\d+) modified (\d+)$", text, re.MULTILINE)
        numbers = (int(state.group(1)), int(state.group(2))) if state else (-1, -1)
        return cls(checksum.group(1).lower(), *numbers)

    def describes(self, path: Path) -> bool:
        """Says whether the file still has the size and time of the record."""
        status = path.stat()
        return (status.st_size, status.st_mtime_ns) == (self.size, self.modified)

    def write(self, path: Path) -> None:
        """Writes the record beside the file."""
        with new_file(self.place(path)) as unfinished:
            state = f"# size {self.size} modified {self.modified}\n"
            unfinished.write_bytes(f"{state}{self.sha256}  {path.name}\n".encode())
