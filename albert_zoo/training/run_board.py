"""RunBoard: a run's log for TensorBoard, which does not end the run if it cannot be written."""

from __future__ import annotations

import logging
from typing import Any, Callable, Dict, Optional

from albert_zoo.keras_api import keras

logger = logging.getLogger(__name__)

Logs = Optional[Dict[str, float]]


class RunBoard(keras.callbacks.TensorBoard):
    """Keras' `TensorBoard`; where its files cannot be written, it says so once and writes no more.

    The files are events for a picture. A disk that is full for a while is no reason to lose the
    training, whose checkpoints wait for room.

    Args:
        log_dir: str, path of the folder to write.
        update_freq: int, steps between two events; or `"epoch"`.
    """

    def __init__(self, log_dir: str, update_freq: Any = "epoch"):
        super().__init__(
            log_dir,
            write_graph=False,
            profile_batch=0,  # tf.keras 2.6 profiles the second batch unasked, which costs time
            update_freq=update_freq,
        )
        self.has_failed = False

    def _try(self, write: Callable[..., Any], *arguments: Any) -> None:
        if self.has_failed:
            return
        try:
            write(*arguments)
        except Exception as error:
            if not _is_of_files(error):
                raise
            self.has_failed = True
            reason = str(error).split("\n")[0].rstrip(".")
            logger.warning("The log for TensorBoard is cut short: %s. Training goes on.", reason)

    def on_train_begin(self, logs: Logs = None) -> None:
        self._try(super().on_train_begin, logs)

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        self._try(super().on_epoch_begin, epoch, logs)

    def on_train_batch_begin(self, batch: int, logs: Logs = None) -> None:
        self._try(super().on_train_batch_begin, batch, logs)

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        self._try(super().on_train_batch_end, batch, logs)

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        self._try(super().on_epoch_end, epoch, logs)

    def on_train_end(self, logs: Logs = None) -> None:
        self._try(super().on_train_end, logs)


def _is_of_files(error: BaseException) -> bool:
    """Whether the system or TensorFlow, which writes the events, could not do something."""
    names = {kind.__name__ for kind in type(error).__mro__}
    return isinstance(error, OSError) or "OpError" in names
