"""TrainingProgress: what a run shows of itself while it trains."""

from __future__ import annotations

import time
from typing import Any, Dict, List, Optional

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from albert_zoo.cli.report import duration
from albert_zoo.keras_api import keras

_SECONDS_BETWEEN_LINES = 30.0  # in a log file, which has no bar


class TrainingProgress(keras.callbacks.Callback):
    """A bar with loss, speed and time left, and a line for each epoch with its scores.

    Args:
        console: `rich.console.Console`.
        epochs: int, passes over the data.
        total_steps: int.
        batch_size: int.
        metrics: names of the scores to show, in order.
    """

    def __init__(
        self,
        console: Console,
        epochs: int,
        total_steps: int,
        batch_size: int,
        metrics: List[str],
    ):
        super().__init__()
        self.console = console
        self.epochs = epochs
        self.total_steps = total_steps
        self.batch_size = batch_size
        self.metrics = metrics
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("loss {task.fields[loss]}"),
            TextColumn("{task.fields[speed]} examples/s"),
            TextColumn("time left"),
            TimeRemainingColumn(elapsed_when_finished=False),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._bar: Any = None
        self._step = 0
        self._speed: Optional[float] = None
        self._epoch_start = self._last_step = self._last_line = 0.0

    def __enter__(self) -> TrainingProgress:
        self._progress.start()
        self._bar = self._progress.add_task("starting", total=self.total_steps, loss="-", speed="-")
        self._last_line = time.perf_counter()
        return self

    def __exit__(self, *error: Any) -> None:
        self._progress.stop()

    def on_train_begin(self, logs: Optional[Dict[str, float]] = None) -> None:
        """Begins, or begins again where the guard has given an attempt up."""
        self._step = 0

    def on_epoch_begin(self, epoch: int, logs: Optional[Dict[str, float]] = None) -> None:
        """Names the epoch."""
        self._epoch_start = self._last_step = time.perf_counter()
        self._progress.update(self._bar, description=f"epoch {epoch + 1}/{self.epochs}")

    def on_train_batch_end(self, batch: int, logs: Optional[Dict[str, float]] = None) -> None:
        """Moves the bar."""
        self._step += 1
        now = time.perf_counter()
        speed = self.batch_size / max(now - self._last_step, 1e-9)
        self._last_step = now
        if self._step > 1:  # the first step is compiled
            self._speed = speed if self._speed is None else 0.9 * self._speed + 0.1 * speed
        loss = f"{float((logs or {}).get('loss', float('nan'))):.4f}"
        shown = "-" if self._speed is None else f"{self._speed:,.0f}"
        ends_epoch = batch + 1 >= (self.params or {}).get("steps", float("inf"))
        self._progress.update(self._bar, completed=self._step, loss=loss, speed=shown)
        if ends_epoch and self.metrics:
            self._progress.update(self._bar, description="scoring  ")
        if not self.console.is_terminal and now - self._last_line > _SECONDS_BETWEEN_LINES:
            self._last_line = now
            self.console.print(
                f"step {self._step}/{self.total_steps}  loss {loss}  {shown} examples/s"
            )

    def on_epoch_end(self, epoch: int, logs: Optional[Dict[str, float]] = None) -> None:
        """Prints the epoch's line."""
        logs = logs or {}
        scores = [
            f"{name.replace('_', ' ')} {logs['val_' + name]:.4f}"
            for name in self.metrics
            if "val_" + name in logs
        ]
        parts = [f"loss {logs.get('loss', float('nan')):.4f}", *scores]
        seconds = time.perf_counter() - self._epoch_start
        self._last_line = time.perf_counter()
        self.console.print(
            f"epoch {epoch + 1}/{self.epochs}  {'  '.join(parts)}  ({duration(seconds)})"
        )

    def get_run_state(self) -> Dict[str, Any]:
        """Returns what a checkpoint is to hold."""
        return {"step": self._step}

    def set_run_state(self, state: Dict[str, Any]) -> None:
        """Takes up what `get_run_state` returned."""
        self._step = int(state["step"])
        self._progress.update(self._bar, completed=self._step)
