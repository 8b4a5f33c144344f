"""RegisteredPreset: what is known of a preset that has a name, before its weights are fetched."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, Optional, Tuple

from albert_zoo.checkpoints.files import read_json
from albert_zoo.errors import ConversionError
from albert_zoo.zoo.mirror import Mirror
from albert_zoo.zoo.preset_io import CONFIG, METADATA


@dataclass(frozen=True)
class RegisteredPreset:
    """What is known of a preset that has a name, before its weights are fetched.

    Args:
        name: str.
        folder: path of the folder with its JSON files, and perhaps its weights.
        config: dict of the backbone's arguments.
        metadata: dict of what `metadata.json` says, without the mirrors.
        mirrors: tuple of `Mirror`, the best first.
        package: str. Who registered it: an installed distribution, or `None` for this package.
    """

    name: str
    folder: Path
    config: Dict[str, Any]
    metadata: Dict[str, Any]
    mirrors: Tuple[Mirror, ...] = ()
    package: Optional[str] = None

    @classmethod
    def read(cls, folder: Path, package: Optional[str] = None) -> RegisteredPreset:
        """Reads a folder with a `config.json` and, perhaps, a `metadata.json`.

        Args:
            folder: path; its name is the preset's.
            package: str, the distribution that registers it.

        Returns:
            `RegisteredPreset`.

        Raises:
            ConversionError: a file is damaged or not of our form.
        """
        if not is_preset_name(folder.name):
            raise ConversionError(
                f"A preset's name must consist of letters, digits, `_`, `.` and `-`. Received: "
                f"{folder.name!r}. Rename the folder."
            )
        content = read_json(folder / CONFIG)
        config = content.get("config")
        if not str(content.get("registered_name")).startswith("albert_zoo>") or not isinstance(
            config, dict
        ):
            raise ConversionError(
                f"{folder / CONFIG}: must be a preset's of albert_zoo, with `registered_name` and "
                "`config`. Correct the file."
            )
        path = folder / METADATA
        metadata = read_json(path) if path.is_file() else {}
        mirrors = metadata.pop("mirrors", [])
        if not isinstance(mirrors, list):
            raise ConversionError(f"`mirrors` in {path} must be a list. Correct the file.")
        return cls(
            name=folder.name,
            folder=folder,
            config=config,
            metadata=metadata,
            mirrors=tuple(Mirror.from_json(entry, str(path)) for entry in mirrors),
            package=package,
        )

    @property
    def download_size(self) -> Optional[int]:
        """Bytes to fetch from the best mirror that states it; `None` if none does."""
        return next((mirror.size for mirror in self.mirrors if mirror.size), None)


def is_preset_name(name: str) -> bool:
    """Says whether a text can be a preset's name: no path, that is.

    Example:

    >>> is_preset_name("albert_base_v2"), is_preset_name("../albert_base_v2")
    (True, False)
    """
    return re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", name) is not None
