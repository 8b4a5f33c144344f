"""RunFolder: the folder that a run leaves behind, whole or not at all."""

from __future__ import annotations

import json
import logging
import os
import shutil
from pathlib import Path
from types import TracebackType
from typing import Any, Mapping, Optional, Type

from albert_zoo.atomic import bring_back, replace_folder
from albert_zoo.errors import OutputExistsError, RunStopped
from albert_zoo.runs import OutputLock, SnapshotStore
from albert_zoo.training.run_checkpoints import SNAPSHOTS

logger = logging.getLogger(__name__)

METRICS = "metrics.json"
CONFIG = "config.json"
LOGS = "logs"
FILES = "files"
"""Within the unfinished folder: what is to get the run's name."""


class RunFolder:
    """A folder that is filled under another name, beside its own, and renamed when it is complete.

    The other name is `<path>.unfinished`. A run that fails or is stopped leaves it there if it has
    saved its state, so that it can go on, and nothing otherwise; what it was to replace stays as it
    was. Other processes are kept out meanwhile.

    Args:
        path: path of the folder to make.
        overwrite: bool. Whether the folder of an earlier run may be replaced. What no run wrote is
            never replaced.
        resume: bool. Whether an interrupted run goes on.

    Raises:
        OutputExistsError: the folder holds something, and it may not be replaced; or there is an
            interrupted run, and neither `resume` nor `overwrite` says what to do with it.
        RunInUseError: when it is entered, if another process has it.

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

    def __init__(self, path: Any, overwrite: bool = False, resume: bool = False):
        self.path = Path(path)
        self.overwrite = overwrite
        self.resume = resume
        self.unfinished = self.path.with_name(self.path.name + ".unfinished")
        """The folder of the run until it is complete; its checkpoints are in it."""
        self._staging: Optional[Path] = None
        self._lock = OutputLock(self.path)
        if not self.is_complete:
            self._check()
            self._check_unfinished()

    @property
    def is_complete(self) -> bool:
        """Whether the run that is to go on has come to its end."""
        return self.resume and not self.overwrite and _is_run(self.path)

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
        self._lock.acquire()
        try:
            bring_back(self.path)
            self._check()
            self._check_unfinished()
            if not self.resume:
                shutil.rmtree(self.unfinished, ignore_errors=True)
            self._staging = self.unfinished / FILES
            self._staging.mkdir(parents=True, exist_ok=True)
            self._clear_staging()
        except BaseException:
            self._lock.release()
            raise
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        try:
            if kind is None:
                self._finish()
            elif self._can_go_on():
                self._clear_staging()
            else:
                shutil.rmtree(self.unfinished, ignore_errors=True)
        finally:
            self._staging = None
            self._lock.release()
        if kind is None or not self._can_go_on():
            return
        if issubclass(kind, KeyboardInterrupt) and not issubclass(kind, RunStopped):
            where = f"{self.unfinished} holds the last checkpoint"
            raise RunStopped(f"{where}. The same again with `resume=True` goes on.", 2) from None
        if issubclass(kind, Exception):
            logger.info(
                "%s holds the last checkpoint; `--resume` goes on from it.", self.unfinished
            )

    def _finish(self) -> None:
        try:
            self._check()  # it may have come into being during the run
        except OutputExistsError as found:
            number = 2
            while os.path.lexists(kept := Path(f"{self.path}.{number}")):
                number += 1
            os.replace(self.staging, kept)
            shutil.rmtree(self.unfinished, ignore_errors=True)
            raise OutputExistsError(f"{found} The run is kept in {kept}.") from None
        replace_folder(self.staging, self.path)
        shutil.rmtree(self.unfinished, ignore_errors=True)

    def _can_go_on(self) -> bool:
        return bool(SnapshotStore(self.unfinished / SNAPSHOTS).files())

    def _clear_staging(self) -> None:
        """Deletes what a run began to write; its log stays, and grows."""
        for entry in self.staging.iterdir():
            if entry.is_dir() and entry.name != LOGS:
                shutil.rmtree(entry)
            elif not entry.is_dir():
                entry.unlink()

    def _check_unfinished(self) -> None:
        if not self.unfinished.exists():
            return
        names = {path.name for path in self.unfinished.iterdir()}
        if names - {FILES, SNAPSHOTS, f"{SNAPSHOTS}.lock"}:
            raise OutputExistsError(
                f"`output` must leave its name with `.unfinished` to the run. Received: "
                f"{self.unfinished} holds {_some_names(self.unfinished)}. Choose another folder."
            )
        if self._can_go_on() and not self.resume and not self.overwrite:
            raise OutputExistsError(
                f"`output` must be no interrupted run. Received: {self.unfinished}, which can go "
                "on. Pass `resume=True` for that, or `overwrite=True` to begin anew."
            )

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
        if not _is_run(self.path):
            raise OutputExistsError(
                f"`overwrite` replaces the folder of an earlier run only, with {METRICS} and "
                f"{CONFIG} in it. Received: {self.path}, which holds {_some_names(self.path)}. "
                "Choose another folder."
            )


def _is_run(folder: Path) -> bool:
    return all((folder / name).is_file() for name in (METRICS, CONFIG))


def _some_names(folder: Path) -> str:
    names = sorted(path.name for path in folder.iterdir())
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
