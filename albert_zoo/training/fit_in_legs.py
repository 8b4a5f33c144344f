"""Keras' `fit` from the middle of an epoch."""

from __future__ import annotations

from typing import Any, Callable, Dict, Optional, Sequence, Tuple

from albert_zoo.keras_api import keras
from albert_zoo.training.run_checkpoints import RunCheckpoints


class LegCallbacks(keras.callbacks.CallbackList):
    """Callbacks that see one training, where there are two calls of `fit`.

    The first call trains the rest of an epoch, the second one all that follow. What keeps the
    checkpoints comes after all callbacks.

    Args:
        callbacks: list of Keras callbacks.
        model: the compiled model.
        checkpoints: `RunCheckpoints`, or `None`.
        first_batch: int, of the first call's epoch.
        verbose: int.
        epochs: int, of the whole training.
        steps: int, of a whole epoch.
    """

    def __init__(
        self,
        callbacks: Sequence[Any],
        model: Any,
        checkpoints: Optional[RunCheckpoints],
        first_batch: int,
        verbose: int,
        epochs: int,
        steps: int,
    ):
        super().__init__(
            list(callbacks),
            add_history=True,
            add_progbar=verbose != 0,
            model=model,
            verbose=verbose,
            epochs=epochs,
            steps=steps,
        )
        self.checkpoints = checkpoints
        self.first_batch = first_batch
        self._begun = False
        self._logs: Optional[Dict[str, float]] = None

    def on_train_begin(self, logs: Optional[Dict[str, float]] = None) -> None:
        if not self._begun:
            self._begun = True
            super().on_train_begin(logs)

    def on_epoch_begin(self, epoch: int, logs: Optional[Dict[str, float]] = None) -> None:
        super().on_epoch_begin(epoch, logs)
        self.restore(within_epoch=self.first_batch > 0)

    def on_train_batch_begin(self, batch: int, logs: Optional[Dict[str, float]] = None) -> None:
        if batch == 0 and self.checkpoints is not None:
            self.checkpoints.restore_generators(self.model)
        super().on_train_batch_begin(self.first_batch + batch, logs)

    def on_train_batch_end(self, batch: int, logs: Optional[Dict[str, float]] = None) -> None:
        super().on_train_batch_end(self.first_batch + batch, logs)
        if self.checkpoints is not None:
            # On JAX asking for the model costs time, so it is asked for only if it is needed.
            self.checkpoints.after_batch(
                self.first_batch + batch + 1, lambda: self.model, self.callbacks
            )

    def on_epoch_end(self, epoch: int, logs: Optional[Dict[str, float]] = None) -> None:
        super().on_epoch_end(epoch, logs)
        self.first_batch = 0
        if self.checkpoints is not None:
            self.checkpoints.after_epoch(epoch, self.model, self.callbacks)

    def on_train_end(self, logs: Optional[Dict[str, float]] = None) -> None:
        self._logs = logs  # for `end`: another call of `fit` may follow

    def restore(self, within_epoch: bool = False) -> None:
        """Puts back what the checkpoints hold, once."""
        if self.checkpoints is not None:
            self.checkpoints.restore(self.model, self.callbacks, within_epoch)

    def end(self) -> None:
        """Tells the callbacks that all is done."""
        super().on_train_end(self._logs)


def fit_in_legs(
    model: Any,
    dataset_from: Callable[[int, int], Any],
    steps: int,
    epochs: int,
    start: Tuple[int, int] = (0, 0),
    steps_per_epoch: Optional[int] = None,
    callbacks: Sequence[Any] = (),
    verbose: Any = "auto",
    checkpoints: Optional[RunCheckpoints] = None,
) -> Any:
    """Trains from a batch of an epoch to the end.

    Args:
        model: compiled `AlbertClassifier`.
        dataset_from: function of an epoch and a batch in it, from 0, that returns the
            `tf.data.Dataset` of the batches from there on.
        steps: int, batches in an epoch.
        epochs: int, of the whole training.
        start: the epoch and the batch in it to begin with, both from 0.
        steps_per_epoch: int, as in `keras.Model.fit`.
        callbacks: list of Keras callbacks.
        verbose: as in `keras.Model.fit`.
        checkpoints: `RunCheckpoints`, entered and begun, or `None`.

    Returns:
        `keras.callbacks.History` of the whole training.
    """
    epoch, batch = start
    shown = 1 if verbose == "auto" else verbose
    together = LegCallbacks(callbacks, model, checkpoints, batch, shown, epochs, steps)

    def leg(first: int, last: int, skip: int) -> None:
        dataset = dataset_from(first, skip)
        model.fit(
            dataset,
            initial_epoch=first,
            epochs=last,
            steps_per_epoch=None if steps_per_epoch is None else steps_per_epoch - skip,
            callbacks=together,
            verbose=shown,
            shuffle=False,  # the dataset has its own order
        )

    model.stop_training = checkpoints is not None and checkpoints.is_done
    if model.stop_training or epoch >= epochs:
        together.on_train_begin()
        together.restore()
    elif batch:
        leg(epoch, epoch + 1, batch)
        epoch += 1
    if not model.stop_training and epoch < epochs:
        leg(epoch, epochs, 0)
    together.end()
    return model.history
