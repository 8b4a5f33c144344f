"""EpochLines: a line for each epoch, as tf.keras 2 prints it."""

from __future__ import annotations

import time
from typing import Any, Callable, Dict, Optional

from albert_zoo.keras_api import keras


class EpochLines(keras.callbacks.Callback):
    """Prints `1000/1000 - 8s - loss: 1.07 - accuracy: 0.47 - val_loss: 0.94 - val_accuracy: 0.67`.

    It is the line of `verbose=2` in tf.keras 2, which scripts look for; Keras 3 prints another one.

    Args:
        epochs: int.
        steps_per_epoch: int.
        print_fn: function that takes the text.

    Example:

    >>> lines = EpochLines(3, 1000)
    >>> lines.on_epoch_begin(0)
    Epoch 1/3
    >>> lines.on_train_batch_end(999)
    >>> lines.on_epoch_end(0, {"accuracy": 0.5, "loss": 1, "val_accuracy": 0.75, "val_loss": 1})
    1000/1000 - 0s - loss: 1.0000 - accuracy: 0.5000 - val_loss: 1.0000 - val_accuracy: 0.7500
    """

    def __init__(self, epochs: int, steps_per_epoch: int, print_fn: Callable[[str], Any] = print):
        super().__init__()
        self.epochs = epochs
        self.steps_per_epoch = steps_per_epoch
        self.print_fn = print_fn
        self._start = 0.0
        self._steps = 0

    def on_epoch_begin(self, epoch: int, logs: Optional[Dict[str, float]] = None) -> None:
        self._start, self._steps = time.perf_counter(), 0
        self.print_fn(f"Epoch {epoch + 1}/{self.epochs}")

    def on_train_batch_end(self, batch: int, logs: Optional[Dict[str, float]] = None) -> None:
        self._steps = batch + 1

    def on_epoch_end(self, epoch: int, logs: Optional[Dict[str, float]] = None) -> None:
        logs = dict(logs or {})
        logs.pop("learning_rate", None)
        names = sorted(logs, key=lambda name: (name.startswith("val_"), not name.endswith("loss")))
        scores = "".join(f" - {name}: {float(logs[name]):.4f}" for name in names)
        seconds = time.perf_counter() - self._start
        self.print_fn(f"{self._steps}/{self.steps_per_epoch} - {seconds:.0f}s{scores}")
