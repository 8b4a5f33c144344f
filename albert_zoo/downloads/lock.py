"""Keeps processes that want the same file out of each other's way."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from pathlib import Path
from typing import IO, Any, Iterator, Optional, Union

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


@contextlib.contextmanager
def locked(path: Union[str, Path]) -> Iterator[None]:
    """Keeps other processes out while one works on `path`; the mark is `<path>.lock`.

    The operating system holds the lock and drops it when the process ends, however it ends. So no
    stale lock can block a later run, as a mere mark on the disk would.

    Args:
        path: str or path of a file or folder, which need not exist. The folder it is in is made.
    """
    mark = Path(f"{path}.lock")
    mark.parent.mkdir(parents=True, exist_ok=True)
    while True:
        with open(mark, "w") as held:
            take_lock(held)
            # The process before may have taken the mark away while this one waited for it.
            if not is_same_file(held.fileno(), mark):
                continue
            try:
                yield
            finally:
                with contextlib.suppress(PermissionError):  # Windows keeps what is open
                    mark.unlink()
        # There the mark goes now, unless another process has it open: that one removes it.
        if sys.platform == "win32":
            with contextlib.suppress(OSError):
                mark.unlink()
        return


def take_lock(held: IO[Any], wait: bool = True) -> Optional[bool]:
    """Takes the operating system's lock on an open file.

    Args:
        held: open file.
        wait: bool. Whether to wait for another process that has it.

    Returns:
        bool, whether this process has it now; `None` where the file system knows no locks.
    """
    if sys.platform == "win32":
        while True:
            try:
                msvcrt.locking(held.fileno(), msvcrt.LK_NBLCK, 1)
            except PermissionError:  # another process has it
                if not wait:
                    return False
                time.sleep(0.1)
            except OSError:
                return None
            else:
                return True
    try:
        fcntl.flock(held, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # some network file systems have no locks
        return None
    return True


def is_same_file(descriptor: int, path: Path) -> bool:
    """Says whether an open file still has its name."""
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path))
    except FileNotFoundError:
        return False
