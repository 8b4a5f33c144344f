"""RunFolder: the folder that a run leaves behind, whole or not at all."""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import TracebackType
from typing import Any, Mapping, Optional, Type

from albert_zoo.atomic import new_folder
from albert_zoo.errors import OutputExistsError

METRICS = "metrics.json"
CONFIG = "config.json"


class RunFolder:
    """A folder that is filled under another name, beside its own, and renamed when it is complete.

    A run that fails or is stopped leaves nothing, and what it was to replace stays as it was.

    Args:
        path: path of the folder to make.
        overwrite: bool. Whether the folder of an earlier run may be replaced. What no run wrote is
            never replaced.

    Raises:
        OutputExistsError: the folder holds something, and it may not be replaced.

    Example:

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "run"
    >>> with RunFolder(path) as folder:
    ...     folder.write_json("metrics.json", {"accuracy": 0.9})
    ...     path.exists()
    False
    >>> sorted(file.name for file in path.iterdir())
    ['metrics.json']
    """

    def __init__(self, path: Any, overwrite: bool = False):
        self.path = Path(path)
        self.overwrite = overwrite
        self._staging: Optional[Path] = None
        self._whole: Any = None
        self._check()

    @property
    def staging(self) -> Path:
        """The folder to write into, within the `with` block."""
        if self._staging is None:
            raise ValueError("`RunFolder` must be entered before it is written to. Use `with`.")
        return self._staging

    def final(self, path: Any) -> Path:
        """Returns where a file will lie when the folder has its name; other paths as they are."""
        path = Path(path)
        if self._staging is not None and self._staging in (path, *path.parents):
            return self.path / path.relative_to(self._staging)
        return path

    def write_json(self, name: str, content: Mapping[str, Any]) -> None:
        """Writes a JSON file into the folder."""
        text = json.dumps(content, indent=2, ensure_ascii=False)
        (self.staging / name).write_text(text + "\n", encoding="utf-8")

    def __enter__(self) -> RunFolder:
        self._whole = new_folder(self.path.absolute())
        self._staging = self._whole.__enter__()
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        staging, self._staging = self.staging, None
        if kind is None:
            try:
                self._check()  # it may have come into being during the run
            except OutputExistsError as found:
                kept = staging.with_name(staging.name[1:])
                os.replace(staging, kept)
                raise OutputExistsError(f"{found} The run is kept in {kept}.") from None
        self._whole.__exit__(kind, error, trace)

    def _check(self) -> None:
        if not self.path.exists() or (self.path.is_dir() and not any(self.path.iterdir())):
            return
        if not self.path.is_dir():
            raise OutputExistsError(
                f"`output` must be a folder. Received: {self.path}, which is a file. "
                "Choose another name."
            )
        if not self.overwrite:
            raise OutputExistsError(
                f"`output` must be a new or empty folder. Received: {self.path}, which holds "
                f"{_some_names(self.path)}. Choose another one, or pass `overwrite=True`."
            )
        if not all((self.path / name).is_file() for name in (METRICS, CONFIG)):
            raise OutputExistsError(
                f"`overwrite` replaces the folder of an earlier run only, with {METRICS} and "
                f"{CONFIG} in it. Received: {self.path}, which holds {_some_names(self.path)}. "
                "Choose another folder."
            )


def _some_names(folder: Path) -> str:
    names = sorted(path.name for path in folder.iterdir())
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
