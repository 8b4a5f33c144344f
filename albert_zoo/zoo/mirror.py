"""Mirror: one place that has the weights of a preset."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Optional, Tuple

from albert_zoo.checkpoints.detect import ACCEPTED
from albert_zoo.errors import ConversionError
from albert_zoo.zoo.remote_file import RemoteFile, is_plain_path

_KEYS = {"source", "format", "files", "archive", "folder", "own_num_heads"}


@dataclass(frozen=True)
class Mirror:
    """One place that has the weights of a preset: some files, or one archive of them.

    Args:
        source: str. Whose it is, such as `"Hugging Face"`.
        format: str. What the files are: a format of `albert_zoo.checkpoints`.
        files: tuple of `RemoteFile`; the archive alone if it is one.
        is_archive: bool. Whether the file is to be unpacked.
        folder: str. Which folder of the archive; empty for the only one that holds a model.
        own_num_heads: bool. Whether its own number of attention heads counts, being that of those
            who trained the weights. No weight's shape tells a wrong one.

    Example:

    >>> Mirror("Hugging Face", "transformers", ()).slug
    'hugging-face'
    """

    source: str
    format: str
    files: Tuple[RemoteFile, ...]
    is_archive: bool = False
    folder: str = ""
    own_num_heads: bool = False

    @classmethod
    def from_json(cls, value: Any, where: str) -> Mirror:
        """Makes one from an entry of `mirrors` in a `metadata.json`.

        Args:
            value: dict with `source`, `format`, and either `files` or `archive`.
            where: str, the file, for messages.

        Returns:
            `Mirror`.

        Raises:
            ConversionError: a key is missing, unknown or of the wrong kind.
        """
        rule = None
        if not isinstance(value, dict) or set(value) - _KEYS:
            rule = f"be objects with the keys {', '.join(sorted(_KEYS))}"
        elif not isinstance(value.get("source"), str) or not value["source"].strip():
            rule = "have a `source`, a name"
        elif value.get("format") not in ACCEPTED:
            rule = f"have a `format` of {', '.join(ACCEPTED)}"
        elif ("files" in value) == ("archive" in value):
            rule = "have either `files` or an `archive`"
        elif "files" in value and not (isinstance(value["files"], list) and value["files"]):
            rule = "list their `files`"
        elif value.get("folder", "") and not is_plain_path(value["folder"]):
            rule = "name a `folder` within the archive"
        if rule is not None:
            raise ConversionError(
                f"`mirrors` in {where} must {rule}. Received: {value!r}. Correct the file."
            )
        entries = value["files"] if "files" in value else [value["archive"]]
        return cls(
            source=value["source"],
            format=value["format"],
            files=tuple(RemoteFile.from_json(entry, where) for entry in entries),
            is_archive="archive" in value,
            folder=value.get("folder", ""),
            own_num_heads=bool(value.get("own_num_heads", False)),
        )

    @property
    def slug(self) -> str:
        """The source as the name of a folder."""
        return re.sub(r"[^a-z0-9]+", "-", self.source.lower()).strip("-") or "mirror"

    @property
    def size(self) -> Optional[int]:
        """Bytes to fetch, as far as they were published; `None` if nothing was."""
        sizes = [file.size or file.approximate_size for file in self.files]
        known = [size for size in sizes if size]
        return sum(known) if known else None
