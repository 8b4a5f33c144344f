"""HubSnapshot: one commit of a repository on Hugging Face's hub, and which files it has."""

from __future__ import annotations

import functools
import json
import logging
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, Tuple
from urllib.parse import quote

from albert_zoo.atomic import new_file
from albert_zoo.checkpoints.files import read_json
from albert_zoo.errors import DownloadError
from albert_zoo.paths import cache_root
from albert_zoo.zoo.hubs.hub_access import hub_endpoint, hub_headers
from albert_zoo.zoo.hubs.hub_address import HubAddress
from albert_zoo.zoo.hubs.web_api import UnreachableError, get_json
from albert_zoo.zoo.remote_file import RemoteFile, is_plain_path

logger = logging.getLogger(__name__)

_COMMIT = re.compile("[0-9a-f]{40}")
_PRIVATE = (
    "There is no such repository, or it is private or gated: `HF_TOKEN` must hold a token that "
    "may read it"
)
_MEANINGS = {
    401: f"{_PRIVATE}.",
    403: f"{_PRIVATE}, and its conditions must be accepted on its page.",
    404: f"There is no such revision. Or: {_PRIVATE[0].lower()}{_PRIVATE[1:]}.",
}


@dataclass(frozen=True)
class HubSnapshot:
    """One commit of a repository on Hugging Face's hub, and which files it has.

    What a commit holds never changes, so it is asked for once and kept:

    ```
    addresses/hf/<owner>--<name>/refs/<revision>   the commit that the revision was last
    addresses/hf/<owner>--<name>/<commit>.json     its files, with sizes and checksums
    addresses/hf/<owner>--<name>/<commit>/         those that were fetched
    ```

    Args:
        repository: str, `"owner/name"`.
        commit: str, 40 hexadecimal digits.
        files: dict of path in the repository to what the hub says of it: `size` in bytes and,
            for large files, `sha256`.
    """

    repository: str
    commit: str
    files: Dict[str, Dict[str, Any]]

    @classmethod
    def of(cls, address: HubAddress) -> HubSnapshot:
        """Asks the hub which commit an address means, and what it holds.

        Of one process each revision is asked for once, so that vocabulary and weights are of one
        commit. If the hub cannot be reached, the commit of an earlier call is taken.

        Args:
            address: `HubAddress`.

        Returns:
            `HubSnapshot`.

        Raises:
            DownloadError: no such repository or revision, no leave to read it, or the hub cannot
                be reached and no earlier call kept anything.
        """
        root = _root(address.repository)
        commit = address.revision
        if not _COMMIT.fullmatch(commit) or not (root / f"{commit}.json").is_file():
            commit = _commit_of(address, hub_endpoint(), str(root))
        files = read_json(root / f"{commit}.json").get("files", {})
        return cls(address.repository, commit, files)

    @property
    def folder(self) -> Path:
        """Where its files are fetched into."""
        return _root(self.repository) / self.commit

    def fetch(self, name: str) -> Path:
        """Fetches one file, unless it is there already.

        Args:
            name: str, a key of `files`.

        Returns:
            `pathlib.Path` of the file.

        Raises:
            DownloadError: it cannot be had, or is not what the hub says.
        """
        known = self.files[name]
        url = f"{hub_endpoint()}/{self.repository}/resolve/{self.commit}/{quote(name)}"
        file = RemoteFile(name, url, known.get("size"), known.get("sha256"))
        return file.fetch_into(self.folder, hub_headers(url))


def _root(repository: str) -> Path:
    return cache_root() / "addresses" / "hf" / repository.replace("/", "--")


@functools.lru_cache(maxsize=64)
def _commit_of(address: HubAddress, endpoint: str, root_path: str) -> str:
    root = Path(root_path)
    reference = root / "refs" / quote(address.revision, safe="")
    try:
        commit, files = _ask(address, endpoint)
    except UnreachableError as error:
        commit = reference.read_text(encoding="utf-8").strip() if reference.is_file() else ""
        if not _COMMIT.fullmatch(commit):
            raise DownloadError(
                f"{address} was not fetched before. {error} `albert-zoo download preset "
                f"{address}` fetches it ahead of time."
            ) from None
        logger.info("%s: the hub was not asked; using its commit %s.", address, commit[:7])
        return commit
    with new_file(root / f"{commit}.json") as unfinished:
        unfinished.write_text(json.dumps({"files": files}, indent=2) + "\n", encoding="utf-8")
    with new_file(reference) as unfinished:
        unfinished.write_text(commit + "\n", encoding="utf-8")
    return commit


def _ask(address: HubAddress, endpoint: str) -> Tuple[str, Dict[str, Dict[str, Any]]]:
    revision = quote(address.revision, safe="")
    url = f"{endpoint}/api/models/{address.repository}/revision/{revision}?blobs=true"
    answer = get_json(url, hub_headers(url), _MEANINGS)
    commit, siblings = answer.get("sha"), answer.get("siblings")
    if not isinstance(siblings, list) or not _COMMIT.fullmatch(str(commit)):
        raise DownloadError(
            f"Could not ask {url}: the answer names no commit and files. Check `HF_ENDPOINT`."
        )
    files = {}
    for entry in siblings:
        name = entry.get("rfilename") if isinstance(entry, dict) else None
        if is_plain_path(name):
            files[str(name)] = _known(entry)
    return str(commit), files


def _known(entry: Dict[str, Any]) -> Dict[str, Any]:
    large = entry.get("lfs") or {}
    known = {"size": large.get("size", entry.get("size")), "sha256": large.get("sha256")}
    return {key: value for key, value in known.items() if value is not None}
