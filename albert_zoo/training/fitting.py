"""Fitting: one training of a classifier, from data that has been read to Keras' `fit`."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

from albert_zoo.backends import Backend
from albert_zoo.data import LengthBatches
from albert_zoo.glue import Recipe
from albert_zoo.keras_api import backend_name, build_optimizer
from albert_zoo.models.raw_text import is_dataset
from albert_zoo.training.callbacks import (
    BackendStep,
    DevScore,
    EpochOrder,
    LearningRateLog,
    StopAtStep,
)
from albert_zoo.training.checkpoint_settings import CheckpointSettings
from albert_zoo.training.evaluation import pipeline_of
from albert_zoo.training.fit_in_legs import fit_in_legs
from albert_zoo.training.run_checkpoints import RunCheckpoints
from albert_zoo.training.run_record import RunRecord

INFINITE = -1
"""What TensorFlow says of the length of a dataset that never ends."""


@dataclass(frozen=True)
class Fitting:
    """What one training is made of; `Task.fit` describes the arguments.

    Args:
        train: `EncodedExamples`, or a `tf.data.Dataset` of batches.
        dev: dict of name to the same, to score after each epoch; `None` for no scores.
        recipe: `Recipe`, with the user's numbers put in.
        seed: int, of the data order.
        pool_batches: int.
        keep_best: bool.
        max_steps: int or `None`.
        steps_per_epoch: int or `None`; a dataset's own number of batches is given.
        validation_batch_size: int.
        callbacks: Keras callbacks.
        verbose: as in `keras.Model.fit`.
        checkpoints: `RunCheckpoints`, entered, or `None`.
        watch: function of the steps of the run and of its warm-up that returns a callback, which
            comes after our own and before the user's.
    """

    train: Any
    dev: Optional[Dict[str, Any]]
    recipe: Recipe
    seed: int = 0
    pool_batches: int = 1
    keep_best: bool = True
    max_steps: Optional[int] = None
    steps_per_epoch: Optional[int] = None
    validation_batch_size: int = 64
    callbacks: Sequence[Any] = ()
    verbose: Any = "auto"
    checkpoints: Optional[RunCheckpoints] = None
    watch: Optional[Callable[[int, int], Any]] = None

    def run(self, task: Any) -> Any:
        """Compiles the task's classifier and trains it.

        Args:
            task: `Task`. Its `dev_score` is set.

        Returns:
            `keras.callbacks.History`.
        """
        classifier, backend = task.classifier, task.backend
        own_callbacks: List[Any] = [LearningRateLog(), BackendStep(backend)]
        if is_dataset(self.train):
            steps_per_epoch = self.steps_per_epoch
            steps = int(steps_per_epoch or self.train.cardinality())
            dataset_from = partial(rest_of, self.train, steps)
        else:
            pipeline = self._pipeline(classifier, backend)
            steps, steps_per_epoch = len(pipeline), None
            dataset_from = partial(_rest_of_pipeline, pipeline)
            own_callbacks.append(EpochOrder(pipeline))
        total_steps, warmup_steps = length_of_run(self.recipe, steps, self.max_steps)
        optimizer = task.settings.make_optimizer(self.recipe, total_steps, warmup_steps)
        classifier.compile(
            optimizer=backend.wrap_optimizer(optimizer, classifier.dtype_policy.name),
            **task.settings.compile_arguments(task.data.is_regression, backend),
        )
        # Built here, the optimizer's variables do not make TensorFlow trace the first step twice.
        build_optimizer(classifier.optimizer, classifier.trainable_variables)
        own_callbacks.append(StopAtStep(total_steps))
        task.dev_score = None
        if self.dev:
            task.dev_score = DevScore(
                lambda: task.scores(self.dev, self.validation_batch_size),
                task.data.main_metric,
                self.keep_best,
            )
            own_callbacks.append(task.dev_score)
        if self.watch is not None:
            own_callbacks.append(self.watch(total_steps, warmup_steps))
        backend.start(classifier)
        start = (0, 0)
        if self.checkpoints is not None:
            start = self.checkpoints.begin(self._record(task, total_steps), steps, total_steps)
        with backend.scope():
            return fit_in_legs(
                classifier,
                dataset_from,
                steps,
                math.ceil(total_steps / steps),
                start,
                steps_per_epoch,
                [*own_callbacks, *self.callbacks],
                self.verbose,
                self.checkpoints,
            )

    def _record(self, task: Any, total_steps: int) -> RunRecord:
        """Returns what must be the same when the run goes on."""
        given = self.checkpoints.settings if self.checkpoints else CheckpointSettings()
        classifier, settings = task.classifier, task.settings
        geometry = classifier.backbone.get_config()
        geometry.pop("name")  # Keras numbers it
        recipe = {name: value for name, value in asdict(self.recipe).items() if name != "source"}
        chosen = {
            name: value
            for name, value in vars(settings).items()
            if isinstance(value, (str, int, float)) and name != "jit_compile"
        }
        configuration = {
            **given.configuration,
            "task": task.data.describe(),
            "labels": task.data.labels,
            **recipe,
            **chosen,
            "total_steps": total_steps,
            "steps_per_epoch": self.steps_per_epoch,
            "seed": self.seed,
            "pool_batches": self.pool_batches,
            "keep_best": self.keep_best,
            "model": geometry,
            "head": {"num_classes": classifier.num_classes, "dropout": classifier.dropout},
            "backend": backend_name(),
        }
        return RunRecord.take(
            configuration, {"train": self.train, **(self.dev or {})}, given.preset
        )

    def _pipeline(self, classifier: Any, backend: Backend) -> Any:
        rows, rows_per_step = backend.shard(len(self.train), self.recipe.batch_size)
        encoded = self.train.take(rows)
        batches = LengthBatches(
            encoded.lengths,
            rows_per_step,
            shuffle=True,
            seed=self.seed,
            pool_batches=self.pool_batches,
            steps=self.steps_per_epoch,
            fill=backend.fixed_shapes,
        )
        return pipeline_of(classifier, encoded, batches, backend.fixed_shapes)


def _rest_of_pipeline(pipeline: Any, epoch: int, batch: int) -> Any:
    return pipeline.dataset(batch)


def rest_of(dataset: Any, steps: int, epoch: int, batch: int) -> Any:
    """Returns a user's dataset from a batch of an epoch on.

    Args:
        dataset: `tf.data.Dataset` that gives the same batches whenever it is begun anew.
        steps: int, batches in an epoch.
        epoch: int, from 0.
        batch: int, from 0.

    Raises:
        ValueError: epochs do not begin where the dataset does.
    """
    if not epoch and not batch:
        return dataset
    size = int(dataset.cardinality())
    if size == INFINITE:
        return dataset.skip(epoch * steps + batch)
    if size != steps:
        raise ValueError(
            "`resume` needs a dataset that is as long as an epoch, or repeated for ever. Received: "
            f"one of {size} batches, for epochs of {steps}. Call `repeat()` on it."
        )
    return dataset.skip(batch) if batch else dataset


def length_of_run(recipe: Recipe, steps: int, max_steps: Optional[int]) -> Tuple[int, int]:
    """Returns the steps of the run and of its warm-up, for so many steps an epoch."""
    total = recipe.total_steps or max(1, math.ceil(steps * float(recipe.epochs or 1)))
    total = total if max_steps is None else min(total, max_steps)
    warmup = recipe.warmup_steps
    return total, int(total * recipe.warmup_fraction) if warmup is None else min(warmup, total)
