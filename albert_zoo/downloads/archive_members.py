"""ArchiveMember: what zip and tar archives hold, in one form, read without trust."""

from __future__ import annotations

import errno
import gzip
import os
import stat
import struct
import tarfile
import zipfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any, BinaryIO, Callable, Generator, Iterator

from albert_zoo.errors import DataError

_LARGEST_READ = 1 << 17  # bytes; headers and our chunks are smaller
_LONGEST_END = 1 << 20  # bytes of padding; tar makes 10240 at most
_BLOCK = 512  # bytes of a tar header
_ZIP_END = 22  # bytes of what ends a zip file, but for its comment
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


@dataclass(frozen=True)
class ArchiveMember:
    """A member of an archive.

    Args:
        name: str, its path, not yet checked.
        kind: str, `"file"`, `"folder"` or `"other"`: a link, a device or what is not known.
        size: int, bytes, as declared.
        open: Gives a file object with the content.
    """

    name: str
    kind: str
    size: int
    open: Callable[[], IO[bytes]]


def members_of(archive: Path) -> Generator[ArchiveMember, None, None]:
    """Yields the members of a zip, tar or tar.gz file, one after the other.

    Args:
        archive: path of the file, whose first bytes tell which it is.

    Raises:
        DataError: neither, or a tar file that is cut or goes on after its end. Errors of the
            standard library's readers come as they are.
    """
    with open(archive, "rb") as file:
        start = file.read(4)
        file.seek(0)
        # Not `is_zipfile`: that also takes a tar file with a zip file at its end.
        if start in (b"PK\3\4", b"PK\5\6"):
            yield from _zip_members(file)
        elif start[:2] == b"\x1f\x8b":
            with gzip.GzipFile(fileobj=file) as unzipped:
                yield from _tar_members(unzipped)
        else:
            yield from _tar_members(file)


def _zip_members(file: BinaryIO) -> Iterator[ArchiveMember]:
    try:
        opened = zipfile.ZipFile(file)
    except OSError as error:  # it goes to places that do not exist
        if error.errno != errno.EINVAL:
            raise
        raise _unsound("its list of files is damaged") from None
    with opened:
        members = opened.infolist()
        file.seek(-_ZIP_END - len(opened.comment), os.SEEK_END)
        (count,) = struct.unpack_from("<H", file.read(_ZIP_END), 10)
        if count != min(len(members), 0xFFFF):  # zipfile does not compare them
            raise _unsound(f"{len(members)} of {count} files are listed")
        for info in members:
            name = info.filename
            if not name:
                raise _unsound("a file without a name")
            # Other methods may ask for gigabytes of memory.
            if info.compress_type not in _COMPRESSIONS:
                raise DataError(f"holds a file that is neither stored nor deflated: {name!r}.")
            if info.is_dir() and info.file_size:
                raise _unsound(f"a folder with content, {name!r}")
            mode = stat.S_IFMT(info.external_attr >> 16)  # 0 if not made on Unix
            kind = "folder" if info.is_dir() else "file"
            if mode not in (0, stat.S_IFREG, stat.S_IFDIR):
                kind = "other"
            yield ArchiveMember(name, kind, info.file_size, partial(opened.open, info))


class _CarefulStream:
    """What tarfile reads from: forwards only, and never as much as only the archive asks for.

    So no header fills the memory, and no negative size makes a loop.
    """

    def __init__(self, stream: Any):
        self._stream = stream
        self._position = 0
        self.last = b""

    def tell(self) -> int:
        return self._position

    def seek(self, position: int) -> None:
        self._position = position

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= _LARGEST_READ:
            raise _unsound(f"a header of {size} bytes")
        back = self._stream.tell() - self._position
        if back == size == 1 and self.last:  # how tarfile sees that the data was not cut
            self._position += 1
            return self.last[-1:]
        if back > 0:
            raise _unsound("it leads back to what was read")
        self._stream.seek(self._position)
        self.last = self._stream.read(size)
        self._position += len(self.last)
        return self.last


def _tar_members(file: Any) -> Iterator[ArchiveMember]:
    stream: Any = _CarefulStream(file)
    with tarfile.open(fileobj=stream, mode="r:") as opened:
        for info in opened:
            if info.size < 0:
                raise _unsound("a negative size")
            kind = "file" if info.isreg() else "folder" if info.isdir() else "other"
            yield ArchiveMember(info.name, kind, info.size, partial(_content, opened, info))
        _check_end(stream)


def _content(opened: tarfile.TarFile, info: tarfile.TarInfo) -> IO[bytes]:
    content = opened.extractfile(info)
    if content is None:
        raise DataError(f"holds a link or a special file: {info.name!r}.")
    return content


def _check_end(stream: _CarefulStream) -> None:
    """Sees that the members did not end at a damaged header, which tarfile passes over."""
    if stream.last != bytes(_BLOCK):
        raise _unsound("it is cut or damaged")
    # gzip compares its checksum at its end.
    left = _LONGEST_END
    while left > 0:
        chunk = stream.read(1 << 16)
        if not chunk:
            return
        if chunk.strip(b"\0"):
            break
        left -= len(chunk)
    raise _unsound("it goes on after its end")


def _unsound(reason: str) -> DataError:
    return DataError(f"not a sound zip or tar archive ({reason}).")
