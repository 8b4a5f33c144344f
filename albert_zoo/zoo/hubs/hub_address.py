"""HubAddress: `hf://owner/name@revision/folder`, taken apart."""

from __future__ import annotations

import re
from dataclasses import dataclass

from albert_zoo.errors import PresetNotFoundError
from albert_zoo.zoo.remote_file import is_plain_path

_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]*"
_REVISION = r"refs/(?:pr|convert)/[^/@]+|[^/@]+"
_FORM = re.compile(rf"hf://({_NAME}/{_NAME})(?:@({_REVISION}))?(?:/(.+?))?/?")


@dataclass(frozen=True)
class HubAddress:
    """An address on Hugging Face's hub, `hf://owner/name@revision/folder`, taken apart.

    Args:
        repository: str, `"owner/name"`.
        revision: str, a branch, tag, commit, or `refs/pr/1`.
        folder: str, the folder in the repository; empty for its root.

    Example:

    >>> HubAddress.parse("hf://albert/albert-base-v2@refs/pr/1")
    HubAddress(repository='albert/albert-base-v2', revision='refs/pr/1', folder='')
    """

    repository: str
    revision: str = "main"
    folder: str = ""

    @classmethod
    def parse(cls, text: str) -> HubAddress:
        """Takes an address apart.

        Args:
            text: str.

        Returns:
            `HubAddress`.

        Raises:
            PresetNotFoundError: it is not of the form.
        """
        match = _FORM.fullmatch(text)
        repository, revision, folder = match.groups() if match else ("", None, None)
        if match is None or ".." in repository or (folder and not is_plain_path(folder)):
            raise PresetNotFoundError(
                "An address on Hugging Face's hub must be of the form hf://owner/name, "
                f"hf://owner/name@revision or hf://owner/name/folder. Received: {text!r}. "
                "Take owner and name from the address of the model's page."
            )
        return cls(repository, revision or "main", folder or "")

    def __str__(self) -> str:
        revision = "" if self.revision == "main" else f"@{self.revision}"
        return f"hf://{self.repository}{revision}" + (f"/{self.folder}" if self.folder else "")
