"""RunCheckpoints: a training run's state on the disk, and the way back to it."""

from __future__ import annotations

import json
import logging
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Dict, Iterator, Optional, Sequence, Tuple, Type

from albert_zoo.errors import OutputExistsError, RunChangedError, RunStopped
from albert_zoo.keras_api import keras
from albert_zoo.runs import OutputLock, Snapshot, SnapshotStore, SnapshotWriter, StopSignals
from albert_zoo.runs.model_state import put_back, take_snapshot
from albert_zoo.training.callbacks import DevScore
from albert_zoo.training.checkpoint_settings import CheckpointSettings
from albert_zoo.training.run_record import RunRecord

logger = logging.getLogger(__name__)

SNAPSHOTS = "snapshots"


class RunCheckpoints:
    """Saves a run while it trains, and puts it back where it was.

    A callback takes part if it has `get_run_state()`, which returns JSON values, and
    `set_run_state(state)`.

    Args:
        folder: path of the run's folder; the checkpoints are in `snapshots` in it.
        resume: bool. Whether a run that is there goes on. If none is, a new one begins.
        settings: `CheckpointSettings`.

    Raises:
        OutputExistsError: when it is entered, if a run is there and `resume` is false.
        RunInUseError: when it is entered, if another process writes into the folder.
        CheckpointError: when it is entered, if no checkpoint can be read.
    """

    def __init__(
        self, folder: Any, resume: bool = False, settings: Optional[CheckpointSettings] = None
    ):
        self.folder = Path(folder)
        self.resume = resume
        self.settings = settings or CheckpointSettings()
        self.attempt: Dict[str, Any] = {}
        """JSON values that a training which is repeated with other numbers keeps of them."""
        self.step = 0
        """Steps made, those before the interruption included."""
        self._store = SnapshotStore(self.folder / SNAPSHOTS, self.settings.keep)
        self._writer = SnapshotWriter(self._store, 60 * self.settings.patience_minutes)
        self._lock = OutputLock(self._store.folder)
        self._signals = StopSignals()
        self._found: Optional[Snapshot] = None
        self._within_epoch: Optional[Snapshot] = None
        self._record: Dict[str, Any] = {}
        self._total_steps = self._steps = 0
        self._epoch, self._first_batch = 0, 0
        self._saved_at = 0.0

    def __enter__(self) -> RunCheckpoints:
        self._lock.acquire()
        try:
            if self._store.files() and not self.resume:
                raise OutputExistsError(
                    f"`run_folder` must hold no run. Received: {self.folder}, which holds one that "
                    "can go on. Pass `resume=True`, or choose another folder."
                )
            self._found = self._store.newest()
        except BaseException:
            self._lock.release()
            raise
        if self._found is not None:
            self.attempt = dict(self._found.progress.get("attempt", {}))
        self._signals.__enter__()
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        try:
            self._writer.__exit__(kind, error, trace)
        finally:
            self._signals.__exit__(kind, error, trace)
            self._lock.release()

    # === Where a run begins ===
    def begin(self, record: RunRecord, steps: int, total_steps: int) -> Tuple[int, int]:
        """Says where training begins.

        Args:
            record: `RunRecord` of this run.
            steps: int, batches in an epoch.
            total_steps: int.

        Returns:
            the epoch and the batch in it, both from 0.

        Raises:
            RunChangedError: the run was begun with other settings or other data.
        """
        self._record = record.as_json()
        self._steps, self._total_steps = steps, total_steps
        self._saved_at = time.monotonic()
        if self._found is None:
            self._writer.flush()
            self._store.clear()  # of an attempt that was given up
            self.step = self._epoch = self._first_batch = 0
            return 0, 0
        progress = self._found.progress
        self._check(record, RunRecord.from_json(progress["record"]))
        self.step, self._epoch = int(progress["step"]), int(progress["epoch"])
        self._first_batch = int(progress["batch"])
        if progress["steps"] != steps and self._first_batch:
            logger.warning("The epoch has another number of steps now; it begins anew.")
            self._first_batch = 0
        return self._epoch, self._first_batch

    @property
    def is_done(self) -> bool:
        """Whether the run that was found had ended."""
        if self._found is None:
            return False
        progress = self._found.progress
        return bool(progress["done"]) and progress["total_steps"] == self._total_steps

    def restore(self, model: Any, callbacks: Sequence[Any], within_epoch: bool) -> None:
        """Puts the run back, at the begin of the first epoch.

        Args:
            model: the compiled model.
            callbacks: list of Keras callbacks.
            within_epoch: bool. Whether the epoch goes on, and its sums with it.
        """
        found, self._found = self._found, None
        if found is None:
            return
        parts = ["weights", "optimizer", "random"]
        put_back(model, found.arrays, [*parts, "metrics"] if within_epoch else parts)
        self._within_epoch = found if within_epoch else None
        states = found.progress["callbacks"]
        for name, callback in _named(callbacks):
            if isinstance(callback, keras.callbacks.History) and name in states:
                callback.history = states[name]["history"]
                callback.epoch = states[name]["epoch"]
            elif hasattr(callback, "set_run_state") and name in states:
                callback.set_run_state(states[name])
            if isinstance(callback, DevScore):
                callback.best_arrays = found.best_arrays
        logger.info("Training goes on from step %d of %d.", self.step, self._total_steps)

    def restore_generators(self, model: Any) -> None:
        """Puts back what PyTorch, NumPy and Python draw from, before the first batch.

        PyTorch's loader draws a number as an epoch begins. An epoch that goes on drew it before
        it was interrupted.

        Args:
            model: the compiled model.
        """
        found, self._within_epoch = self._within_epoch, None
        if found is not None:
            put_back(model, found.arrays, ["generators"])

    # === While it trains ===
    def after_batch(self, batch: int, model: Any, callbacks: Sequence[Any]) -> None:
        """Saves the state if it is time, and stops the run if it was asked to.

        Args:
            batch: int, batches of the epoch that are done.
            model: function without arguments that returns the model with its state.
            callbacks: list of Keras callbacks.

        Raises:
            RunStopped: a signal asked for it.
            CheckpointError: the state could not be written for too long.
        """
        self.step += 1
        self._writer.check()
        if batch >= self._steps:
            return  # the end of the epoch follows, and is saved with its scores
        stops = self._signals.received is not None
        if stops or (self._is_due() and not self._writer.is_busy):
            self._save(self._epoch, batch, False, model(), callbacks)
        if stops:
            self._stop()

    def after_epoch(self, epoch: int, model: Any, callbacks: Sequence[Any]) -> None:
        """Saves the state.

        Args:
            epoch: int, the number of the epoch that is done, from 0.
            model: the model with its state.
            callbacks: list of Keras callbacks.

        Raises:
            RunStopped: a signal asked for it, and this was not the end of the run.
            CheckpointError: the state could not be written for too long.
        """
        self._writer.check()
        self._epoch = epoch + 1
        done = bool(model.stop_training) or self.step >= self._total_steps
        self._save(self._epoch, 0, done, model, callbacks)
        if self._signals.received is not None and not done:
            self._stop()

    def _is_due(self) -> bool:
        every, minutes = self.settings.steps, self.settings.minutes
        if every is not None and self.step % every == 0:
            return True
        return minutes is not None and time.monotonic() - self._saved_at >= 60 * minutes

    def _save(
        self, epoch: int, batch: int, done: bool, model: Any, callbacks: Sequence[Any]
    ) -> None:
        states: Dict[str, Any] = {}
        best_epoch, best_arrays = None, None
        for name, callback in _named(callbacks):
            if isinstance(callback, keras.callbacks.History):
                states[name] = {"history": callback.history, "epoch": callback.epoch}
            elif hasattr(callback, "get_run_state"):
                states[name] = callback.get_run_state()
            if isinstance(callback, DevScore) and callback.best_arrays is not None:
                best_epoch, best_arrays = callback.best_epoch, callback.best_arrays
        progress = {
            "step": self.step,
            "epoch": epoch,
            "batch": batch,
            "steps": self._steps,
            "total_steps": self._total_steps,
            "done": done,
            "attempt": self.attempt,
            "callbacks": states,
            "record": self._record,
        }
        # Here, as what the callbacks hold goes on changing.
        progress = json.loads(json.dumps(progress, default=float))
        arrays = take_snapshot(model)
        self._writer.submit(Snapshot(self.step, arrays, progress, best_epoch, best_arrays))
        self._saved_at = time.monotonic()

    def _stop(self) -> None:
        number = int(self._signals.received or 0)
        fault = self._writer.flush_for_a_moment()
        saved = f"it is saved in {self.folder}. The same again with `resume=True` goes on."
        if fault is not None:
            saved = f"and could not be saved. {fault}"
        raise RunStopped(f"after step {self.step} of {self._total_steps}; {saved}", number)

    def _check(self, now: RunRecord, before: RunRecord) -> None:
        changed = now.differences(before)
        if changed and not self.settings.allow_changed:
            raise RunChangedError(
                "A run must go on with the settings and data that it began with. Received others: "
                f"{'; '.join(changed)}. Take them back, or pass `allow_changed=True`."
            )
        if changed:
            logger.warning("The run goes on with changes: %s.", "; ".join(changed))
        versions = now.differences(before, ("versions",))
        if versions:
            logger.warning("The run goes on with other %s.", "; ".join(versions))


def _named(callbacks: Sequence[Any]) -> Iterator[Tuple[str, Any]]:
    seen: Dict[str, int] = {}
    for callback in callbacks:
        name = type(callback).__name__
        seen[name] = seen.get(name, 0) + 1
        yield f"{name} {seen[name]}", callback
