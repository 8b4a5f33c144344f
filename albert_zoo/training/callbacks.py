"""Callbacks of a `Task`: the data order, the development scores, what the backend is told."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Optional

from albert_zoo.keras_api import keras, ops
from albert_zoo.training.dense_clipping import HALVINGS


class EpochOrder(keras.callbacks.Callback):
    """Tells a `BatchPipeline` which epoch begins, so that its order depends on nothing else.

    Args:
        pipeline: `BatchPipeline`.
    """

    def __init__(self, pipeline: Any):
        super().__init__()
        self.pipeline = pipeline

    def on_epoch_begin(self, epoch: int, logs: Optional[Dict[str, float]] = None) -> None:
        self.pipeline.epoch = epoch


class LearningRateLog(keras.callbacks.Callback):
    """Adds `learning_rate`, that of the epoch's last step, to the logs."""

    def on_epoch_end(self, epoch: int, logs: Optional[Dict[str, float]] = None) -> None:
        if logs is not None:
            logs["learning_rate"] = learning_rate_of(self.model.optimizer)


class DevScore(keras.callbacks.Callback):
    """Scores the whole development set after each epoch and keeps the weights of the best one.

    The scores join the epoch's logs as `val_<metric>`. At the end of training the model gets the
    weights of the epoch with the highest main metric, as the original takes the best of its
    checkpoints (google-research/albert run_classifier.py, `_find_valid_cands` and what follows).

    Args:
        evaluate: function without arguments that returns a dict of name to score.
        main_metric: str, the key to choose by; higher is better.
        keep_best: bool. False leaves the weights of the last epoch.
    """

    def __init__(
        self, evaluate: Callable[[], Dict[str, float]], main_metric: str, keep_best: bool = True
    ):
        super().__init__()
        self.evaluate = evaluate
        self.main_metric = main_metric
        self.keep_best = keep_best
        self.best_epoch: Optional[int] = None
        """Number of the best epoch, from 0."""
        self.best_scores: Dict[str, float] = {}
        self.history: List[Dict[str, float]] = []
        self.best_arrays: Optional[Dict[str, Any]] = None
        """The best epoch's weights by name, during training, if they are kept."""

    def on_epoch_end(self, epoch: int, logs: Optional[Dict[str, float]] = None) -> None:
        scores = self.evaluate()
        self.history.append(scores)
        if logs is not None:
            logs.update({f"val_{name}": value for name, value in scores.items()})
        best = self.best_scores.get(self.main_metric, float("-inf"))
        if self.best_epoch is None or scores[self.main_metric] > best:
            self.best_epoch, self.best_scores = epoch, scores
            if self.keep_best:
                self.best_arrays = self.model.get_named_arrays()

    def on_train_end(self, logs: Optional[Dict[str, float]] = None) -> None:
        if self.best_arrays is not None and self.best_epoch != len(self.history) - 1:
            self.model.set_named_arrays(self.best_arrays, source="the best epoch")
        self.best_arrays = None

    def get_run_state(self) -> Dict[str, Any]:
        """Returns what a checkpoint is to hold, but for the weights."""
        return {
            "best_epoch": self.best_epoch,
            "best_scores": self.best_scores,
            "history": self.history,
        }

    def set_run_state(self, state: Dict[str, Any]) -> None:
        """Takes up what `get_run_state` returned."""
        self.best_epoch = state["best_epoch"]
        self.best_scores = state["best_scores"]
        self.history = list(state["history"])


def learning_rate_of(optimizer: Any) -> float:
    """Returns the learning rate of the last step that an optimizer made."""
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)
    state = getattr(optimizer, "step_state", None)
    factor = 1.0 if state is None else 0.5 ** float(ops.convert_to_numpy(state)[HALVINGS])
    # Keras 3 keeps the schedule in a private attribute, tf.keras 2.6 in the public one.
    schedule = getattr(optimizer, "_learning_rate", optimizer.learning_rate)
    if isinstance(schedule, keras.optimizers.schedules.LearningRateSchedule):
        return factor * float(schedule(max(0, int(optimizer.iterations) - 1)))
    return factor * float(optimizer.learning_rate)


class BackendStep(keras.callbacks.Callback):
    """Tells a backend that a training step is done.

    Args:
        backend: `Backend`.
    """

    def __init__(self, backend: Any):
        super().__init__()
        self.backend = backend

    def on_train_batch_end(self, batch: int, logs: Optional[Dict[str, float]] = None) -> None:
        self.backend.step()


class StopAtStep(keras.callbacks.Callback):
    """Stops training after a number of steps, also within an epoch.

    Args:
        total_steps: int, above 0.
    """

    def __init__(self, total_steps: int):
        super().__init__()
        self.total_steps = total_steps
        self.step = 0

    def on_train_batch_end(self, batch: int, logs: Optional[Dict[str, float]] = None) -> None:
        self.step += 1
        if self.step >= self.total_steps:
            self.model.stop_training = True

    def get_run_state(self) -> Dict[str, Any]:
        """Returns what a checkpoint is to hold."""
        return {"step": self.step}

    def set_run_state(self, state: Dict[str, Any]) -> None:
        """Takes up what `get_run_state` returned."""
        self.step = int(state["step"])
