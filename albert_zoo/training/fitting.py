"""Fitting: one training of a classifier, from data that has been read to Keras' `fit`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Sequence, Tuple

from albert_zoo.backends import Backend
from albert_zoo.data import LengthBatches
from albert_zoo.glue import Recipe
from albert_zoo.keras_api import build_optimizer
from albert_zoo.models.raw_text import is_dataset
from albert_zoo.training.callbacks import (
    BackendStep,
    DevScore,
    EpochOrder,
    LearningRateLog,
    StopAtStep,
)
from albert_zoo.training.evaluation import pipeline_of


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
            dataset, steps_per_epoch = self.train, self.steps_per_epoch
            steps = int(steps_per_epoch or dataset.cardinality())
        else:
            pipeline = self._pipeline(classifier, backend)
            dataset, steps, steps_per_epoch = pipeline.dataset(), len(pipeline), None
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
        backend.start(classifier)
        with backend.scope():
            return classifier.fit(
                dataset,
                epochs=math.ceil(total_steps / steps),
                steps_per_epoch=steps_per_epoch,
                callbacks=[*own_callbacks, *self.callbacks],
                verbose=self.verbose,
                shuffle=False,  # the dataset has its own order
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


def length_of_run(recipe: Recipe, steps: int, max_steps: Optional[int]) -> Tuple[int, int]:
    """Returns the steps of the run and of its warm-up, for so many steps an epoch."""
    total = recipe.total_steps or max(1, math.ceil(steps * float(recipe.epochs or 1)))
    total = total if max_steps is None else min(total, max_steps)
    warmup = recipe.warmup_steps
    return total, int(total * recipe.warmup_fraction) if warmup is None else min(warmup, total)
