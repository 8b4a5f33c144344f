"""A classifier's outputs and scores on a whole encoded set."""

from __future__ import annotations

from typing import Any, Dict

import numpy as np

from albert_zoo.data import BatchPipeline, EncodedExamples, LengthBatches
from albert_zoo.keras_api import backend_name
from albert_zoo.training.scores import score


def pipeline_of(classifier: Any, encoded: EncodedExamples, batches: LengthBatches) -> BatchPipeline:
    """Returns the batches of a set, padded as suits the backend."""
    return BatchPipeline(
        encoded,
        batches,
        # JAX compiles every shape anew, so it gets few.
        length_multiple=32 if backend_name() == "jax" else 8,
        max_length=classifier.backbone.max_sequence_length,
    )


def outputs_of(classifier: Any, encoded: EncodedExamples, batch_size: int) -> np.ndarray:
    """Returns the outputs `(num_rows, num_classes)` in the order of the rows."""
    batches = LengthBatches(encoded.lengths, batch_size)
    outputs = classifier.predict(pipeline_of(classifier, encoded, batches).dataset(), verbose=0)
    restored = np.empty_like(outputs)
    restored[np.concatenate(batches.epoch(0))] = outputs
    return restored


def scores_of(
    outputs: np.ndarray, labels: Any, task_data: Any, loss: Any, prefix: str = ""
) -> Dict[str, float]:
    """Scores outputs against labels.

    Args:
        outputs: float array `(num_rows, num_classes)`.
        labels: array `(num_rows,)`.
        task_data: what `task_data_from` makes; it names the scores.
        loss: Keras loss.
        prefix: str, put before each name.

    Returns:
        dict of name to value, `loss` among them.

    Raises:
        ValueError: there are no labels.
    """
    if labels is None:
        raise ValueError("`labels` must be given to score. Received: None. Pass a list.")
    scores = score(task_data.metrics, labels, outputs)
    expected = labels[:, None] if task_data.is_regression else labels
    scores["loss"] = float(np.mean(np.asarray(loss(expected, outputs))))
    return {prefix + name: value for name, value in scores.items()}
