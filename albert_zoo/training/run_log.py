"""RunLog: the loss of every step and the scores of every epoch, and the files made of them."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple

import numpy as np

from albert_zoo.keras_api import keras
from albert_zoo.tables import Examples

_STATE = ("step_losses", "epochs", "train_seconds", "rows_seen", "_mean", "_steps")


class RunLog(keras.callbacks.Callback):
    """Remembers a run.

    Args:
        batch_size: int, rows in a step.
        num_rows: int, rows in an epoch.
        is_guarded: bool. Whether a `DivergenceGuard` deals with losses that are no numbers.

    Raises:
        ValueError: the loss became infinite or no number, when that happens in a run without guard.
    """

    def __init__(self, batch_size: int, num_rows: int, is_guarded: bool = False):
        super().__init__()
        self.is_guarded = is_guarded
        self.batch_size = batch_size
        self.num_rows = num_rows
        self.step_losses: List[float] = []
        """Loss of each step's batch."""
        self.epochs: List[Dict[str, Any]] = []
        """`epoch` from 1, its last `step`, `loss`, `learning_rate`, `seconds` and `scores`."""
        self.train_seconds = 0.0
        """Without the scoring of the development set."""
        self.rows_seen = 0
        self._start = self._last = 0.0
        self._mean = 0.0
        self._steps = 0

    def on_train_begin(self, logs: Optional[Dict[str, float]] = None) -> None:
        # A training that is begun again is another one.
        self.step_losses, self.epochs = [], []
        self.train_seconds, self.rows_seen = 0.0, 0

    def on_epoch_begin(self, epoch: int, logs: Optional[Dict[str, float]] = None) -> None:
        self._start = self._last = time.perf_counter()
        self._mean, self._steps = 0.0, 0

    def on_train_batch_end(self, batch: int, logs: Optional[Dict[str, float]] = None) -> None:
        mean = float((logs or {}).get("loss", math.nan))
        if not math.isfinite(mean) and self.is_guarded:
            self.step_losses.append(math.nan)
            self._mean, self._steps = 0.0, 0  # as the guard makes Keras begin its mean anew
            return
        if not math.isfinite(mean):
            raise ValueError(
                f"The loss is {mean} at step {len(self.step_losses) + 1}: training has diverged. "
                "Lower the `learning_rate`, or raise the `warmup_fraction`."
            )
        # Keras logs the mean since the epoch's begin.
        self.step_losses.append(mean * (self._steps + 1) - self._mean * self._steps)
        self._mean, self._steps = mean, self._steps + 1
        self._last = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Optional[Dict[str, float]] = None) -> None:
        logs = logs or {}
        self.train_seconds += self._last - self._start
        self.rows_seen += min(self._steps * self.batch_size, self.num_rows)
        self.epochs.append(
            {
                "epoch": epoch + 1,
                "step": len(self.step_losses),
                "loss": self._mean,
                "learning_rate": float(logs.get("learning_rate", math.nan)),
                "seconds": round(time.perf_counter() - self._start, 3),
                "scores": {
                    name[len("val_") :]: float(value)
                    for name, value in logs.items()
                    if name.startswith("val_")
                },
            }
        )
        self._mean, self._steps = 0.0, 0

    def get_run_state(self) -> Dict[str, Any]:
        """Returns what a checkpoint is to hold."""
        state = {name: getattr(self, name) for name in _STATE}
        state["epoch_seconds"] = time.perf_counter() - self._start
        return state

    def set_run_state(self, state: Dict[str, Any]) -> None:
        """Takes up what `get_run_state` returned."""
        for name in _STATE:
            setattr(self, name, state[name])
        if self._steps:  # within an epoch
            self._start -= state["epoch_seconds"]

    @property
    def examples_per_second(self) -> float:
        """Rows trained on in a second, the compilation of the first step included."""
        return self.rows_seen / self.train_seconds if self.train_seconds else 0.0

    def learning_rates(self) -> Tuple[np.ndarray, np.ndarray]:
        """Returns steps, a thousand at the most, and the learning rate of each."""
        optimizer = self.model.optimizer
        optimizer = getattr(optimizer, "inner_optimizer", optimizer)
        count = len(self.step_losses)
        steps = np.unique(np.linspace(0, max(0, count - 1), min(count, 1000)).astype("int64"))
        schedule = getattr(optimizer, "_learning_rate", None)
        if isinstance(schedule, keras.optimizers.schedules.LearningRateSchedule):
            return steps + 1, np.array([float(schedule(int(step))) for step in steps])
        return steps + 1, np.full(len(steps), float(optimizer.learning_rate))


def write_predictions(
    path: Path, examples: Examples, predictions: Sequence[Any], labels: Optional[Sequence[str]]
) -> None:
    """Writes a table of labelled rows and what was predicted for them.

    Args:
        path: path of the file, tab-separated with a header.
        examples: `Examples` with labels.
        predictions: a `Prediction` for each.
        labels: names of the classes, or `None` for scores.
    """
    names = ["id", "text", *(["text_pair"] if examples.text_pairs else [])]
    names += ["label", "prediction", *([] if labels is None else ["probability"])]
    lines = ["\t".join(names)]
    for row, prediction in enumerate(predictions):
        cells = [examples.ids[row], examples.texts[row]]
        if examples.text_pairs:
            cells.append(examples.text_pairs[row])
        truth = None if examples.labels is None else examples.labels[row]
        if truth is None:
            cells.append("")
        else:
            cells.append(f"{truth:g}" if labels is None else labels[int(truth)])
        cells += prediction_cells(prediction)
        lines.append("\t".join(map(one_line, cells)))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def prediction_cells(prediction: Any) -> List[str]:
    """Returns a prediction as text: label and probability, or the score alone."""
    if prediction.probability is None:
        return [f"{prediction.label:.4f}"]
    return [str(prediction.label), f"{prediction.probability:.4f}"]


def one_line(text: str) -> str:
    """Replaces what would end a cell or a line of a tab-separated file."""
    return text.replace("\t", " ").replace("\r", " ").replace("\n", " ")
