"""RemoteFile: a file on the web, with what was published about it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Dict, Mapping, Optional
from urllib.parse import urlsplit

from albert_zoo.downloads import fetch
from albert_zoo.errors import ConversionError

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_KEYS = {"name", "url", "size", "approximate_size", "sha256"}
BACKOFF = 1.0  # seconds before a second attempt
_RETRIES = 2  # in a row without a byte; there is mostly another mirror to ask


@dataclass(frozen=True)
class RemoteFile:
    """A file on the web, with what was published about it.

    Args:
        name: str. Its path in the folder that it belongs to.
        url: str, an https address.
        size: int, bytes, or `None` if it was not published exactly.
        sha256: str, 64 hexadecimal digits, or `None` if none was published.
        approximate_size: int, bytes, as rounded by the page that names the file; for display.

    Example:

    >>> RemoteFile("config.json", "https://example.org/albert/config.json", size=684).size
    684
    """

    name: str
    url: str
    size: Optional[int] = None
    sha256: Optional[str] = None
    approximate_size: Optional[int] = None

    @classmethod
    def from_json(cls, value: Any, where: str) -> RemoteFile:
        """Makes one from an entry of a `metadata.json`.

        Args:
            value: dict with `name` and `url`, and any of the other arguments.
            where: str, the file, for messages.

        Returns:
            `RemoteFile`.

        Raises:
            ConversionError: a key is missing, unknown or of the wrong kind.
        """
        if not isinstance(value, dict) or set(value) - _KEYS:
            raise ConversionError(
                f"`mirrors` in {where} must list files with the keys {', '.join(sorted(_KEYS))}. "
                f"Received: {value!r}. Correct the file."
            )
        name, url, sha256 = value.get("name"), value.get("url"), value.get("sha256")
        if not is_plain_path(name):
            raise ConversionError(
                f"`name` of a file in {where} must be a path within its folder. Received: "
                f"{name!r}. Correct the file."
            )
        if not isinstance(url, str) or not is_secure(url):
            raise ConversionError(
                f"`url` of {name} in {where} must begin with https://. Received: {url!r}. "
                "Correct the file."
            )
        if sha256 is not None and not re.fullmatch("[0-9a-f]{64}", str(sha256)):
            raise ConversionError(
                f"`sha256` of {name} in {where} must be 64 hexadecimal digits. Received: "
                f"{sha256!r}. Correct the file."
            )
        sizes: Dict[str, Optional[int]] = {}
        for key in ("size", "approximate_size"):
            size = value.get(key)
            if size is not None and (not isinstance(size, int) or size < 0):
                raise ConversionError(
                    f"`{key}` of {name} in {where} must be a number of bytes. Received: {size!r}. "
                    "Correct the file."
                )
            sizes[key] = size
        return cls(str(name), url, sha256=sha256, **sizes)

    def fetch_into(self, folder: Path, headers: Optional[Mapping[str, str]] = None) -> Path:
        """Downloads the file, unless it is in the folder already.

        Args:
            folder: path; made if need be.
            headers: of the request, such as a token.

        Returns:
            `pathlib.Path` of the file.

        Raises:
            DownloadError: it cannot be had, or is not the published file.
        """
        path = folder / self.name
        return fetch(
            self.url,
            path,
            sha256=self.sha256,
            size=self.size,
            retries=_RETRIES,
            backoff=BACKOFF,
            headers=dict(headers) if headers else None,
        )

    def forget(self, folder: Path) -> None:
        """Deletes the file and the checksum of its first use, so that it is fetched anew.

        Args:
            folder: path that `fetch_into` got.
        """
        for name in (self.name, f"{self.name}.sha256"):
            (folder / name).unlink(missing_ok=True)


def is_secure(url: str) -> bool:
    """Says whether an address is encrypted, or on this machine.

    Example:

    >>> is_secure("https://example.org/a.zip"), is_secure("http://example.org/a.zip")
    (True, False)
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:  # "https://[": half an IPv6 address
        return False
    return bool(host) and (
        parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)
    )


def is_plain_path(name: Any) -> bool:
    """Says whether a name is a relative path that stays within its folder.

    Example:

    >>> is_plain_path("assets/vocabulary.spm"), is_plain_path("../vocabulary.spm")
    (True, False)
    """
    if not isinstance(name, str) or not name or "\\" in name or ":" in name:
        return False
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and str(path) == name
