"""SnapshotStore: the last snapshots of a run, and the best weights, in a folder."""

from __future__ import annotations

import logging
import os
import re
import shutil
from pathlib import Path
from typing import Any, Dict, List, Optional

from albert_zoo.errors import CheckpointError
from albert_zoo.runs.snapshot import Snapshot
from albert_zoo.runs.snapshot_file import read_progress, read_snapshot, write_snapshot

logger = logging.getLogger(__name__)

_STEP = re.compile(r"step-(\d{8})\.npz")


class SnapshotStore:
    """Keeps the last snapshots of a run, and the weights of its best epoch apart.

    The files are `step-<step>.npz` and `best-<epoch>.npz`; the latter is written once for each
    epoch that becomes the best, and stays as long as a snapshot names it.

    Args:
        folder: path. It is made by the first `write`.
        keep: int, above 0. Snapshots to keep.

    Raises:
        ValueError: `keep` is out of range.

    Example:

    >>> import tempfile
    >>> import numpy as np
    >>> store = SnapshotStore(Path(tempfile.mkdtemp()) / "snapshots", keep=2)
    >>> for step in (10, 20, 30):
    ...     store.write(Snapshot(step, {"weights/x": np.ones(2)}, {"batch": step}))
    >>> [path.name for path in store.files()]
    ['step-00000020.npz', 'step-00000030.npz']
    >>> store.newest().progress["batch"]
    30
    """

    def __init__(self, folder: Any, keep: int = 3):
        if keep < 1:
            raise ValueError(f"`keep` must be above 0. Received: {keep}. Give 3, say.")
        self.folder = Path(folder)
        self.keep = keep
        self._made = False
        self._best_of: Dict[str, Optional[int]] = {}

    def files(self) -> List[Path]:
        """Returns the snapshots, the newest last."""
        if not self.folder.is_dir():
            return []
        return sorted(path for path in self.folder.iterdir() if _STEP.fullmatch(path.name))

    def write(self, snapshot: Snapshot) -> None:
        """Writes a snapshot, and deletes those that are too many.

        Args:
            snapshot: `Snapshot`.

        Raises:
            OSError: it cannot be written. The snapshots before it are untouched.
        """
        if not self._made:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._delete_unfinished()
            self._made = True
        best, best_arrays = snapshot.best_epoch, snapshot.best_arrays
        if best is not None and best_arrays is not None and not self._best(best).exists():
            write_snapshot(self._best(best), best_arrays, {"epoch": best})
        path = self.folder / f"step-{snapshot.step:08d}.npz"
        write_snapshot(path, snapshot.arrays, {**snapshot.progress, "best_epoch": best})
        self._best_of[path.name] = best
        self._delete_old()

    def newest(self) -> Optional[Snapshot]:
        """Reads the newest snapshot that is whole; of a damaged one it is reported and named so.

        Returns:
            `Snapshot`, or `None` where there is none.

        Raises:
            CheckpointError: there are some, and all are damaged.
        """
        files = self.files()
        faults = []
        for path in reversed(files):
            try:
                arrays, progress = read_snapshot(path)
                best, best_arrays = progress.get("best_epoch"), None
                if best is not None:
                    best_arrays, _ = read_snapshot(self._best(best))
            except OSError as error:
                faults.append(str(error))
                logger.warning("%s The one before it is taken.", _sentence(error))
                _set_aside(path)
            else:
                step = int(_STEP.fullmatch(path.name).group(1))  # type: ignore[union-attr]
                return Snapshot(step, arrays, progress, best, best_arrays)
        if files:
            raise CheckpointError(
                f"No checkpoint in {self.folder} can be read. The newest: {_sentence(faults[0])} "
                "Delete the folder to begin anew."
            )
        return None

    def clear(self) -> None:
        """Deletes the folder; the next `write` makes it again."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self._made = False
        self._best_of = {}

    def _best(self, epoch: int) -> Path:
        return self.folder / f"best-{epoch:08d}.npz"

    def _delete_unfinished(self) -> None:
        """Deletes what a process that was killed had begun to write."""
        for path in self.folder.glob(".*.part"):
            _try(os.unlink, path)

    def _delete_old(self) -> None:
        files = self.files()
        for path in files[: -self.keep]:
            _try(os.unlink, path)
        named = set()
        for path in files[-self.keep :]:
            if path.name not in self._best_of:
                self._best_of[path.name] = read_progress(path).get("best_epoch")
            epoch = self._best_of[path.name]
            if epoch is not None:
                named.add(self._best(epoch))
        for path in set(self.folder.glob("best-*.npz")) - named:
            _try(os.unlink, path)


def _try(action: Any, *arguments: Any) -> None:
    try:
        action(*arguments)
    except OSError as error:
        logger.warning("%s", _sentence(error))


def _set_aside(path: Path) -> None:
    """Renames a damaged file, so that it does not push out whole ones."""
    _try(os.replace, path, path.with_suffix(".damaged"))


def _sentence(error: Any) -> str:
    text = str(error)
    if isinstance(error, OSError) and error.filename is not None and error.strerror:
        text = f"{error.filename}: {error.strerror.lower()}"
    return text if text.endswith(".") else text + "."
