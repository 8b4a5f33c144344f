"""SnapshotWriter: writes snapshots while training goes on."""

from __future__ import annotations

import logging
import threading
import time
from types import TracebackType
from typing import Any, Optional, Type

from albert_zoo.errors import CheckpointError
from albert_zoo.runs.snapshot import Snapshot

logger = logging.getLogger(__name__)

_LONGEST_WAIT = 60.0  # seconds
_SECONDS_TO_STOP = 10.0  # for what cannot be written when the run ends all the same


class SnapshotWriter:
    """Writes snapshots in a thread of its own.

    What cannot be written stays in memory and is tried again, after 1, 2, 4, ... seconds; a newer
    snapshot takes the place of one that waits. After `patience` it gives up.

    Args:
        store: `SnapshotStore`, or anything with its `write`.
        patience: float, seconds from the first failure in a row.
        first_wait: float, seconds before the first new try.
    """

    def __init__(self, store: Any, patience: float = 600.0, first_wait: float = 1.0):
        self.store = store
        self.patience = patience
        self.first_wait = first_wait
        self.written_step: Optional[int] = None
        """Step of the last snapshot that is on the disk."""
        self._changed = threading.Condition()
        self._waiting: Optional[Snapshot] = None
        self._is_writing = False
        self._closing = False
        self._failure: Optional[OSError] = None
        self._failing_since = self._wait = 0.0
        self._error: Optional[BaseException] = None
        self._thread: Optional[threading.Thread] = None

    @property
    def is_busy(self) -> bool:
        """Whether a snapshot waits or is being written."""
        with self._changed:
            return self._is_writing or self._waiting is not None

    def submit(self, snapshot: Snapshot) -> None:
        """Hands a snapshot over, and returns at once.

        Args:
            snapshot: `Snapshot`, whose arrays nobody changes from now on.
        """
        with self._changed:
            self._waiting = snapshot
            self._changed.notify_all()
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="checkpoints", daemon=True)
            self._thread.start()

    def check(self) -> None:
        """Raises what ended the writing, if something did.

        Raises:
            CheckpointError: nothing could be written for `patience` seconds.
        """
        with self._changed:
            if self._error is not None:
                raise self._error

    def flush(self, patience: Optional[float] = None) -> None:
        """Waits until everything is on the disk.

        Args:
            patience: float, seconds to go on trying where writing fails. `None` for the writer's.

        Raises:
            CheckpointError: it cannot be written.
        """
        start = time.monotonic()
        while True:
            with self._changed:
                if self._error is not None:
                    raise self._error
                if self._waiting is None and not self._is_writing:
                    return
                failure = self._failure
                if patience is not None and failure and time.monotonic() - start > patience:
                    raise self._gave_up(failure)
                self._changed.wait(0.05 if patience is not None else 1.0)

    def flush_for_a_moment(self) -> Optional[CheckpointError]:
        """Waits as `flush` does, not long where writing fails, and returns why it did."""
        try:
            self.flush(_SECONDS_TO_STOP)
        except CheckpointError as error:
            return error
        return None

    def __enter__(self) -> SnapshotWriter:
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        try:
            if kind is None:
                self.flush()
            else:
                self.flush_for_a_moment()
        finally:
            self.close()

    def close(self) -> None:
        """Ends the thread; what waits is dropped."""
        with self._changed:
            self._closing = True
            self._waiting = None
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()

    def _work(self) -> None:
        while True:
            with self._changed:
                while self._waiting is None and not self._closing:
                    self._changed.wait()
                if self._waiting is None or self._closing:
                    return
                snapshot, self._waiting = self._waiting, None
                self._is_writing = True
            failure, mistake = None, None
            try:
                self.store.write(snapshot)
            except OSError as error:
                failure = error
            except BaseException as error:  # ours to mend; the training thread shows it
                mistake = error
            with self._changed:
                self._is_writing = False
                if failure is not None:
                    self._note_failure(snapshot, failure)
                elif mistake is None:
                    self._note_success(snapshot)
                self._error = self._error or mistake
                self._changed.notify_all()
                if self._error is not None:
                    return
                end = time.monotonic() + self._wait
                while failure is not None and not self._closing and time.monotonic() < end:
                    self._changed.wait(end - time.monotonic())

    def _note_success(self, snapshot: Snapshot) -> None:
        if self._failure is not None:
            logger.warning("Checkpoints can be written again.")
        self.written_step, self._failure, self._wait = snapshot.step, None, 0.0

    def _note_failure(self, snapshot: Snapshot, failure: OSError) -> None:
        if self._waiting is None:  # else a newer one takes its place
            self._waiting = snapshot
        now = time.monotonic()
        if self._failure is None:
            self._failing_since = now
            logger.warning(
                "The checkpoint of step %d cannot be written: %s Training goes on, and it is tried "
                "again.", snapshot.step, reason(failure)
            )  # fmt: skip
        self._failure = failure
        self._wait = min(2 * self._wait or self.first_wait, _LONGEST_WAIT)
        if now - self._failing_since >= self.patience:
            self._error, self._waiting = self._gave_up(failure), None

    def _gave_up(self, failure: OSError) -> CheckpointError:
        last = "There is none"
        if self.written_step is not None:
            last = f"The last good one is that of step {self.written_step}"
        return CheckpointError(f"Checkpoints cannot be written: {reason(failure)} {last}.")


def reason(error: OSError) -> str:
    """Words what the operating system refused, as a sentence."""
    if error.strerror is None:
        return str(error) if str(error).endswith(".") else f"{error}."
    where = f"{error.filename}: " if error.filename is not None else ""
    return f"{where}{error.strerror.lower()}."
