"""Fetching files over an unsteady network, and unpacking archives that are not trusted."""

from __future__ import annotations

import contextlib
import os
import re
import stat
import tempfile
import time
import zipfile
import zlib
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Iterator, Optional, Union

import pooch
import requests
from requests import exceptions as http
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn

from albert_zoo.errors import DataError, DownloadError, OutputExistsError

try:
    import fcntl
except ImportError:  # Windows; two processes at once are not kept apart there
    fcntl = None  # type: ignore[assignment]

_CHUNK = 1 << 13  # bytes; what a cut connection loses at most
_RETRIED_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504})


def fetch(
    url: str,
    path: Union[str, Path],
    sha256: Optional[str] = None,
    size: Optional[int] = None,
    progress: bool = True,
    retries: int = 4,
    backoff: float = 1.0,
    timeout: float = 30.0,
) -> Path:
    """Downloads a file unless it is there already.

    Bytes gather in `<path>.part`, from which a cut download goes on, also in a later call. The file
    takes its name only when it is complete and its checksum is right, so a file under `path` is
    always whole. Of two processes that want the same file one downloads it and the other waits.

    Args:
        url: str, an http or https address.
        path: str or path of the file to be. Folders are made.
        sha256: str, 64 hexadecimal digits, or None to believe what comes.
        size: int, bytes, or None if not known.
        progress: bool. Whether to show a progress bar, if standard error is a terminal.
        retries: int. Attempts, after the first, that may bring nothing new in a row.
        backoff: float, seconds before the first retry; twice as long before each further one.
        timeout: float, seconds without a byte after which an attempt has failed.

    Returns:
        `Path`, the file.

    Raises:
        DownloadError: no such address, wrong size or checksum (nothing is left behind then), or no
            progress in spite of all retries (what came so far is kept for the next call).

    Example:

    >>> fetch("https://dl.fbaipublicfiles.com/glue/data/RTE.zip", "RTE.zip")  # doctest: +SKIP
    PosixPath('RTE.zip')
    """
    path = Path(path)
    if path.is_file() and (sha256 is None or pooch.file_hash(str(path)) == sha256):
        return path  # before anything is written: the folder may be read-only
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    pooch.get_logger().setLevel("WARNING")
    with locked(path):
        # Nothing tells what an earlier call's bytes belong to if there is no checksum.
        may_resume = sha256 is not None
        while True:
            if not may_resume:
                part.unlink(missing_ok=True)
            resumed = part.exists()
            get = _ResumingDownloader(part, path, size, progress, retries, backoff, timeout)
            try:
                pooch.retrieve(
                    url,
                    known_hash=sha256 and f"sha256:{sha256}",
                    fname=path.name,
                    path=path.parent,
                    downloader=get,
                )
                return path
            except ValueError:
                if not resumed:
                    reason = f"its sha256 is not the published one, {sha256}"
                    raise _failure(url, path, reason) from None
                may_resume = False  # the old bytes may be at fault: once more, from the start


def _failure(url: str, path: Path, reason: str) -> DownloadError:
    return DownloadError(
        f"Could not download {url}: {reason}. Try again later, or get the file by other means and "
        f"put it at {path}."
    )


class _AttemptFailedError(Exception):
    """An attempt failed in a way that may pass."""


