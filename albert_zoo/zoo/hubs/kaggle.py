"""Models on Kaggle: `kaggle://owner/model/framework/variation/version`, an archive each."""

from __future__ import annotations

import base64
import json
import os
import re
from pathlib import Path
from typing import Dict, List, Optional, Tuple

from albert_zoo.errors import DownloadError, PresetNotFoundError
from albert_zoo.paths import cache_root
from albert_zoo.zoo.archives import remote_archive
from albert_zoo.zoo.hubs.web_api import UnreachableError, get_json
from albert_zoo.zoo.remote_file import RemoteFile

_DEFAULT = "https://www.kaggle.com"
_NAME = r"[A-Za-z0-9][A-Za-z0-9_.-]*"
_FORM = re.compile(rf"kaggle://({_NAME})/({_NAME})/({_NAME})/({_NAME})(?:/(\d+))?/?")


def fetch_from_kaggle(address: str) -> Path:
    """Fetches a model from Kaggle, unless it is here already.

    Args:
        address: str, `kaggle://owner/model/framework/variation`, with or without `/version`. The
            letters' case counts.

    Returns:
        `pathlib.Path` of the folder in the cache that holds it.

    Raises:
        PresetNotFoundError: it is not of the form.
        DownloadError: the model cannot be had.
        DataError: it is not a sound archive.
        ConversionError: it holds no model, or several.
    """
    match = _FORM.fullmatch(address)
    if match is None:
        raise PresetNotFoundError(
            "An address on Kaggle must be of the form kaggle://owner/model/framework/variation, "
            f"with or without /version. Received: {address!r}. The model's page shows it."
        )
    *parts, version = match.groups()
    model = "/".join(parts)
    root = cache_root().joinpath("addresses", "kaggle", *parts)
    if version is None:
        version = _latest(model, root)
    url = f"{_endpoint()}/api/v1/models/{model}/{version}/download"
    file = RemoteFile(f"{version}.tar.gz", url)
    try:
        return remote_archive(file, root / version, _headers())
    except DownloadError as error:
        if re.search(r"answered 40[13]", str(error)):
            raise DownloadError(f"{error} {_permission(parts)}") from None
        raise


def _latest(model: str, root: Path) -> str:
    """The newest version, or the newest that is here where Kaggle cannot be asked."""
    url = f"{_endpoint()}/api/v1/models/{model}/get"
    permission = _permission(model.split("/"))
    meanings = {401: permission, 403: permission, 404: "There is no such model; case counts."}
    try:
        version = get_json(url, _headers(), meanings).get("versionNumber")
    except UnreachableError:
        here = [p.name for p in root.glob("*") if p.is_dir() and p.name.isdigit()]
        if not here:
            raise
        return max(here, key=int)
    if not isinstance(version, int):
        raise DownloadError(
            f"Could not ask {url}: the answer names no version. Add it to the address, as in "
            f"kaggle://{model}/1."
        )
    return str(version)


def _permission(parts: List[str]) -> str:
    return (
        "Kaggle may want an account: `KAGGLE_USERNAME` and `KAGGLE_KEY`, or ~/.kaggle/kaggle.json, "
        f"and the model's terms accepted at {_DEFAULT}/models/{parts[0]}/{parts[1]}."
    )


def _endpoint() -> str:
    return (os.environ.get("KAGGLE_API_ENDPOINT") or _DEFAULT).rstrip("/")


def _headers() -> Dict[str, str]:
    """The user's name and key, if there are any; public models need none."""
    account = _account()
    if account is None:
        return {}
    pair = base64.b64encode(":".join(account).encode("utf-8")).decode("ascii")
    return {"Authorization": f"Basic {pair}"}


def _account() -> Optional[Tuple[str, str]]:
    name, key = os.environ.get("KAGGLE_USERNAME"), os.environ.get("KAGGLE_KEY")
    if name and key:
        return name, key
    folder = Path(os.environ.get("KAGGLE_CONFIG_DIR") or "~/.kaggle").expanduser()
    try:
        values = json.loads((folder / "kaggle.json").read_text(encoding="utf-8"))
        return str(values["username"]), str(values["key"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
