"""Where Hugging Face's hub is, and with which token it is asked.

The variables are those of the package huggingface_hub, which only uploads need: downloads go
through `albert_zoo.downloads`, so that all of them resume, are checked, wait for each other and
lie in one cache.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Dict, Optional
from urllib.parse import urlsplit

_DEFAULT = "https://huggingface.co"


def hub_endpoint() -> str:
    """Returns the hub's address: `HF_ENDPOINT`, or https://huggingface.co.

    Example:

    >>> hub_endpoint().startswith("http")
    True
    """
    return (os.environ.get("HF_ENDPOINT") or _DEFAULT).rstrip("/")


def at_endpoint(url: str) -> str:
    """Returns an address of huggingface.co as one of the hub that is in use.

    Args:
        url: str, of any host; other hosts' addresses come back as they are.
    """
    return hub_endpoint() + url[len(_DEFAULT) :] if url.startswith(f"{_DEFAULT}/") else url


def hub_headers(url: str) -> Dict[str, str]:
    """Returns the headers for a request: the user's token, if the request goes to the hub.

    Args:
        url: str. Any other host gets no token.
    """
    if urlsplit(url)[:2] != urlsplit(hub_endpoint())[:2]:
        return {}
    token = hub_token()
    return {"Authorization": f"Bearer {token}"} if token else {}


def hub_token() -> Optional[str]:
    """Returns the user's token: `HF_TOKEN`, or what `hf auth login` wrote, or `None`."""
    token = os.environ.get("HF_TOKEN") or os.environ.get("HUGGING_FACE_HUB_TOKEN") or ""
    if not token.strip():
        try:
            token = _token_file().read_text(encoding="utf-8")
        except (OSError, ValueError):
            token = ""
    return "".join(token.split()) or None


def _token_file() -> Path:
    named = os.environ.get("HF_TOKEN_PATH")
    if named:
        return Path(named).expanduser()
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    home = os.environ.get("HF_HOME") or os.path.join(cache, "huggingface")
    return Path(home).expanduser() / "token"
