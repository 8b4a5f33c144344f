"""Answers of a hub's web interface: small, never kept, asked for again if the server is busy."""

from __future__ import annotations

import time
from typing import Any, Dict, Mapping, Optional

import requests

from albert_zoo.downloads import is_offline
from albert_zoo.errors import DownloadError

ATTEMPTS = 3
BACKOFF = 1.0  # seconds before the second attempt; twice as long before each further one
_TIMEOUT = 30.0  # seconds without a byte
_RETRIED_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504})


class UnreachableError(DownloadError):
    """A server that does not answer now; what an earlier call kept may do."""


def get_json(
    url: str,
    headers: Optional[Mapping[str, str]] = None,
    meanings: Optional[Mapping[int, str]] = None,
) -> Dict[str, Any]:
    """Asks a web interface for a JSON object.

    Args:
        url: str.
        headers: of the request. Another host, to which the server may send on, does not see an
            `Authorization` among them.
        meanings: dict of HTTP status to what the user can do about it, a sentence.

    Returns:
        dict.

    Raises:
        UnreachableError: the network is forbidden or down, or the server stays busy.
        DownloadError: the server refuses, or answers something else.
    """
    if is_offline():
        raise UnreachableError(
            f"{url} is not asked while `ALBERT_ZOO_OFFLINE` or `--offline` is set. Allow the "
            "network for once."
        )
    reason = ""
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(BACKOFF * 2 ** (attempt - 1))
        try:
            response = requests.get(url, headers=dict(headers or {}), timeout=_TIMEOUT)
        except (requests.ConnectionError, requests.Timeout) as error:
            reason = f"the connection failed ({type(error).__name__})"
            continue
        except requests.RequestException as error:
            raise DownloadError(f"Could not ask {url}: {error}. Check the address.") from None
        reason = f"the server answered {response.status_code} {response.reason}"
        if response.status_code not in _RETRIED_STATUS:
            return _object(response, url, reason, meanings or {})
    raise UnreachableError(f"Could not ask {url}: {reason}, {ATTEMPTS} times. Try again later.")


def _object(
    response: requests.Response, url: str, status: str, meanings: Mapping[int, str]
) -> Dict[str, Any]:
    if response.status_code != 200:
        advice = meanings.get(response.status_code, "Check the address.")
        raise DownloadError(f"Could not ask {url}: {status}. {advice}")
    try:
        answer = response.json()
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise DownloadError(
            f"Could not ask {url}: the answer is no JSON object. Check the address; a proxy may "
            "stand in between."
        )
    return answer
