"""ResumingDownloader: one file from one of several addresses, in spite of the network."""

from __future__ import annotations

import os
import re
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Dict, List, Mapping, Optional, Set
from urllib.parse import urlsplit

import requests
from requests import exceptions as http
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn

from albert_zoo.downloads.session import OwnHostSession
from albert_zoo.errors import DownloadError

_CHUNK = 1 << 13  # bytes; what a cut connection loses at most
_RETRIED_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504})


class _AttemptFailedError(Exception):
    """An attempt failed in a way that may pass."""


class _AddressFailedError(Exception):
    """An address does not give the file, however often it is asked."""


@dataclass
class ResumingDownloader:
    """A downloader for pooch that tries again, from where the last attempt was cut.

    An address that brings nothing is left for the next one. Only before an address is asked again
    there is a wait.

    Args:
        addresses: list of str, where the same file lies, the best first.
        path: path of the file to be. Bytes gather in `<path>.part`.
        size: int, bytes, or None if not known.
        progress: bool. Whether to show a progress bar, if standard error is a terminal.
        retries: int. Attempts at an address, after the first, that may bring nothing new in a row.
        backoff: float, seconds before an address is asked again; twice as long each further time.
        timeout: float, seconds without a byte after which an attempt has failed.
        headers: Header names to values, for the host of the first address and no other.
        may_join: bool. Whether bytes of different addresses and calls may be put together, which
            only a checksum can justify.
    """

    addresses: List[str]
    path: Path
    size: Optional[int]
    progress: bool
    retries: int
    backoff: float
    timeout: float
    headers: Mapping[str, str]
    may_join: bool
    sources: Set[str] = field(init=False, default_factory=set)
    """Where the bytes of the file are from: addresses, or the part of an earlier call."""

    def __post_init__(self) -> None:
        self._part = self.path.with_name(self.path.name + ".part")
        self._reasons: Dict[str, str] = {}
        first = urlsplit(self.addresses[0])[:2]
        self._own_host = {url for url in self.addresses if urlsplit(url)[:2] == first}

    def __call__(self, _url: str, output_file: str, _pooch: object) -> None:
        """Pooch's interface: fills `output_file`, whose checksum pooch then compares."""
        self.sources = {str(self._part)} if self._part.exists() else set()
        if not self.may_join:
            self._part.unlink(missing_ok=True)
        console = Console(stderr=True)
        columns = ("{task.description}", BarColumn(), DownloadColumn(), TimeRemainingColumn())
        shown = self.progress and console.is_terminal
        with Progress(*columns, console=console, transient=True, disable=not shown) as bar:
            bar.add_task(self.path.name, total=self.size)
            self._try_all(bar)
        os.replace(self._part, output_file)

    def give_up(self, address: str, reason: str) -> None:
        """Asks an address no more.

        Raises:
            DownloadError: it was the last one.
        """
        self.addresses.remove(address)
        self._reasons[address] = reason
        if not self.addresses:
            reasons = "; ".join(f"{url}: {reason}" for url, reason in self._reasons.items())
            raise DownloadError(
                f"Could not download {reasons}. Try again later, or get the file by other means "
                f"and put it at {self.path}."
            )

    def _try_all(self, bar: Progress) -> None:
        failures = dict.fromkeys(self.addresses, 0)
        tried: Set[str] = set()
        address, furthest = "", self._offset()
        while True:
            keep = not self.may_join and self._offset() and address in self.addresses
            if not keep:
                before, address = address, min(self.addresses, key=lambda url: failures[url])
                if address != before and not self.may_join and self._offset():
                    self._part.unlink()
                    furthest = 0
            if address in tried:
                time.sleep(self.backoff * 2 ** max(0, failures[address] - 1))
            tried.add(address)
            try:
                return self._attempt(address, bar)
            except _AddressFailedError as error:
                self.give_up(address, str(error))
            except _AttemptFailedError as error:
                failures[address] = 0 if self._offset() > furthest else failures[address] + 1
                furthest = max(furthest, self._offset())
                if failures[address] > self.retries:
                    tries = f"{failures[address]} attempts in a row brought nothing new"
                    self.give_up(address, f"{error} ({tries})")

    def _offset(self) -> int:
        return self._part.stat().st_size if self._part.exists() else 0

    def _attempt(self, address: str, bar: Progress) -> None:
        offset = self._offset()
        if offset and offset == self.size:
            return
        wanted = {"Range": f"bytes={offset}-"} if offset else {}
        own = self.headers if address in self._own_host else {}
        try:
            with OwnHostSession(own) as session:
                get = session.get(address, headers=wanted, stream=True, timeout=self.timeout)
                with get as response:
                    self._save(response, address, offset, bar)
        except (http.ConnectionError, http.Timeout, http.ChunkedEncodingError) as error:
            raise _AttemptFailedError(f"the connection failed ({type(error).__name__})") from None
        except http.RequestException as error:
            raise _AddressFailedError(str(error).rstrip(".")) from None

    def _save(self, response: requests.Response, address: str, offset: int, bar: Progress) -> None:
        status = f"the server answered {response.status_code} {response.reason}"
        if response.status_code in _RETRIED_STATUS:
            raise _AttemptFailedError(status)
        if response.status_code not in (200, 206, 416):
            raise _AddressFailedError(status)

        start = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
        goes_on = response.status_code == 206 and start and int(start.group(1)) == offset
        if response.status_code == 416 or (response.status_code == 206 and not goes_on):
            self._part.unlink(missing_ok=True)  # these bytes cannot be continued: start over
            raise _AttemptFailedError(status)
        if not goes_on:
            offset = 0
            self.sources.clear()
        self.sources.add(address)
        length = response.headers.get("Content-Length")
        total = offset + int(length) if length else self.size
        if self.size not in (None, total):
            raise _AddressFailedError(f"{total} bytes are offered, {self.size} are expected")
        with open(self._part, "ab" if goes_on else "wb") as part:
            for chunk in response.iter_content(_CHUNK):
                part.write(chunk)
                offset += len(chunk)
                bar.update(bar.task_ids[0], completed=offset, total=total)
                if total is not None and offset > total:
                    break
        if total is not None and offset > total:
            self._part.unlink()
            raise _AddressFailedError(f"more than the expected {total} bytes came")
        if total is not None and offset < total:
            raise _AttemptFailedError(f"the connection was cut after {offset} of {total} bytes")