@dataclass
class _ResumingDownloader:
    """A downloader for pooch that tries again, from where the last attempt was cut."""

    part: Path
    path: Path
    size: Optional[int]
    progress: bool
    retries: int
    backoff: float
    timeout: float

    def __call__(self, url: str, output_file: str, _pooch: object) -> None:
        """Pooch's interface: fills `output_file`, whose checksum pooch then compares."""
        console = Console(stderr=True)
        columns = ("{task.description}", BarColumn(), DownloadColumn(), TimeRemainingColumn())
        shown = self.progress and console.is_terminal
        failures, furthest = 0, self._offset()
        with Progress(*columns, console=console, transient=True, disable=not shown) as bar:
            bar.add_task(self.path.name, total=self.size)
            while True:
                try:
                    self._attempt(url, bar)
                    break
                except _AttemptFailedError as error:
                    failures = 0 if self._offset() > furthest else failures + 1
                    furthest = max(furthest, self._offset())
                    if failures > self.retries:
                        tries = f"{failures} attempts in a row brought nothing new"
                        raise _failure(url, self.path, f"{error} ({tries})") from None
                    time.sleep(self.backoff * 2 ** max(0, failures - 1))
        os.replace(self.part, output_file)

    def _offset(self) -> int:
        return self.part.stat().st_size if self.part.exists() else 0

    def _attempt(self, url: str, bar: Progress) -> None:
        offset = self._offset()
        if offset and offset == self.size:
            return
        headers = {"Accept-Encoding": "identity"}
        if offset:
            headers["Range"] = f"bytes={offset}-"
        try:
            with requests.get(url, headers=headers, stream=True, timeout=self.timeout) as response:
                self._save(response, offset, bar)
        except (http.ConnectionError, http.Timeout, http.ChunkedEncodingError) as error:
            raise _AttemptFailedError(f"the connection failed ({type(error).__name__})") from None
        except http.RequestException as error:
            raise _failure(url, self.path, str(error)) from None

    def _save(self, response: requests.Response, offset: int, bar: Progress) -> None:
        status = f"the server answered {response.status_code} {response.reason}"
        if response.status_code in _RETRIED_STATUS:
            raise _AttemptFailedError(status)
        if response.status_code not in (200, 206, 416):
            raise _failure(response.url, self.path, status)

        start = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
        goes_on = response.status_code == 206 and start and int(start.group(1)) == offset
        if response.status_code == 416 or (response.status_code == 206 and not goes_on):
            self.part.unlink(missing_ok=True)  # these bytes cannot be continued: start over
            raise _AttemptFailedError(status)
        offset = offset if goes_on else 0
        length = response.headers.get("Content-Length")
        total = offset + int(length) if length else self.size
        if self.size not in (None, total):
            self._refuse(response.url, f"{total} bytes are offered, {self.size} are expected")
        with open(self.part, "ab" if goes_on else "wb") as part:
            for chunk in response.iter_content(_CHUNK):
                part.write(chunk)
                offset += len(chunk)
                bar.update(bar.task_ids[0], completed=offset, total=total)
                if total is not None and offset > total:
                    self._refuse(response.url, f"more than the expected {total} bytes came")
        if total is not None and offset < total:
            raise _AttemptFailedError(f"the connection was cut after {offset} of {total} bytes")

    def _refuse(self, url: str, reason: str) -> None:
        self.part.unlink(missing_ok=True)
        raise _failure(url, self.path, reason)


@contextlib.contextmanager
def locked(path: Union[str, Path]) -> Iterator[None]:
    """Keeps other processes out while one works on `path`; the mark is `<path>.lock`.

    The operating system holds the lock and drops it when the process ends, however it ends. So no
    stale lock can block a later run, as a mere mark on the disk would.
    """
    mark = Path(f"{path}.lock")
    mark.parent.mkdir(parents=True, exist_ok=True)
    if fcntl is None:
        yield
        return
    while True:
        with open(mark, "w") as held:
            with contextlib.suppress(OSError):  # some network file systems have no locks
                fcntl.flock(held, fcntl.LOCK_EX)
            # The process before may have taken the mark away while this one waited for it.
            if not _is_same_file(held.fileno(), mark):
                continue
            try:
                yield
            finally:
                mark.unlink()
            return


def _is_same_file(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path))
    except FileNotFoundError:
        return False


# === Archives ===


def safe_extract(
    archive: Union[str, Path], folder: Union[str, Path], max_bytes: int = 4 << 30
) -> Path:
    """Unpacks a zip archive from somewhere else into a new folder.

    Nothing is written outside the folder, and it appears under its name only when all is unpacked.

    Args:
        archive: str or path of a zip file.
        folder: str or path of the folder to be; the one it lies in is made.
        max_bytes: int. What the files may amount to, as declared and as really unpacked.

    Returns:
        `Path`, the folder.

    Raises:
        DataError: not a sound zip archive; or it holds a link, a path that leads out of the folder,
            or more bytes than allowed.
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
            with zipfile.ZipFile(archive) as opened:
                _unpack(opened, archive, unpacked, max_bytes)
        # zipfile says RuntimeError for a password and NotImplementedError for odd compressions.
        except (zipfile.BadZipFile, RuntimeError, EOFError, zlib.error) as error:
            raise DataError(f"not a sound zip archive ({error}).", path=archive) from None
        os.rename(unpacked, folder)
    return folder


def _unpack(opened: zipfile.ZipFile, archive: Path, target: Path, max_bytes: int) -> None:
    members = opened.infolist()
    for member in members:
        _check_member(member, archive)
    too_much = DataError(f"holds more than the allowed {max_bytes} bytes.", path=archive)
    if sum(member.file_size for member in members) > max_bytes:
        raise too_much
    left = max_bytes
    for member in members:
        path = target / member.filename
        if member.is_dir():
            path.mkdir(parents=True, exist_ok=True)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        with opened.open(member) as source, open(path, "wb") as output:
            for chunk in iter(partial(source.read, _CHUNK), b""):
                left -= len(chunk)
                if left < 0:
                    raise too_much
                output.write(chunk)


def _check_member(member: zipfile.ZipInfo, archive: Path) -> None:
    name = member.filename
    parts = name.replace("\\", "/").split("/")
    if name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0]:
        raise DataError(f"holds a path that leads out of the folder: {name!r}.", path=archive)
    kind = stat.S_IFMT(member.external_attr >> 16)  # 0 where the archive was not made on Unix
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise DataError(f"holds a link or a special file: {name!r}.", path=archive)
