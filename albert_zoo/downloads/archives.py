"""safe_extract: archives from strangers, unpacked whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import gzip
import os
import struct
import tarfile
import tempfile
import zipfile
import zlib
from functools import partial
from pathlib import Path
from typing import Union

from albert_zoo.downloads.archive_members import ArchiveMember, members_of
from albert_zoo.errors import DataError, OutputExistsError

_CHUNK = 1 << 16  # bytes
_DEEPEST = 32  # folders in each other
_UNFIT_NAMES = {errno.EEXIST, errno.EISDIR, errno.ENOTDIR, errno.EINVAL, errno.ENAMETOOLONG}
# zipfile says RuntimeError for a password and NotImplementedError, which is one, for odd versions.
_UNSOUND = (
    zipfile.BadZipFile, tarfile.TarError, gzip.BadGzipFile, zlib.error, struct.error,
    RuntimeError, EOFError, ValueError, OverflowError,
)  # fmt: skip


def safe_extract(
    archive: Union[str, Path],
    folder: Union[str, Path],
    max_bytes: int = 4 << 30,
    max_members: int = 10_000,
) -> Path:
    """Unpacks an archive from somewhere else into a new folder.

    Zip, tar and tar.gz are told apart by content. Nothing is written outside the folder, and it
    appears under its name only when all is unpacked. Files get the permissions of any new file:
    those in the archive, the setuid bit among them, are not applied.

    Args:
        archive: str or path of a zip, tar or tar.gz file.
        folder: str or path of the folder to be; the one it lies in is made.
        max_bytes: int. What the files may amount to, as declared and as really unpacked.
        max_members: int. How many files and folders there may be.

    Returns:
        `Path`, the folder.

    Raises:
        DataError: not a sound archive; or it holds a link, a device, a path that leads out of the
            folder, one name twice, or more than allowed.
        OutputExistsError: the folder is there already.
    """
    archive, folder = Path(archive), Path(folder)
    if folder.exists():
        raise OutputExistsError(f"`folder` must not exist yet. Received: {folder}.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as beside:
        unpacked = Path(beside) / "unpacked"
        unpacked.mkdir()
        try:
            _unpack(archive, unpacked, max_bytes, max_members)
        except DataError as error:
            raise DataError(str(error), path=archive) from None
        except _UNSOUND as error:
            reason = f"not a sound zip or tar archive ({error})."
            raise DataError(reason, path=archive) from None
        os.rename(unpacked, folder)
    return folder


def _unpack(archive: Path, target: Path, max_bytes: int, max_members: int) -> None:
    left = max_bytes
    too_much = DataError(f"holds more than the allowed {max_bytes} bytes.")
    with contextlib.closing(members_of(archive)) as members:
        for number, member in enumerate(members, start=1):
            if number > max_members:
                raise DataError(f"holds more than the allowed {max_members} files and folders.")
            _check(member)
            if member.size > left:
                raise too_much
            try:
                written = _write(member, target / member.name, left)
            except OSError as error:
                if error.errno not in _UNFIT_NAMES:
                    raise
                reason = (error.strerror or "").lower()
                raise DataError(f"holds an unfit name: {member.name!r} ({reason}).") from None
            left -= written
            if left < 0:
                raise too_much


def _write(member: ArchiveMember, path: Path, limit: int) -> int:
    """Returns the bytes written; one chunk more than the limit at most."""
    if member.kind == "folder":
        path.mkdir(parents=True, exist_ok=True)
        return 0
    path.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with member.open() as source, open(path, "xb") as output:
        for chunk in iter(partial(source.read, _CHUNK), b""):
            output.write(chunk)
            written += len(chunk)
            if written > limit:
                break
    return written


def _check(member: ArchiveMember) -> None:
    name = member.name
    parts = name.replace("\\", "/").split("/")
    if name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0] or "\0" in name:
        raise DataError(f"holds a path that leads out of the folder: {name!r}.")
    if len(parts) > _DEEPEST:
        raise DataError(f"holds a path of more than {_DEEPEST} folders: {name[:80]!r}.")
    if member.kind == "other":
        raise DataError(f"holds a link or a special file: {name!r}.")
