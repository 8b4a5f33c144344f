"""OutputLock: one run at a time in a folder."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import socket
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Dict, Optional, Type

from albert_zoo.downloads.lock import is_same_file, take_lock
from albert_zoo.errors import RunInUseError

logger = logging.getLogger(__name__)

BEAT = 15.0
"""Seconds between two signs of life."""
DEAD = 90.0
"""Seconds without one after which a process on another machine counts as gone."""


class OutputLock:
    """Claims a folder for this process: `<folder>.lock` beside it names process and host.

    The operating system drops its lock with the process, so one that was killed blocks nobody. For
    a process on another host, whose lock may not be seen here, the time of the file counts: it is
    renewed every 15 seconds.

    Args:
        folder: path, which need not exist. The folder it is in is made.

    Raises:
        RunInUseError: when it is entered, if another process has it.

    Example:

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp()) / "run"
    >>> with OutputLock(folder):
    ...     OutputLock(folder).acquire()
    Traceback (most recent call last):
    albert_zoo.errors.RunInUseError: ...
    """

    def __init__(self, folder: Any):
        self.folder = Path(folder)
        self.mark = Path(f"{self.folder}.lock")
        self._held: Optional[IO[str]] = None
        self._released = threading.Event()

    def acquire(self) -> None:
        """Claims the folder, or raises `RunInUseError`."""
        self.mark.parent.mkdir(parents=True, exist_ok=True)
        while True:
            held = open(self.mark, "a+", encoding="utf-8")  # noqa: SIM115, held for long
            try:
                locked = take_lock(held, wait=False)
                owner = _owner(held)
                if locked is False:
                    raise self._in_use(owner)
                if not is_same_file(held.fileno(), self.mark):
                    held.close()  # the process before took the mark away meanwhile
                    continue
                if owner and self._is_alive(owner, locked is True):
                    raise self._in_use(owner)
                if owner:
                    logger.info(
                        "Process %s on %s, which wrote into %s, is gone; its lock is taken over.",
                        owner.get("pid"), owner.get("host"), self.folder,
                    )  # fmt: skip
                held.truncate(0)
                held.write(json.dumps({"pid": os.getpid(), "host": socket.gethostname()}) + "\n")
                held.flush()
            except BaseException:
                held.close()
                raise
            self._held = held
            self._released.clear()
            threading.Thread(target=self._beat, name="run lock", daemon=True).start()
            return

    def release(self) -> None:
        """Gives the folder up; the mark goes."""
        if self._held is None:
            return
        self._released.set()
        with contextlib.suppress(OSError):
            self.mark.unlink()
        self._held.close()
        self._held = None
        with contextlib.suppress(OSError):  # Windows deletes only what is closed
            if os.name == "nt":
                self.mark.unlink()

    def __enter__(self) -> OutputLock:
        self.acquire()
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.release()

    def _beat(self) -> None:
        while not self._released.wait(BEAT):
            with contextlib.suppress(OSError):
                os.utime(self.mark)

    def _is_alive(self, owner: Dict[str, Any], locked: bool) -> bool:
        """Whether the process that a mark names still runs."""
        if owner.get("host") == socket.gethostname():
            return not locked and _is_running(owner.get("pid"))
        with contextlib.suppress(OSError):
            return time.time() - self.mark.stat().st_mtime < DEAD
        return False

    def _in_use(self, owner: Dict[str, Any]) -> RunInUseError:
        who = "Another process"
        if owner:
            who = f"Process {owner.get('pid')} on {owner.get('host')}"
        return RunInUseError(
            f"`output` must be a folder that no other run is writing into. Received: {self.folder}."
            f" {who} is at work there ({self.mark}). Wait for it, or choose another folder."
        )


def _owner(held: IO[str]) -> Dict[str, Any]:
    try:
        held.seek(0)
        return dict(json.loads(held.read()))
    except (OSError, ValueError, TypeError):
        return {}


def _is_running(pid: Any) -> bool:
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except (PermissionError, TypeError, ValueError, OSError):
        return True
    return True
