"""fetch: a file from its address, once, whole and checked."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import List, Mapping, Optional, Sequence, Union

import pooch

from albert_zoo.downloads.lock import locked
from albert_zoo.downloads.offline import VARIABLE, is_offline
from albert_zoo.downloads.recorded_checksum import RecordedChecksum
from albert_zoo.downloads.resuming_downloader import ResumingDownloader
from albert_zoo.errors import DownloadError


def fetch(
    url: Union[str, Sequence[str]],
    path: Union[str, Path],
    sha256: Optional[str] = None,
    size: Optional[int] = None,
    progress: bool = True,
    retries: int = 4,
    backoff: float = 1.0,
    timeout: float = 30.0,
    headers: Optional[Mapping[str, str]] = None,
) -> Path:
    """Downloads a file unless it is there already.

    Bytes gather in `<path>.part`, from which a cut download goes on, also in a later call. The file
    takes its name only when it is complete and its checksum is right, so a file under `path` is
    always whole. Of two processes that want the same file one downloads it and the other waits.

    A file without a published checksum is believed once: its own is then written to `<path>.sha256`
    and every later state of the file must have it, on the disk and at the address. With a published
    checksum that record only saves reading the file again while its size and time are unchanged.

    Args:
        url: str, an http or https address; or several, for the same bytes, the best first.
        path: str or path of the file to be. Folders are made.
        sha256: str, 64 hexadecimal digits, or None if none is published.
        size: int, bytes, or None if not known.
        progress: bool. Whether to show a progress bar, if standard error is a terminal.
        retries: int. Attempts at an address, after the first, that may bring nothing new in a row.
        backoff: float, seconds before an address is asked again; twice as long each further time.
        timeout: float, seconds without a byte after which an attempt has failed.
        headers: Header names to values, with a token for instance. The host of the first address
            sees them and no other, be it a mirror or the target of a redirect.

    Returns:
        `Path`, the file.

    Raises:
        DownloadError: no such address, wrong size or checksum (nothing is left behind then), or no
            progress in spite of all retries (what came so far is kept for the next call). Also if
            the file is not there and `ALBERT_ZOO_OFFLINE` forbids fetching it, and if it is not
            what its record says.

    Example:

    >>> fetch("https://dl.fbaipublicfiles.com/glue/data/RTE.zip", "RTE.zip")  # doctest: +SKIP
    PosixPath('RTE.zip')
    """
    path, sha256 = Path(path), sha256 and sha256.lower()
    addresses = [url] if isinstance(url, str) else list(url)
    if not addresses:
        raise ValueError("`url` must name one address or more. Received: none.")
    if _is_there(path, sha256, size):  # before anything is written: the folder may be read-only
        return path
    if is_offline():
        raise _offline_failure(addresses, path, sha256)
    path.parent.mkdir(parents=True, exist_ok=True)
    with locked(path):
        if _is_there(path, sha256, size):  # another process was quicker
            return path
        record = RecordedChecksum.read(path)
        expected = sha256 or (record.sha256 if record else None)
        get = ResumingDownloader(
            addresses, path, size, progress, retries, backoff, timeout, headers or {},
            may_join=expected is not None,
        )  # fmt: skip
        _retrieve(get, expected, is_published=sha256 is not None)
        if sha256 is None or record is not None:  # an older edition's record is outdated
            _keep(RecordedChecksum.of(path, expected), path)
    return path


def _is_there(path: Path, sha256: Optional[str], size: Optional[int]) -> bool:
    """Whether the file exists and is the published or recorded one."""
    if not path.is_file():
        return False
    if sha256 is None and size not in (None, path.stat().st_size):
        raise DownloadError(
            f"{path} must have the published size, {size} bytes. Found: {path.stat().st_size} "
            "bytes. Delete it."
        )
    record = RecordedChecksum.read(path)
    found = record if record and record.describes(path) else RecordedChecksum.of(path)
    if sha256 is None and record and found.sha256 != record.sha256:
        place = RecordedChecksum.place(path)
        raise DownloadError(
            f"{path} must stay as it was at its first use, with the sha256 {record.sha256}. Found: "
            f"{found.sha256}. If the change is wanted, delete {place}; if not, delete {path}."
        )
    if sha256 not in (None, found.sha256):
        return False
    if found != record:
        _keep(found, path)
    return True


def _keep(record: RecordedChecksum, path: Path) -> None:
    with contextlib.suppress(OSError):  # whoever may not write cannot change the file
        record.write(path)


def _retrieve(get: ResumingDownloader, expected: Optional[str], is_published: bool) -> None:
    pooch.get_logger().setLevel("WARNING")
    while True:
        try:
            pooch.retrieve(
                get.addresses[0],
                known_hash=expected and f"sha256:{expected}",
                fname=get.path.name,
                path=get.path.parent,
                downloader=get,
            )
            return
        except ValueError:
            (source, *others) = get.sources
            if source in get.addresses and not others:
                reason = f"its sha256 is not the published one, {expected}"
                if not is_published:
                    reason = f"its sha256 is not {expected}, as at its first use; if the change is "
                    reason += f"wanted, delete {RecordedChecksum.place(get.path)}"
                get.give_up(source, reason)
            else:  # any of the pieces may be at fault: once more, from the start
                get.may_join = False


def _offline_failure(addresses: List[str], path: Path, sha256: Optional[str]) -> DownloadError:
    lacks = f"is not the file with the sha256 {sha256}" if path.is_file() else "is not there"
    return DownloadError(
        f"{path} {lacks}, and nothing is downloaded while `{VARIABLE}` or `--offline` is set. Get "
        f"{' or '.join(addresses)} by other means and put it there, or allow the download."
    )
