"""Addresses of models: `https://`, `hf://` and `kaggle://`."""

from __future__ import annotations

import hashlib
import logging
import re
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from albert_zoo.checkpoints.files import read_json
from albert_zoo.errors import PresetNotFoundError
from albert_zoo.paths import cache_root
from albert_zoo.zoo.archives import SUFFIXES, is_archive, remote_archive, stem_of
from albert_zoo.zoo.hubs.hub_address import HubAddress
from albert_zoo.zoo.hubs.hugging_face import fetch_from_hub
from albert_zoo.zoo.hubs.kaggle import fetch_from_kaggle
from albert_zoo.zoo.known_presets import known_presets
from albert_zoo.zoo.preset_io import CONFIG
from albert_zoo.zoo.remote_file import RemoteFile, is_secure

logger = logging.getLogger(__name__)

_PAGE = re.compile(r"https://huggingface\.co/([\w.-]+/[\w.-]+?)(?:/(?:tree|blob)/.*)?/?")


def is_address(text: str) -> bool:
    """Says whether a text is an address, and neither a path nor a name.

    Example:

    >>> is_address("hf://albert/albert-base-v2"), is_address("runs/mrpc/preset")
    (True, False)
    """
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", text) is not None


def fetch_address(address: str, need_weights: bool = True) -> Path:
    """Fetches the model at an address, unless it is here already.

    Args:
        address: str: `hf://owner/name`, `kaggle://owner/model/framework/variation`, or
            `https://...` of an archive.
        need_weights: bool. False leaves the weights of a preset of ours on Hugging Face's hub
            where they are.

    Returns:
        `pathlib.Path` of the folder in the cache that holds it.

    Raises:
        PresetNotFoundError: it is no such address.
        DownloadError: the model cannot be had, or is not the published or the earlier one.
        DataError: it is not a sound archive.
        ConversionError: it holds no model in a format that is read, or several.
    """
    scheme = address.split("://")[0].lower()
    if scheme == "hf":
        hub_address = HubAddress.parse(address)
        folder = fetch_from_hub(hub_address, need_weights)
        _note_other_heads(hub_address, folder)
        return folder
    if scheme == "kaggle":
        return fetch_from_kaggle(address)
    if scheme in ("https", "http"):
        return _fetch_archive(address)
    raise PresetNotFoundError(
        "An address must begin with https://, hf:// or kaggle://. Received: "
        f"{address!r}. Correct it."
    )


def _fetch_archive(address: str) -> Path:
    page = _PAGE.fullmatch(address)
    if page is not None:
        raise PresetNotFoundError(
            f"An address of a repository on Hugging Face's hub must begin with hf://. Received: "
            f"{address!r}. Write hf://{page.group(1)}."
        )
    if not is_secure(address):
        raise PresetNotFoundError(
            f"An address must be encrypted. Received: {address!r}. Write it with https://."
        )
    name = PurePosixPath(unquote(urlsplit(address).path)).name
    if not is_archive(name):
        raise PresetNotFoundError(
            f"An https address must be of an archive: {', '.join(SUFFIXES)}. Received: "
            f"{address!r}. Download single files into a folder, and give the folder."
        )
    plain = re.sub(r"[^A-Za-z0-9._-]", "_", name).lstrip(".")
    digest = hashlib.sha256(address.encode("utf-8")).hexdigest()[:12]
    root = cache_root() / "addresses" / "https" / f"{stem_of(plain)}-{digest}"
    return remote_archive(RemoteFile(plain, address), root / "unpacked")


def _note_other_heads(address: HubAddress, folder: Path) -> None:
    """Says so where a repository's number of heads is not the registry's for the same weights."""
    if not (folder / CONFIG).is_file():
        return
    theirs = read_json(folder / CONFIG).get("num_attention_heads")
    for preset in known_presets().values():
        urls = [file.url for mirror in preset.mirrors for file in mirror.files]
        ours = preset.config.get("num_heads")
        same = any(f"/{address.repository}/resolve/" in url for url in urls)
        if same and theirs not in (None, ours):
            logger.warning(
                "%s says %s attention heads and is taken at its word; the preset %s has %s. "
                "`albert-zoo presets %s` says why.",
                address,
                theirs,
                preset.name,
                ours,
                preset.name,
            )
