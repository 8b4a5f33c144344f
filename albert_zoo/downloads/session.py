"""OwnHostSession: an HTTP session that shows its headers to one host only."""

from __future__ import annotations

from typing import Mapping

import requests


class OwnHostSession(requests.Session):
    """Takes its own headers out of a request that a redirect sends to another host.

    Of `requests` alone that holds for `Authorization`, but not for a token in another header.

    Args:
        own_headers: Header names to values.
    """

    def __init__(self, own_headers: Mapping[str, str]):
        super().__init__()
        self._own_names = list(own_headers)
        self.headers.update({"Accept-Encoding": "identity", **own_headers})

    def rebuild_auth(
        self, prepared_request: requests.PreparedRequest, response: requests.Response
    ) -> None:
        """Called by `requests` for each redirect."""
        super().rebuild_auth(prepared_request, response)
        if self.should_strip_auth(str(response.request.url), str(prepared_request.url)):
            for name in self._own_names:
                prepared_request.headers.pop(name, None)
